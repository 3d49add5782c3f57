"""Whose job it is: the first team of an owner map that selects it, else the team of its project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import Field, ValidationError

from reconciler.errors import PolicyError
from reconciler.importing.naming import team_names
from reconciler.importing.yaml_text import counted, seen
from reconciler.policy.compiling.selectors import selector
from reconciler.policy.documents.base import Doc, SelectorDoc
from reconciler.policy.fields import Name
from reconciler.policy.mistakes import mistakes, unlike
from reconciler.policy.yaml_tree import parse
from reconciler.routing.selection import JobIndex

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.selector import Selector

__all__ = ["OwnerMap", "Teams", "read_owners"]


_WHAT: Final = "the owner map"
_WHOLE: Final = " "
"""Stands for the file in the paths of complaints: no team can be called so."""


class _OwnersDoc(Doc):
    """Teams, and which jobs are theirs."""

    teams: dict[Name, SelectorDoc] = Field(alias=_WHOLE)


@dataclass(frozen=True, slots=True)
class OwnerMap:
    """Selectors by team, in the order of the file: the first that matches a job wins."""

    selectors: Mapping[str, Selector] = field(default_factory=dict)


def read_owners(file: str, raw: bytes) -> OwnerMap:
    """Read an owner map: `team: selector`. Raises PolicyError with every problem of it."""
    tree, problems = parse(file, raw)
    try:
        document = _OwnersDoc.model_validate({_WHOLE: tree.data}).teams
    except ValidationError as refusal:
        found = [*problems, *unlike(mistakes(tree, _OwnersDoc, refusal), problems)]
        raise PolicyError(found, what=_WHAT) from None
    if problems:
        raise PolicyError(problems, what=_WHAT)
    return OwnerMap({team: selector(found, tree.key_at((team,))) for team, found in document.items()})


class Teams:
    """The team of every live job. Without a split there is one team, and it has no name."""

    def __init__(self, inventory: Inventory, *, owners: OwnerMap | None, split: bool) -> None:
        self._by_project = team_names(inventory.projects.values()) if split else {}
        self._jobs = inventory.jobs
        self._index = JobIndex(inventory)
        self._selectors = owners.selectors if owners is not None else {}
        self._owned: dict[int, str] = {}
        for team, chosen in reversed([*self._selectors.items()]):
            self._owned |= dict.fromkeys(self._index.select(chosen), team)

    def __getitem__(self, job_id: int) -> str:
        """Return the team; the empty name for the one without."""
        return self._owned.get(job_id) or self.of_project(self._jobs[job_id].project_id)

    def of_project(self, project_id: int) -> str:
        """Return the team of what belongs to no job: an owner map speaks of jobs only."""
        return self._by_project.get(project_id, "")

    def remarks(self, used: Collection[str]) -> Iterator[str]:
        """Yield what the owner map says in vain, with its place. For the teams in `used` something was written."""
        owned = Counter(self._owned.values())
        for team, chosen in self._selectors.items():
            why = self._in_vain(team, chosen, owned[team], used)
            missing = ", ".join(self._index.missing(chosen))
            said = [why] * bool(why) + [f"dbt Cloud has no {missing}"] * bool(missing)
            if said:
                yield f"{chosen.at.file}:{chosen.at.line}: {seen(team)}: {'; '.join(said)}"

    def _in_vain(self, team: str, chosen: Selector, owned: int, used: Collection[str]) -> str:
        if not self._index.select(chosen):
            return "matches no job"
        if not owned:
            return "gets no job: entries before it have all that it matches"
        return "" if team in used else f"gets no file: nothing was imported of its {counted(owned, 'job')}"
