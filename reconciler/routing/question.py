"""One question to routing with everything that its parts look at, and the two kinds of line that they answer with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.problem import Position
from reconciler.model.telling import Happening, History, Occasion, Reaction, Telling, Via, Withheld, WithheldReason
from reconciler.routing.days import Days
from reconciler.routing.orders import Orders
from reconciler.routing.place import Placed

__all__ = ["INCIDENTS", "Line", "Question", "relayed"]

Line = Telling | Withheld

INCIDENTS: Final = frozenset({Outcome.FAILURE, Outcome.LATE})
"""The outcomes that open incidents; the rest is told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What happened to which job, and what came before and after."""

    orders: Orders
    days: Days
    placed: Placed
    happening: Happening
    history: History
    reaction: Reaction

    @property
    def policy(self) -> Policy:
        return self.orders.policy

    @property
    def at(self) -> datetime:
        return self.happening.at

    def withheld(
        self, channel: str, outcome: Outcome, reason: WithheldReason, *, because: tuple[Position, ...], detail: str = ""
    ) -> Withheld:
        """Return a message that would have been sent now."""
        return Withheld(at=self.at, channel=channel, outcome=outcome, reason=reason, because=because, detail=detail)


def relayed(
    channel: str,
    outcome: Outcome,
    *,
    at: datetime,
    because: tuple[Position, ...],
    occasion: Occasion = Occasion.AT_ONCE,
) -> Telling:
    """Return a message that our relay sends."""
    return Telling(at=at, channel=channel, via=Via.RELAYED, occasion=occasion, outcome=outcome, because=because)
