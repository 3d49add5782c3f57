"""Restore a lost ledger from policy ∩ live: what both have is claimed, as found. Pure; dbt Cloud is not written."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.apply.claims import Facts, recorded
from reconciler.model.actions import Action, AdoptEdge, AdoptModels, AdoptSubscription
from reconciler.model.ledger import Ledger
from reconciler.model.plan import Plan

__all__ = ["Rebuilt", "rebuilt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The ledger as it would be, what it gained, and what of the policy is not live yet."""

    ledger: Ledger
    adopted: tuple[Action, ...]
    left: tuple[Action, ...]


def rebuilt(plan: Plan, ledger: Ledger) -> Rebuilt:
    """Return the ledger with every adoption of the plan recorded, and with nothing of what it already holds dropped.

    Each claim says *was there before us*, because nobody knows any more. A webhook with our mark is claimed with its
    secret unknown. Settings count as applied where live has what the policy wants.
    """
    adopted = tuple(a for a in plan.actions if isinstance(a, AdoptEdge | AdoptSubscription | AdoptModels))
    left = tuple(a for a in plan.actions if not isinstance(a, AdoptEdge | AdoptSubscription | AdoptModels))
    books = recorded(ledger, plan, Facts(done=adopted, undone=left, whole=False)) if adopted else ledger
    return Rebuilt(ledger=books, adopted=adopted, left=left)
