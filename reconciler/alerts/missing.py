"""What an engineer would look for in an alert and nobody knows, in plain words: said, so that silence means nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.model.alert import Alert
from reconciler.model.outcome import Outcome

__all__ = ["ESSENTIALS", "what_is_missing"]

Check = Callable[[Alert], bool]

_FAILED: Final = frozenset({Outcome.FAILURE})
_NEEDS_RUN: Final = frozenset(Outcome) - {Outcome.LATE, Outcome.ANOMALY}
_NEEDS_END: Final = _NEEDS_RUN - {Outcome.STARTED}

ESSENTIALS: Final[tuple[tuple[str, frozenset[Outcome], Check], ...]] = (
    ("who: the policy names no owner for this job", frozenset(Outcome), lambda alert: bool(alert.owner)),
    ("which job: dbt Cloud names none", frozenset(Outcome), lambda alert: bool(alert.job.name)),
    (
        "what failed: no artifact or log of the run names it",
        _FAILED,
        lambda alert: bool(alert.failed),
    ),
    (
        "the error: no artifact, log or message of the run has it",
        _FAILED,
        lambda alert: any(each.error for each in alert.failed) or bool(alert.run and alert.run.message),
    ),
    ("the run: nothing says which it was", _NEEDS_RUN, lambda alert: alert.run is not None and bool(alert.run.url)),
    ("when it started", _NEEDS_RUN, lambda alert: alert.run is None or alert.run.started_at is not None),
    ("when it finished", _NEEDS_END, lambda alert: alert.run is None or alert.run.finished_at is not None),
    (
        "the deadline that was missed",
        frozenset({Outcome.LATE}),
        lambda alert: alert.late is not None and alert.late.due is not None,
    ),
    ("the impact: the policy says nothing of it", frozenset(Outcome), lambda alert: bool(alert.impact)),
    ("the runbook: the policy names none", frozenset(Outcome), lambda alert: bool(alert.runbook)),
    (
        "the next step: nothing is known to look at, and the policy has no `actions`",
        _FAILED,
        lambda alert: bool(alert.actions),
    ),
)
"""What is said where a check fails, for which outcomes, and the check."""

_QUIET: Final = frozenset({Outcome.SUCCESS, Outcome.STARTED, Outcome.RECOVERED})


def what_is_missing(alert: Alert) -> tuple[str, ...]:
    """Return what is missing. Good news needs no owner, no runbook and no impact."""
    return tuple(_missing(alert))


def _missing(alert: Alert) -> Iterator[str]:
    for words, outcomes, there in ESSENTIALS:
        quiet = alert.outcome in _QUIET and words.startswith(("who", "the impact", "the runbook"))
        if alert.outcome in outcomes and not quiet and not there(alert):
            yield words
