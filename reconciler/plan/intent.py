"""What a caller means to run of a plan: everything else is shown as left for another run."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.actions import (
    Action,
    Cause,
    ChangeSubscription,
    DeactivateSubscription,
    EvictEdge,
    RecreateSubscription,
    RemoveEdge,
    StopModels,
)
from reconciler.plan.reviewed import is_reviewed

__all__ = ["Intent", "will_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the caller means to run: guards judge exactly that. `allow` holds `--allow` values like `prune=7`.

    `reviewed` are the identities of a saved plan's actions: whatever it does not name is left for the next plan.
    """

    repair_drift: bool = False
    additions_only: bool = False
    allow: frozenset[str] = field(default_factory=frozenset)
    reviewed: frozenset[str] | None = None


def will_run(action: Action, intent: Intent) -> bool:
    """Tell whether an apply with this intent does the action, or leaves it for another run."""
    if getattr(action, "cause", Cause.POLICY) is Cause.DRIFT and not intent.repair_drift:
        return False
    if intent.reviewed is not None and not is_reviewed(action, intent.reviewed):
        return False
    return not (intent.additions_only and _takes_away(action))


def _takes_away(action: Action) -> bool:
    """Tell whether an action removes, deactivates, narrows or re-arms anything, or might on its way.

    A new URL switches an inactive webhook on (reference §3.4), and making one anew deletes the old one.
    """
    if isinstance(action, ChangeSubscription):
        moves = any(change.name in {"url", "active"} for change in action.changes)
        return moves or action.narrows or action.rearms or action.disarms
    return isinstance(action, RemoveEdge | EvictEdge | StopModels | DeactivateSubscription | RecreateSubscription)
