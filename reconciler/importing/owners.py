"""Whose job it is: the first team of an owner map that selects it, else the team of its project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import Field, ValidationError

from reconciler.errors import PolicyError
from reconciler.importing.naming import team_names
from reconciler.policy.compile_selectors import selector
from reconciler.policy.document_base import Doc, SelectorDoc
from reconciler.policy.fields import Name
from reconciler.policy.mistakes import mistakes, unlike
from reconciler.policy.yaml_tree import parse
from reconciler.routing.selection import JobIndex

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.selector import Selector

__all__ = ["OwnerMap", "Teams", "read_owners"]


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
        raise PolicyError([*problems, *unlike(mistakes(tree, _OwnersDoc, refusal), problems)]) from None
    if problems:
        raise PolicyError(problems)
    return OwnerMap({team: selector(found, tree.key_at((team,))) for team, found in document.items()})


class Teams:
    """The team of every live job. Without a split there is one team, and it has no name."""

    def __init__(self, inventory: Inventory, *, owners: OwnerMap | None, split: bool) -> None:
        self._by_project = team_names(inventory.projects.values()) if split else {}
        self._jobs = inventory.jobs
        self._owned = {}
        if owners is not None:
            index = JobIndex(inventory)
            for team, chosen in reversed([*owners.selectors.items()]):
                self._owned |= dict.fromkeys(index.select(chosen), team)

    def __getitem__(self, job_id: int) -> str:
        """Return the team; the empty name for the one without."""
        return self._owned.get(job_id) or self.of_project(self._jobs[job_id].project_id)

    def of_project(self, project_id: int) -> str:
        """Return the team of what belongs to no job: an owner map speaks of jobs only."""
        return self._by_project.get(project_id, "")
