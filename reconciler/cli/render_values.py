"""What `render` works with: one job and what happened to it, and each message that comes of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.model.alert import Alert, Case, Escalated
from reconciler.model.policy import RelayedChannel
from reconciler.model.telling import Happening, Occasion, Routed, Telling

if TYPE_CHECKING:
    from reconciler.model.run import Event, RunFacts
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["Real", "Scenery", "Shown", "escalated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """What is known of a real run."""

    facts: RunFacts | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """One job, what happened to it, and what routing makes of that. `now` is when the message is read."""

    survey: Survey
    placed: Placed
    happening: Happening
    routed: Routed
    now: datetime
    real: Real | None = None
    case: Case | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message to one relayed channel. `telling` is None where routing would not tell it."""

    channel: RelayedChannel
    alert: Alert
    telling: Telling | None = None


def escalated(scenery: Scenery, telling: Telling) -> Escalated:
    """Return what an escalation's level says of itself; it is read when it is told."""
    before = (
        each
        for each in scenery.routed.tellings
        if each.at < telling.at and each.occasion not in {Occasion.METRICS, Occasion.TICKET}
    )
    return Escalated(
        level=telling.level,
        since=scenery.now - (telling.at - scenery.happening.at),
        unless=telling.unless,
        note=telling.note,
        told=tuple(dict.fromkeys(each.channel for each in before)),
        ticket=telling.occasion is Occasion.TICKET,
    )
