"""One environment's model notifications at a time: look, switch, look again. And what the ledger says before and after.

Before the first write, outcomes that are about to be switched are `pending`, to be ours only while they are on, and
what was last applied of them is forgotten: a run that dies owns what it made, and a change that is reverted after a
crash does not look like drift (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.apply.trouble import NotHeldError
from reconciler.errors import InDoubt, Refused
from reconciler.model.actions import (
    Action,
    AdoptModels,
    Cause,
    ForgetModels,
    OfModels,
    ReleaseModels,
    StartModels,
    StopModels,
)
from reconciler.model.model_notifications import ModelClaim, ModelNotifications, ModelOutcome, outcomes_text

if TYPE_CHECKING:
    from reconciler.apply.order import ModelWork
    from reconciler.apply.ports import AppliesReader
    from reconciler.apply.writers import Adding, Taking

__all__ = ["Models", "intended_models", "recorded_models"]

Claims = dict[int, ModelClaim]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Writes model notifications, each verified by a fresh read."""

    reader: AppliesReader
    writer: Adding

    def start(self, work: ModelWork) -> None:
        """Switch the outcomes on. What else is on stays on."""
        if work.outcomes <= self._told(work.environment_id):
            return
        doubt = None
        try:
            self.writer.start_models(work.environment_id, work.outcomes)
        except InDoubt as error:
            doubt = error
        if missing := work.outcomes - self._told(work.environment_id):
            raise doubt or _not_held(work, missing)

    def stop(self, work: ModelWork, writer: Taking) -> None:
        """Switch the outcomes off, and the notifications with the last of them."""
        if not work.outcomes & self._told(work.environment_id):
            return
        doubt = None
        try:
            writer.stop_models(work.environment_id, work.outcomes)
        except InDoubt as error:
            doubt = error
        if still := work.outcomes & self._told(work.environment_id):
            raise doubt or _not_held(work, still)

    def _told(self, environment_id: int) -> frozenset[ModelOutcome]:
        live = self.reader.model_notifications((environment_id,))[environment_id]
        if isinstance(live, ModelNotifications):
            return live.told
        raise Refused(f"model notifications of environment {environment_id}: {live.why}", next_step=live.next_step)


def _not_held(work: ModelWork, outcomes: frozenset[ModelOutcome]) -> NotHeldError:
    return NotHeldError(f"{outcomes_text(outcomes)} of model notifications of environment {work.environment_id}")


def intended_models(models: Mapping[int, ModelClaim], to_run: Iterable[Action]) -> Claims:
    """Return the claims as they must be saved before the first write."""
    claims = dict(models)
    for action in to_run:
        if isinstance(action, StartModels | StopModels) and action.cause is not Cause.DRIFT:
            known = claims.get(action.environment_id) or replace(action.claim, applied={}, pending=frozenset())
            applied = {outcome: value for outcome, value in known.applied.items() if outcome is not action.outcome}
            claims[action.environment_id] = replace(known, applied=applied, pending=known.pending | {action.outcome})
    return claims


def recorded_models(
    models: Mapping[int, ModelClaim],
    wanted: Mapping[int, ModelClaim],
    *,
    done: Iterable[Action],
    undone: Iterable[Action],
) -> Claims:
    """Return the claims as they must be saved after the last write. `wanted` is what holds if everything was done."""
    claims = dict(models)
    left = frozenset(_left_open(undone))
    for action in done:
        if isinstance(action, StartModels | StopModels | AdoptModels):
            _settled(action, claims, declared=action.environment_id in wanted, last=action.environment_id not in left)
        elif isinstance(action, ReleaseModels | ForgetModels):
            claims.pop(action.environment_id, None)
    return claims | {number: claim for number, claim in wanted.items() if number not in left}


def _left_open(undone: Iterable[Action]) -> Iterator[int]:
    """Yield where something of the policy was not done; drift that is left alone is still what was last applied."""
    for action in undone:
        if isinstance(action, OfModels) and getattr(action, "cause", Cause.POLICY) is not Cause.DRIFT:
            yield action.environment_id


def _settled(action: StartModels | StopModels | AdoptModels, claims: Claims, *, declared: bool, last: bool) -> None:
    """Note one outcome; with the last one of an environment that the policy names no more, its claim goes."""
    number = action.environment_id
    if not declared and last:
        claims.pop(number, None)
        return
    known = claims.get(number) or replace(action.claim, applied={}, pending=frozenset())
    applied = {each: value for each, value in known.applied.items() if each is not action.outcome}
    switched = {action.outcome: not isinstance(action, StopModels)} if declared else {}
    claims[number] = replace(known, applied=applied | switched, pending=known.pending - {action.outcome})
