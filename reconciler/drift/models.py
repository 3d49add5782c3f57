"""Drift of model notifications: outcomes of an environment that somebody switched off, or on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.drift.looked import REPAIR, Looked
from reconciler.model.actions import StartModels, StopModels
from reconciler.model.drift import DriftFinding, DriftKind, Repair
from reconciler.plan.model_diff import environment_name

if TYPE_CHECKING:
    from reconciler.model.actions import ModelAction

__all__ = ["model_drift"]


def model_drift(looked: Looked) -> Iterator[DriftFinding]:
    """Yield each environment whose owners of models are told of less, or of more, than we had set."""
    by_place: defaultdict[tuple[int, type[ModelAction]], list[StartModels | StopModels]] = defaultdict(list)
    for action in looked.drifted:
        if isinstance(action, StartModels | StopModels):
            by_place[action.environment_id, type(action)].append(action)
    for (environment_id, kind), actions in by_place.items():
        outcomes = ", ".join(sorted(action.outcome.value for action in actions))
        less = kind is StartModels
        yield DriftFinding(
            kind=DriftKind.MODELS_CHANGED,
            about=f"model notifications of {environment_name(environment_id, looked.inventory)}",
            what=f"owners of models are no longer told of {outcomes}" if less else f"somebody switched on {outcomes}",
            next_step=REPAIR,
            repair=Repair.REPAIR_DRIFT,
            team=actions[0].claim.team,
        )
