"""Level 0: whom a rule tells first, and how long its message waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.layers import OfficeHours
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Target
from reconciler.model.problem import Position
from reconciler.model.telling import Occasion, Withheld, WithheldReason
from reconciler.routing.conditions import missing, until_late_enough
from reconciler.routing.hours import opening
from reconciler.routing.incident import Alert
from reconciler.routing.orders import lines
from reconciler.routing.question import INCIDENTS, Line, Question, relayed

__all__ = ["first_lines", "notification_lines", "silent_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """When a message has its turn, and what made it wait. Without a time it never has."""

    at: datetime | None
    occasion: Occasion
    because: tuple[Position, ...] = ()


def first_lines(asked: Question, alert: Alert, *, escalates_at: datetime | None) -> Iterator[Line]:
    """Yield what the rule says at level 0. `escalates_at` is when the first level is told, which ends the waiting."""
    turn = _turn(asked, alert, escalates_at)
    for outcome, target in alert.standing.routes.relayed:
        if outcome is alert.outcome:
            yield _line(asked, alert, target, turn)


def notification_lines(asked: Question, outcome: Outcome) -> Iterator[Line]:
    """Yield what `notifications:` say: outside every tier, so neither held nor grouped nor promoted.

    They hear once of an incident, as everybody does.
    """
    joins = outcome in INCIDENTS and asked.history.incident_since is not None
    for notification in asked.placed.notifications:
        for told, target in asked.orders.notified(notification).relayed:
            if told is not outcome:
                continue
            if joins and _heard(asked, target.channel):
                reason = WithheldReason.INCIDENT_OPEN
                yield asked.withheld(target.channel, outcome, reason, because=(notification.at,))
            else:
                yield relayed(target.channel, outcome, at=asked.at, because=(notification.at,))


def silent_lines(asked: Question, outcome: Outcome) -> Iterator[Line]:
    """Yield who would hear of a job if it were not declared silent: by `defaults`, its team's head or its own rule."""
    rule = asked.placed.rule
    if rule is None or not rule.silent:
        return
    standing = asked.orders.unsilenced(rule)
    told = standing.effective.notify.get(outcome)
    for target in told.targets if told else ():
        because = lines(*standing.because(outcome, target), rule.at)
        detail = standing.effective.values.reason or ""
        yield asked.withheld(target.channel, outcome, WithheldReason.SILENT, because=because, detail=detail)


def _line(asked: Question, alert: Alert, target: Target, turn: _Turn) -> Line:
    channel, outcome, happening = target.channel, alert.outcome, asked.happening
    said = alert.because(target)
    reason = missing(target, happening)
    if reason is not None:
        return Withheld(
            at=asked.at + until_late_enough(target, happening),
            channel=channel,
            outcome=outcome,
            reason=reason,
            because=said,
            detail=f"of {target.of}" if reason is WithheldReason.OTHER_KIND else "",
        )
    if alert.joins and _heard(asked, channel):
        return asked.withheld(channel, outcome, WithheldReason.INCIDENT_OPEN, because=said)
    because = lines(*said, *turn.because)
    if turn.at is None:
        return asked.withheld(channel, outcome, WithheldReason.NEVER_OPEN, because=because)
    return relayed(channel, outcome, at=turn.at, because=because, occasion=turn.occasion)


def _heard(asked: Question, channel: str) -> bool:
    """Tell whether the open incident has told this channel at level 0."""
    return asked.history.told is None or channel in asked.history.told


def _turn(asked: Question, alert: Alert, escalates_at: datetime | None) -> _Turn:
    """Return when level 0 is told: after the group's window, then when the office opens, unless it escalates before."""
    values = alert.standing.effective.values
    turn = _Turn(at=asked.at, occasion=Occasion.AT_ONCE)
    ready = asked.at
    if alert.outcome is Outcome.FAILURE and values.group is not None:
        ready = _window_end(asked, values.group.window)
        turn = _Turn(at=ready, occasion=Occasion.GROUPED, because=alert.standing.source("group"))
    if values.hours is None or alert.released:
        return turn
    zone = values.timezone or asked.policy.timezone
    opens = opening(values.hours, ready, zone=zone, days=asked.days)
    if opens == ready:
        return turn
    because = (*turn.because, *_calendar(asked, values.hours), *alert.standing.source("hours"))
    if escalates_at is not None and (opens is None or escalates_at < opens):
        released = (*because, *alert.standing.source("escalation"))
        return _Turn(at=max(ready, escalates_at), occasion=Occasion.ESCALATION, because=released)
    return _Turn(at=opens, occasion=Occasion.OPENING, because=because)


def _window_end(asked: Question, window: timedelta) -> datetime:
    """Return when the group that this failure belongs to is told; one whose window is over is no group any more."""
    since = asked.history.group_since
    if since is not None and since + window >= asked.at:
        return since + window
    return asked.at + window


def _calendar(asked: Question, hours: OfficeHours) -> tuple[Position, ...]:
    calendar = asked.policy.calendars.get(hours.calendar) if hours.calendar else None
    return () if calendar is None else (calendar.at,)
