"""What `render` works with: one job and what happened to it, and each message that comes of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.alerts.of_telling import Told
from reconciler.model.alert import Alert, Case
from reconciler.model.policy import RelayedChannel
from reconciler.model.telling import Happening, Routed, Telling

if TYPE_CHECKING:
    from reconciler.model.run import Event, RunFacts
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["Real", "Scenery", "Shown", "told_of"]


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


def told_of(scenery: Scenery) -> Told:
    """Return the scene in the words of which alerts are made."""
    return Told(
        policy=scenery.survey.policy,
        placed=scenery.placed,
        happening=scenery.happening,
        routed=scenery.routed,
        host=scenery.survey.inventory.host,
        account_id=scenery.survey.inventory.account_id,
    )
