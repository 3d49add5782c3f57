"""Which of today's actions a saved plan covers, and which of the others may simply wait."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, assert_never

from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
    AdoptModels,
    AdoptSubscription,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetModels,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseModels,
    ReleaseSubscription,
    RemovalReason,
    RemoveEdge,
    StartModels,
    StopModels,
    UpdateClaim,
)
from reconciler.model.model_notifications import ModelOutcome
from reconciler.plan.document_actions import parts

if TYPE_CHECKING:
    from reconciler.plan.saved import SavedPlan

__all__ = ["is_reviewed", "waits"]


def is_reviewed(action: Action, reviewed: AbstractSet[str]) -> bool:  # noqa: PLR0911 - one case for each action
    """Tell whether the saved plan holds the action, or another one that this is the rest of.

    What was reviewed as an addition or a removal may be live or gone by now, by a run that was killed before it could
    record it or by somebody's hand: then only its claim is left to write.
    """
    if all(part in reviewed for part in parts(action)):
        return True
    match action:
        case AdoptEdge():
            return f"add {action.edge}" in reviewed
        case ForgetEdge():
            return f"remove {action.edge}" in reviewed
        case ForgetSubscription():
            return f"deactivate-webhook {action.key}" in reviewed
        case AdoptModels():
            return f"start-models {action.environment_id} {action.outcome}" in reviewed
        case ForgetModels():
            return any(f"stop-models {action.environment_id} {outcome}" in reviewed for outcome in ModelOutcome)
        case _:
            return False


def waits(action: Action, saved: SavedPlan) -> bool:  # noqa: C901, PLR0911 - one case for each action
    """Tell whether an action that nobody reviewed may wait: additions, the ledger's own book-keeping, others' edits.

    What would take something away, switch it off or change it is none of these: the policy has moved on, and half of
    it must not be applied as if it were all.
    """
    if getattr(action, "cause", None) is Cause.DRIFT:
        return True
    match action:
        case AddEdge() | AdoptEdge() | ReleaseEdge() | ForgetEdge() | UpdateClaim():
            return True
        case CreateSubscription() | RecreateSubscription() | AdoptSubscription():
            return True
        case ReleaseSubscription() | ForgetSubscription():
            return True
        case StartModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return True
        case StopModels():
            return False
        case RemoveEdge():
            return action.reason is RemovalReason.DANGLING
        case EvictEdge():
            return str(action.edge.recipient) in saved.exclusive
        case ChangeRecipient():
            return all((str(action.key), each.name, each.after) in saved.wanted for each in action.changes)
        case ChangeSubscription():
            return _only_more_jobs(action)
        case DeactivateSubscription():
            return False
    assert_never(action)


def _only_more_jobs(action: ChangeSubscription) -> bool:
    """Tell whether a list of jobs grows and nothing else happens, as when somebody made a job that a selector finds."""
    return [each.name for each in action.changes] == ["jobs"] and not (action.widens or action.narrows)
