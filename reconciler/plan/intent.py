"""What a caller means to run of a plan: everything else is shown as left for another run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
from reconciler.model.plan import LeftWhy
from reconciler.plan.reviewed import is_reviewed, waits

if TYPE_CHECKING:
    from reconciler.model.plan import GuardFinding
    from reconciler.plan.saved import SavedPlan

__all__ = ["Intent", "is_allowed", "why_left", "will_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the caller means to run: guards judge exactly that. `allow` holds `--allow` values like `prune=7`.

    Whatever a `saved` plan does not name is left for the next plan; the allowances that it was made with count.
    """

    repair_drift: bool = False
    additions_only: bool = False
    allow: frozenset[str] = field(default_factory=frozenset)
    saved: SavedPlan | None = None


def will_run(action: Action, intent: Intent) -> bool:
    """Tell whether an apply with this intent does the action, or leaves it for another run."""
    return why_left(action, intent) is None


def why_left(action: Action, intent: Intent) -> LeftWhy | None:
    """Return why an apply with this intent leaves the action, None if it does it."""
    if getattr(action, "cause", Cause.POLICY) is Cause.DRIFT and not intent.repair_drift:
        return LeftWhy.DRIFT
    if intent.saved is not None and not is_reviewed(action, intent.saved.actions):
        return LeftWhy.UNREVIEWED if waits(action, intent.saved) else LeftWhy.REFUSED
    return LeftWhy.TAKES_AWAY if intent.additions_only and _takes_away(action) else None


def is_allowed(finding: GuardFinding, intent: Intent) -> bool:
    """Tell whether an allowance was given for exactly this, or for a saved plan of which this is the rest.

    A number must be exact, so that an allowance for one plan lets no bigger one pass. What is left of a saved plan
    after a kill is smaller: the number that was reviewed with it still holds.
    """
    if finding.allow is None:
        return False
    if finding.allow in intent.allow:
        return True
    guard, _, amount = finding.allow.partition("=")
    reviewed = intent.saved.allowed if intent.saved is not None else frozenset()
    numbers = (value.removeprefix(f"{guard}=") for value in intent.allow & reviewed)
    return amount.isdigit() and any(number.isdigit() and int(amount) <= int(number) for number in numbers)


def _takes_away(action: Action) -> bool:
    """Tell whether an action removes, deactivates, narrows or re-arms anything, or might on its way.

    A new URL switches an inactive webhook on (reference §3.4), and making one anew deletes the old one.
    """
    if isinstance(action, ChangeSubscription):
        moves = any(change.name in {"url", "active"} for change in action.changes)
        return moves or action.narrows or action.rearms or action.disarms
    return isinstance(action, RemoveEdge | EvictEdge | StopModels | DeactivateSubscription | RecreateSubscription)
