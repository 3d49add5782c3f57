"""What a plan says where the ledger is empty: new, or lost, which only people can tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.actions import Adoption

if TYPE_CHECKING:
    from reconciler.model.plan import Plan

__all__ = ["empty_ledger_line", "perhaps_lost"]


def perhaps_lost(plan: Plan) -> bool:
    """Tell whether live has what the policy wants though nothing was ever recorded: somebody applied this before."""
    return plan.ledger_empty and any(isinstance(a, Adoption) for a in plan.actions)


def empty_ledger_line(plan: Plan) -> str:
    """Say what an empty ledger means; nothing for one that is not."""
    if not plan.ledger_empty:
        return ""
    line = "The ledger is empty: new, or lost. Nothing can be removed; what is already there is adopted."
    if not perhaps_lost(plan):
        return line
    return f"{line} If there was one: restore it from its history, or run `dbt-alerts ledger rebuild`."
