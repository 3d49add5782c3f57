"""What happens later, level by level, when nobody reacts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reconciler.model.policy import Level
from reconciler.model.problem import Position
from reconciler.model.telling import Occasion, Reaction, Telling, Via, Withheld, WithheldReason
from reconciler.routing.incident import Alert
from reconciler.routing.orders import lines
from reconciler.routing.question import INCIDENTS, Line, Question

__all__ = ["escalation_lines", "first_told"]


def escalation_lines(asked: Question, alert: Alert) -> Iterator[Line]:
    """Yield the levels that are still to come, counted from the incident's start. They are never held.

    A level whose time was before this happening is the business of what opened the incident.
    """
    name = alert.standing.effective.values.escalation
    if name is None or alert.outcome not in INCIDENTS:
        return
    escalation = asked.policy.escalations[name]
    because = lines(*alert.promoted_at, alert.standing.rule.at, *alert.standing.source("escalation"), escalation.at)
    for number, level in enumerate(escalation.levels, start=1):
        at = alert.since + level.after
        if at > asked.at:
            yield from _level(alert, level, number, at=at, because=lines(*because, level.at), reaction=asked.reaction)


def first_told(found: list[Line]) -> datetime | None:
    """Return when the first level is told, if any is: then everybody before it has to know."""
    return min((each.at for each in found if isinstance(each, Telling)), default=None)


def _level(
    alert: Alert, level: Level, number: int, *, at: datetime, because: tuple[Position, ...], reaction: Reaction
) -> Iterator[Line]:
    tickets = [level.ticket] if level.ticket else []
    needless = _needless(level, at, reaction)
    for occasion, channels in ((Occasion.ESCALATION, level.notify), (Occasion.TICKET, tickets)):
        for channel in channels:
            if needless is not None:
                yield Withheld(
                    at=at, channel=channel, outcome=alert.outcome, reason=needless, because=because, level=number
                )
                continue
            yield Telling(
                at=at,
                channel=channel,
                via=Via.RELAYED,
                occasion=occasion,
                outcome=alert.outcome,
                because=because,
                level=number,
                unless=level.unless,
                note=level.note or "",
            )


def _needless(level: Level, at: datetime, reaction: Reaction) -> WithheldReason | None:
    """Return why a level is not told: what its `unless` names has happened by then. Resolved counts as acknowledged."""
    if level.unless == "acknowledged" and reaction.acknowledged_at is not None and reaction.acknowledged_at <= at:
        return WithheldReason.ACKNOWLEDGED
    if reaction.resolved_at is not None and reaction.resolved_at <= at:
        return WithheldReason.RESOLVED
    return None
