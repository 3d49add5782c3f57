"""What a plan says of model notifications: owners of models, who are known in each dbt project and not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.model.actions import (
    AdoptModels,
    Cause,
    ForgetModels,
    OfModels,
    ReleaseModels,
    StartModels,
    StopModels,
)
from reconciler.model.model_notifications import ModelOutcome, outcomes_text
from reconciler.render.rows import Row, Section, Sign

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Plan

__all__ = ["model_ledger_rows", "model_rows", "model_section"]


def model_section(plan: Plan) -> Section:
    """Show whom this run tells, by environment; dbt Cloud mails the owners that the dbt project names."""
    return Section(
        title="Owners of models",
        hint="dbt Cloud mails whoever a dbt project names as the owner of a model.",
        rows=tuple(model_rows(plan, plan.running)),
    )


def model_rows(plan: Plan, actions: Iterable[Action]) -> Iterator[Row]:
    """Yield one row for each environment and kind of change, what stops first."""
    switches = [action for action in actions if isinstance(action, StartModels | StopModels)]
    for kind, sign, words in ((StopModels, Sign.REMOVE, "stop being told of"), (StartModels, Sign.ADD, "are told of")):
        lines = sorted((_name(plan, each), _note(each), each.outcome) for each in switches if isinstance(each, kind))
        for (name, note), group in groupby(lines, key=lambda line: line[:2]):
            outcomes = frozenset(outcome for _, _, outcome in group)
            yield Row(sign=sign, cells=(name, f"owners {words} {outcomes_text(outcomes)}"), note=note)


def model_ledger_rows(plan: Plan, actions: Iterable[Action]) -> Iterator[Row]:
    """Yield what only the ledger hears of."""
    found: dict[tuple[str, str], set[ModelOutcome]] = {}
    for action in actions:
        if isinstance(action, AdoptModels | ReleaseModels | ForgetModels):
            outcomes = {action.outcome} if isinstance(action, AdoptModels) else action.claim.on
            found.setdefault((_name(plan, action), _ledger_note(plan, action)), set()).update(outcomes)
    for (name, note), outcomes in sorted(found.items()):
        yield Row(sign=Sign.KEEP, cells=(f"owners of models in {name}", outcomes_text(frozenset(outcomes))), note=note)


def _ledger_note(plan: Plan, action: AdoptModels | ReleaseModels | ForgetModels) -> str:
    others = ", ".join(plan.others_have.get(action.environment_id, ()))
    match action:
        case AdoptModels():
            return f"{others} has it; from now on ours too" if others else "already told, from now on ours"
        case ReleaseModels():
            return f"stays: {others} has it" if others else "stays as it is, no longer ours"
        case ForgetModels():
            return "nothing of ours is on there: only the claim goes"


def _name(plan: Plan, action: OfModels) -> str:
    return plan.names.environments.get(action.environment_id, f"environment {action.environment_id}")


def _note(action: StartModels | StopModels) -> str:
    if action.cause is Cause.DRIFT:
        return "repairs drift"
    was_there = isinstance(action, StopModels) and action.outcome in action.claim.found
    return "was there before us" if was_there else ""
