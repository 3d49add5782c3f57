"""Model notifications → entries of `model_notifications:`, one for each environment that tells owners of anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.importing import sayable
from reconciler.importing.entries import Entry
from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.owners import Teams
from reconciler.importing.standing import Standing
from reconciler.importing.yaml_text import counted, seen
from reconciler.model.model_notifications import ModelNotifications, ModelOutcome, ModelUnanswered, outcomes_text
from reconciler.model.selector import compared_name
from reconciler.plan.model_wishes import has_owners_to_tell

if TYPE_CHECKING:
    from reconciler.model.inventory import Environment, Inventory

__all__ = ["Models", "environments_to_ask", "model_entries"]

_ORDER: Final = (ModelOutcome.FAILURE, ModelOutcome.SKIPPED, ModelOutcome.WARNING, ModelOutcome.SUCCESS)
"""The order in which an entry names outcomes: what people look for first."""
_LISTED: Final = 10
"""How many environments a comment names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The entries, and what is left out."""

    entries: tuple[Entry, ...] = ()
    left_out: tuple[Oddity, ...] = ()


def environments_to_ask(inventory: Inventory) -> frozenset[int]:
    """Return whose model notifications an import reads: every live environment with owners to tell. A call for each."""
    return frozenset(number for number, each in inventory.environments.items() if has_owners_to_tell(each))


def model_entries(inventory: Inventory, *, teams: Teams, standing: Standing) -> Models:
    """Return an entry for each name of an environment in a project that means one answer, which the policy lacks.

    One that tells nobody is not written: the policy language has no word for it. Environments that were not asked
    about are not spoken of.
    """
    entries: list[Entry] = []
    left_out = [*_unseen(inventory)]
    for place, alike in sorted(_by_name(inventory, standing).items()):
        told = {each.told for each in alike if isinstance(each, ModelNotifications)}
        if not any(told) or _said(alike, standing):
            continue
        oddity = _why_not(place, alike, standing)
        if oddity is not None:
            left_out.append(oddity)
        else:
            entries.append(_entry(place, alike, next(iter(told)), inventory, teams))
    return Models(entries=tuple(entries), left_out=tuple(left_out))


_Place = tuple[str, str]
_Alike = list[ModelNotifications | ModelUnanswered]


def _by_name(inventory: Inventory, standing: Standing) -> Mapping[_Place, _Alike]:
    """Return what is known of each name of an environment in a project, as an entry would mean it: inside scope."""
    found: defaultdict[_Place, _Alike] = defaultdict(list)
    for number in sorted(environments_to_ask(inventory) & inventory.models.keys()):
        environment = inventory.environments[number]
        if standing.scope is None or standing.scope.environment(environment):
            found[_place(environment, inventory)].append(inventory.models[number])
    return found


def _place(environment: Environment, inventory: Inventory) -> _Place:
    project = inventory.projects.get(environment.project_id)
    return compared_name(project.name) if project is not None else "", compared_name(environment.name)


def _said(alike: _Alike, standing: Standing) -> bool:
    return any(each.environment_id in standing.models for each in alike)


def _why_not(place: _Place, alike: _Alike, standing: Standing) -> Oddity | None:
    """Return why no entry can mean these environments as they are; None if one can."""
    project, name = place
    what = f"Model notifications of {seen(name)}" + (f" in {seen(project)}" if project else "")
    numbers = {each.environment_id for each in alike}
    other = next((each.manager for each in standing.others.ledgers if numbers & each.models.keys()), None)
    if other is not None:
        return Oddity(kind=OddityKind.OTHERS, text=f"{what} belong to manager {seen(other)}.")
    if not all(map(sayable.text, place)):
        return Oddity(kind=OddityKind.UNSAYABLE, text=f"{what}: its name, or its project's, cannot stand in a policy.")
    if len({_answer(each) for each in alike}) > 1:
        text = f"{what}: {len(alike)} environments have this name and tell differently. Rename one in dbt Cloud."
        return Oddity(kind=OddityKind.SAME_ENVIRONMENT, text=text)
    return None


def _answer(known: ModelNotifications | ModelUnanswered) -> str:
    return outcomes_text(known.told) if isinstance(known, ModelNotifications) else "not answered"


def _entry(place: _Place, alike: _Alike, told: frozenset[ModelOutcome], inventory: Inventory, teams: Teams) -> Entry:
    project, name = place
    team = teams.of_project(inventory.environments[alike[0].environment_id].project_id)
    on = [each.value for each in _ORDER if each in told]
    return Entry(team=team, values={"environment": name, "project": project, "on": on}, notes={})


def _unseen(inventory: Inventory) -> Iterator[Oddity]:
    """Yield one sentence, whatever the number of environments: an account without the feature has none that answers."""
    unseen = [each for _, each in sorted(inventory.models.items()) if isinstance(each, ModelUnanswered)]
    if unseen:
        names = (f"{seen(inventory.environments[each.environment_id].name)} ({each.environment_id})" for each in unseen)
        text = f"Model notifications of {_listed(names)} are not shown, the first because: {seen(unseen[0].why)}."
        yield Oddity(kind=OddityKind.MODELS_UNSEEN, text=text)
    missing = environments_to_ask(inventory) - inventory.models.keys()
    if missing and inventory.url_key:
        text = f"The snapshot does not hold the model notifications of {counted(len(missing), 'environment')}."
        yield Oddity(kind=OddityKind.MODELS_UNSEEN, text=text)


def _listed(names: Iterable[str]) -> str:
    found = [*names]
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more
