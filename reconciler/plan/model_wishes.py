"""What the policy wants of model notifications: its environments resolved, what live does not answer, and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.model.inventory import Environment, Inventory
from reconciler.model.model_notifications import ModelNotificationRule, ModelOutcome, outcomes_text
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.problem import Position, Problem
from reconciler.model.selector import compared_name

if TYPE_CHECKING:
    from reconciler.model.policy import Policy
    from reconciler.plan.scope import ScopeJudge

__all__ = ["DesiredModels", "ModelHold", "ModelWishes", "has_owners_to_tell", "model_wishes"]

_DEVELOPMENT: Final = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredModels:
    """The outcomes that owners of models in one environment shall be told of. Never none."""

    environment_id: int
    project_id: int
    team: str
    on: frozenset[ModelOutcome]
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHold:
    """An entry that live does not answer: what its team owns elsewhere and nothing else wants stays."""

    blocked: Blocked
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWishes:
    """What is wanted by environment, inside scope. `released` are environments that the policy gives up.

    `teams` want something, answered or not.
    """

    wanted: Mapping[int, DesiredModels] = field(default_factory=dict)
    holds: tuple[ModelHold, ...] = ()
    released: frozenset[int] = frozenset()
    teams: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def model_wishes(policy: Policy, inventory: Inventory, *, scope: ScopeJudge) -> ModelWishes:
    """Resolve the entries. Two that differ about one environment are a problem: it has one set of switches."""
    wanted: dict[int, DesiredModels] = {}
    holds: list[ModelHold] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for rule in sorted(policy.model_notifications, key=lambda rule: (rule.team, rule.at)):
        found = list(_called(inventory, rule.environment, rule.project))
        deployed = [each for each in found if has_owners_to_tell(each)]
        if not deployed:
            holds.append(ModelHold(blocked=_unanswered(rule, found), team=rule.team))
        inside = [each for each in deployed if scope.environment(each)]
        if deployed and not inside:
            place = f"{rule.at.file}:{rule.at.line}"
            notes.append(f"{place} names environments outside scope only: nothing is planned for it")
        for each in inside:
            known = wanted.setdefault(each.id, _desired(rule, each))
            if known.on != rule.on:
                problems.append(_contradiction(known, rule, each))
    return ModelWishes(
        wanted=wanted,
        holds=tuple(holds),
        released=frozenset(_released(policy, inventory)),
        teams=frozenset(rule.team for rule in policy.model_notifications),
        problems=tuple(problems),
        notes=tuple(notes),
    )


def has_owners_to_tell(environment: Environment) -> bool:
    """Tell whether dbt Cloud could mail owners of models there: a development environment runs nobody's models."""
    return not environment.deleted and environment.type != _DEVELOPMENT


def _called(inventory: Inventory, name: str, project: str | None) -> Iterator[Environment]:
    projects = {each.id for each in inventory.projects.values() if project in {None, compared_name(each.name)}}
    for each in inventory.environments.values():
        if not each.deleted and compared_name(each.name) == name and (project is None or each.project_id in projects):
            yield each


def _desired(rule: ModelNotificationRule, environment: Environment) -> DesiredModels:
    return DesiredModels(
        environment_id=environment.id, project_id=environment.project_id, team=rule.team, on=rule.on, at=rule.at
    )


def _unanswered(rule: ModelNotificationRule, found: list[Environment]) -> Blocked:
    if found:
        what = f"environment {rule.name} is for development, and dbt Cloud tells owners of deployments only"
    else:
        what = f"an entry of `model_notifications:` names environment {rule.name}, which live does not show"
    return Blocked(
        kind=BlockedKind.MODELS if found else BlockedKind.NO_MATCH,
        what=what,
        next_step=f"correct or remove it at {rule.at}",
        at=rule.at,
    )


def _contradiction(first: DesiredModels, other: ModelNotificationRule, environment: Environment) -> Problem:
    return Problem(
        at=other.at,
        also_at=(first.at,),
        message=f"environment {environment.name} ({environment.id}) is told of two different sets of outcomes",
        found=f"{outcomes_text(other.on)} (team {other.team}), and {outcomes_text(first.on)} (team {first.team})",
        expected="one set: dbt Cloud keeps one set of switches for all owners of models in an environment",
        fix="write the same outcomes in both, or keep one of them",
    )


def _released(policy: Policy, inventory: Inventory) -> Iterable[int]:
    for release in policy.model_releases:
        for each in _called(inventory, release.environment, release.project):
            yield each.id
