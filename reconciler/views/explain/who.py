"""Whom a channel of the policy means here: the person, address or room behind its name, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from reconciler.model.alert import Audience
from reconciler.model.policy import DbtEmail, DbtSlack, DbtUser, NativeChannel, RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.telling import Via
from reconciler.plan.survey import Survey

__all__ = ["Who", "who"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One channel. `kind` is its `type`, `whom` what people know it by; of a reference only its name is known.

    `stakeholders` says that it is told in plain words.
    `trouble` says why nothing that is sent to it arrives; empty as far as live shows.
    """

    channel: str
    kind: str
    whom: str
    via: Via
    at: Position
    pages: bool = False
    fallback: str | None = None
    stakeholders: bool = False
    trouble: str = ""


def who(survey: Survey, name: str) -> Who:
    """Return whom a declared channel means."""
    channel = survey.policy.channels[name]
    if isinstance(channel, RelayedChannel):
        return Who(
            channel=name,
            kind=channel.kind,
            whom=_relayed_whom(channel),
            via=Via.RELAYED,
            at=channel.at,
            pages=channel.pages,
            fallback=channel.fallback,
            stakeholders=channel.settings.get("audience") == Audience.STAKEHOLDERS,
        )
    kind, whom = _native(channel)
    return Who(channel=name, kind=kind, whom=whom, via=Via.NATIVE, at=channel.at, trouble=survey.why_broken(name))


def _native(channel: NativeChannel) -> tuple[str, str]:
    match channel:
        case DbtUser():
            return "dbt_user", channel.email
        case DbtEmail():
            return "dbt_email", channel.address
        case DbtSlack():
            return "dbt_slack_app" if channel.app else "dbt_slack", channel.channel_name or channel.channel_id
        case _:
            assert_never(channel)


def _relayed_whom(channel: RelayedChannel) -> str:
    """Return the addresses or the room that a relayed channel names; its secrets and references stay unread."""
    settings = channel.settings
    found = settings.get("to") or settings.get("channel_id") or settings.get("site") or ""
    return found if isinstance(found, str) else ", ".join(map(str, found))
