"""Actions on model notifications as JSON data: the part of a plan's document that speaks of environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never

from reconciler.model.actions import (
    AdoptModels,
    Cause,
    ForgetModels,
    ModelAction,
    ReleaseModels,
    StartModels,
    StopModels,
)

if TYPE_CHECKING:
    from reconciler.model.model_notifications import ModelClaim
    from reconciler.model.plan import Plan

__all__ = ["MODEL_VERBS", "model_before_after", "model_identity", "model_object", "model_reason"]

MODEL_VERBS: Final[Mapping[type[ModelAction], str]] = {
    StartModels: "start-models",
    StopModels: "stop-models",
    AdoptModels: "adopt-models",
    ReleaseModels: "release-models",
    ForgetModels: "forget-models",
}


def model_identity(action: ModelAction) -> str:
    """Return verb, environment, and the outcome where the action is about one."""
    outcome = getattr(action, "outcome", None)
    place = f"{MODEL_VERBS[type(action)]} {action.environment_id}"
    return place if outcome is None else f"{place} {outcome}"


def model_reason(action: ModelAction) -> str:
    """Return in one word why the action is there."""
    match action:
        case StartModels():
            return "taken-away" if action.cause is Cause.DRIFT else "wanted"
        case StopModels():
            return "altered" if action.cause is Cause.DRIFT else "unwanted"
        case AdoptModels():
            return "already-there"
        case ReleaseModels():
            return "released"
        case ForgetModels():
            return "gone"
    assert_never(action)


def model_object(action: ModelAction, plan: Plan) -> dict[str, Any]:
    """Return which environment, and of which outcome its owners of models are told."""
    number = action.environment_id
    shown = {"environment_id": number, "environment": plan.names.environments.get(number, "")}
    outcome = getattr(action, "outcome", None)
    return shown if outcome is None else {**shown, "outcome": str(outcome)}


def model_before_after(action: ModelAction) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return both sides of what is ours; None where there is neither an alert nor a claim."""
    ours = _claim(action.claim)
    match action:
        case StartModels():
            before = {"told": False, "ours": ours} if action.cause is Cause.DRIFT else None
            return before, {"told": True, "ours": ours}
        case StopModels():
            return {"told": True, "ours": None if action.cause is Cause.DRIFT else ours}, None
        case AdoptModels():
            return {"told": True, "ours": None}, {"told": True, "ours": ours}
        case ReleaseModels():
            return {"ours": ours}, {"ours": None}
        case ForgetModels():
            return {"ours": ours}, None
    assert_never(action)


def _claim(claim: ModelClaim) -> dict[str, Any]:
    return {"team": claim.team, "found": sorted(claim.found)}
