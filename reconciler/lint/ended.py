"""Entries of `mutes:` and `ignore_drift:` whose day has come: they hold back and cover nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reconciler.lint.own import POLICY_WARNING
from reconciler.model.lint import Finding
from reconciler.model.policy import Policy
from reconciler.model.problem import Position

__all__ = ["about_ended"]


def about_ended(policy: Policy, *, today: date) -> Iterator[Finding]:
    """Yield one finding for each entry that ended; it ends when its day begins."""
    for mute in policy.mutes:
        if mute.until <= today:
            yield _ended(mute.at, f"this mute ended on {mute.until}: its jobs' messages are sent again")
    for entry in policy.ignored_drift:
        if entry.until <= today:
            yield _ended(entry.at, f"this `ignore_drift` ended on {entry.until} and covers nothing any more")


def _ended(at: Position, message: str) -> Finding:
    return Finding(
        rule=POLICY_WARNING.id,
        level=POLICY_WARNING.level,
        at=at,
        subject=message,
        message=message,
        fix="delete the entry, or correct the year",
    )
