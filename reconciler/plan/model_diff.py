"""The diff of model notifications, outcome by outcome: the edges' algebra on one object for each environment.

D is what the policy wants of an environment, T what its owners are told of, B what is on there by our doing. Added is
D−T, adopted (D∩T)−B, removed (B−D)∩T inside scope. What else is on in T is somebody's: left alone where it was on
before us, drift where the ledger says that it was off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import (
    Action,
    AdoptModels,
    Cause,
    ForgetModels,
    ModelAction,
    OfModels,
    ReleaseModels,
    StartModels,
    StopModels,
)
from reconciler.model.model_notifications import (
    ModelClaim,
    ModelNotifications,
    ModelOutcome,
    ModelUnanswered,
    outcomes_text,
)
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.plan.conflicts import Conflict

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger, Others
    from reconciler.plan.desire import Desired
    from reconciler.plan.model_wishes import DesiredModels

__all__ = ["ModelDiff", "asked_environments", "diff_models", "environment_name", "model_conflicts"]

_DIFFERENT: Final = (
    "another manager sets the model notifications of an environment differently; agree on one set of outcomes, "
    "leave the environment out in one repository, or hand it over there with `release:`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDiff:
    """Actions, what live does not answer, and `claims`: what the ledger shall hold when all of it is done.

    `conflicts` are environments that another manager sets differently, by their id. `owned` counts by team the outcomes
    that are ours.
    """

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()
    claims: Mapping[int, ModelClaim] = field(default_factory=dict)
    conflicts: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    owned: Mapping[str, int] = field(default_factory=dict)


def asked_environments(desired: Desired, ledger: Ledger, inventory: Inventory) -> tuple[int, ...]:
    """Return the environments that live must be asked about, one call each: those wanted, and those that are ours."""
    known = {number for number, each in inventory.environments.items() if not each.deleted}
    return tuple(sorted(desired.models.wanted.keys() | (ledger.models.keys() & known)))


def diff_models(*, desired: Desired, inventory: Inventory, ledger: Ledger, others: Others) -> ModelDiff:
    """Compare what is wanted with the ledger and live."""
    found = _Findings()
    for wanted in sorted(desired.models.wanted.values(), key=lambda each: each.environment_id):
        live = _answer(wanted.environment_id, inventory)
        if isinstance(live, ModelUnanswered):
            found.blocked.append(_unanswered(live, inventory, wanted))
        else:
            _wanted(wanted, live, ledger.models.get(wanted.environment_id), found, inventory)
            found.conflicts |= _conflicts(wanted, others, inventory)
    for number, claim in sorted(ledger.models.items()):
        if number not in desired.models.wanted:
            _dropped(claim, desired, inventory, others, found)
    blocked = (*(hold.blocked for hold in desired.models.holds), *found.blocked)
    numbers = desired.models.wanted.keys() | ledger.models.keys()
    return ModelDiff(
        actions=tuple(found.actions),
        blocked=blocked,
        notes=(*desired.models.notes, *found.notes),
        claims=found.claims,
        conflicts=found.conflicts,
        names={number: environment_name(number, inventory) for number in numbers},
        owned=_owned(ledger, inventory),
    )


def model_conflicts(diff: ModelDiff, run: Iterable[Action]) -> tuple[Conflict, ...]:
    """Return the contradictions with other managers about environments in which this run would do anything."""
    touched = {action.environment_id for action in run if isinstance(action, OfModels)}
    items = tuple(text for number, text in sorted(diff.conflicts.items()) if number in touched)
    return (Conflict(message=_DIFFERENT, items=items),) if items else ()


def _owned(ledger: Ledger, inventory: Inventory) -> dict[str, int]:
    owned: Counter[str] = Counter()
    for number, claim in ledger.models.items():
        live = _answer(number, inventory)
        owned[claim.team] += len(claim.owned(live.told if isinstance(live, ModelNotifications) else frozenset()))
    return dict(owned)


def environment_name(environment_id: int, inventory: Inventory) -> str:
    """Call an environment by its name and its project's."""
    environment = inventory.environments.get(environment_id)
    if environment is None:
        return f"environment {environment_id}"
    project = inventory.projects.get(environment.project_id)
    return f"{environment.name} of {project.name}" if project is not None else environment.name


@dataclass(slots=True)
class _Findings:
    actions: list[ModelAction] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    claims: dict[int, ModelClaim] = field(default_factory=dict)
    conflicts: dict[int, str] = field(default_factory=dict)


def _answer(environment_id: int, inventory: Inventory) -> ModelNotifications | ModelUnanswered:
    missing = ModelUnanswered(
        environment_id=environment_id, why="nothing is known of them", next_step="plan from dbt Cloud itself"
    )
    return inventory.models.get(environment_id, missing)


def _unanswered(live: ModelUnanswered, inventory: Inventory, wanted: DesiredModels | None) -> Blocked:
    return Blocked(
        kind=BlockedKind.MODELS,
        what=f"model notifications of {environment_name(live.environment_id, inventory)}: {live.why}",
        next_step=live.next_step,
        at=wanted.at if wanted is not None else None,
    )


def _wanted(
    wanted: DesiredModels,
    live: ModelNotifications,
    known: ModelClaim | None,
    found: _Findings,
    inventory: Inventory,
) -> None:
    before = known or ModelClaim(environment_id=wanted.environment_id, project_id=wanted.project_id, team=wanted.team)
    owned, told = before.owned(live.told), live.told
    foreign = frozenset(each for each in told - wanted.on - owned if before.applied.get(each) is None)
    adopted = (wanted.on & told) - owned
    claim = replace(
        before,
        team=wanted.team,
        project_id=wanted.project_id,
        applied={each: each in wanted.on for each in ModelOutcome if each not in foreign},
        pending=frozenset(),
        found=before.found | adopted if known is not None else told,
        at=str(wanted.at),
    )
    found.claims[wanted.environment_id] = claim
    for outcome in ModelOutcome:
        if outcome in wanted.on - told:
            cause = Cause.DRIFT if before.applied.get(outcome) else Cause.POLICY
            found.actions.append(StartModels(claim=claim, outcome=outcome, cause=cause))
        elif outcome in told - wanted.on - foreign:
            cause = Cause.POLICY if outcome in owned else Cause.DRIFT
            found.actions.append(StopModels(claim=claim, outcome=outcome, cause=cause))
        elif outcome in adopted:
            found.actions.append(AdoptModels(claim=claim, outcome=outcome))
    found.notes.extend(_notes(wanted, live, foreign, environment_name(wanted.environment_id, inventory)))


def _notes(
    wanted: DesiredModels, live: ModelNotifications, foreign: frozenset[ModelOutcome], name: str
) -> Iterator[str]:
    if foreign:
        yield f"owners of models in {name} are told of {outcomes_text(foreign)} too: not by us, and left alone"
    if not live.enabled and (latent := live.selected - wanted.on):
        yield f"model notifications of {name} are switched off; {outcomes_text(latent)}, selected there, stays off"


def _dropped(claim: ModelClaim, desired: Desired, inventory: Inventory, others: Others, found: _Findings) -> None:
    """Take back what is ours of an environment that the policy names no more, unless there is a reason to keep it."""
    number, name = claim.environment_id, environment_name(claim.environment_id, inventory)
    environment = inventory.environments.get(number)
    if any(number in ledger.models for ledger in others.ledgers) or number in desired.models.released:
        found.actions.append(ReleaseModels(claim=claim))
    elif environment is None:
        found.notes.append(f"model notifications of {name} are ours, and it is in no list: kept as they are")
    elif environment.deleted:
        found.actions.append(ForgetModels(claim=claim))
    elif any(hold.team == claim.team for hold in desired.models.holds):
        found.notes.append(f"model notifications of {name} are kept: an entry of team {claim.team} is not answered")
    elif not desired.scope.environment(environment):
        found.notes.append(f"model notifications of {name} are ours and outside scope: kept as they are")
    else:
        found.actions.extend(_taken_back(claim, _answer(number, inventory), found, inventory))


def _taken_back(
    claim: ModelClaim, live: ModelNotifications | ModelUnanswered, found: _Findings, inventory: Inventory
) -> Iterator[ModelAction]:
    if isinstance(live, ModelUnanswered):
        found.blocked.append(_unanswered(live, inventory, None))
        return
    going = claim.owned(live.told) & live.told
    if not going:
        yield ForgetModels(claim=claim)
    for outcome in ModelOutcome:
        if outcome in going:
            yield StopModels(claim=claim, outcome=outcome, cause=Cause.POLICY)


def _conflicts(wanted: DesiredModels, others: Others, inventory: Inventory) -> dict[int, str]:
    """Name another manager that last set one of the environment's outcomes differently."""
    for ledger in others.ledgers:
        theirs = ledger.models.get(wanted.environment_id)
        if theirs is not None and any(value != (each in wanted.on) for each, value in theirs.applied.items()):
            name = environment_name(wanted.environment_id, inventory)
            there = f" ({theirs.at})" if theirs.at else ""
            ours = f"{outcomes_text(wanted.on)} ({wanted.at})"
            text = f"{name}: {ours}, and {outcomes_text(theirs.on)} for manager {ledger.manager}{there}"
            return {wanted.environment_id: text}
    return {}
