"""Under which tier an alert stands, and which incident it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, Target
from reconciler.model.problem import Position
from reconciler.model.telling import Promoted
from reconciler.routing.orders import Orders, Standing, lines
from reconciler.routing.promotion import promoted
from reconciler.routing.question import INCIDENTS, Question

__all__ = ["Alert", "alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One outcome of a job under the tier that counts.

    `joins`: an incident that this tier told is open already. `since` is when its levels began to count. `released`:
    it is worse than its tier says, so that office hours do not hold it.
    """

    outcome: Outcome
    standing: Standing
    since: datetime
    joins: bool = False
    released: bool = False
    promotion: Promoted | None = None

    def because(self, target: Target) -> tuple[Position, ...]:
        """Return the lines that say that a target is told of it."""
        return lines(*self.promoted_at, *self.standing.because(self.outcome, target))

    @property
    def promoted_at(self) -> tuple[Position, ...]:
        return () if self.promotion is None else (self.promotion.at,)


def alert(asked: Question, rule: JobRule, outcome: Outcome) -> Alert:
    """Return the alert that one outcome is.

    A failure may be promoted; a missed deadline has the tier of its SLA, which promotions do not touch. What happens
    during an incident belongs to it and never makes it better. A promotion starts the incident's levels anew: counted
    from the first failure most of them would be over before anybody of that tier has heard of it. A recovery is told
    as the incident was.
    """
    orders, history = asked.orders, asked.history
    own = _own_tier(orders, rule, outcome)
    promotion = promoted(orders, rule, asked.happening, history) if outcome is Outcome.FAILURE else None
    reached = own if promotion is None else promotion.to
    before = _known(orders, history.incident_tier) or own
    is_open = history.incident_since is not None
    if outcome in INCIDENTS and is_open:
        tier = orders.worse(before, reached)
        joins = tier == before
    else:
        tier = orders.worse(own, before) if outcome is Outcome.RECOVERED else reached
        joins = False
    return Alert(
        outcome=outcome,
        standing=orders.standing(rule, tier=tier),
        since=history.incident_since if joins and history.incident_since else asked.at,
        joins=joins,
        released=tier != own,
        promotion=promotion if promotion is not None and promotion.to == tier else None,
    )


def _own_tier(orders: Orders, rule: JobRule, outcome: Outcome) -> str | None:
    sla = orders.standing(rule).effective.values.sla
    return sla.tier if outcome is Outcome.LATE and sla is not None and sla.tier else rule.tier


def _known(orders: Orders, tier: str | None) -> str | None:
    """Return a tier of an earlier policy only if there is one of that name still."""
    return tier if tier in orders.policy.tiers else None
