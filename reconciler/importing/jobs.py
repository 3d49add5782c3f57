"""How a policy says which job: by project, environment and name where that means it alone, else by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.importing import sayable
from reconciler.importing.yaml_text import Value, seen
from reconciler.model.inventory import Inventory, Job
from reconciler.model.selector import compared_name, job_name_for_matching

__all__ = ["JobWords", "Place", "Said", "selector_of"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A project and an environment, by the names that a selector compares."""

    project: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One live job. `place` and `name` are empty where only its id will do; `note` then says which it is, and why."""

    id: int
    place: Place | None = None
    name: str = ""
    note: str = ""


class JobWords:
    """The words for every live job of an account."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        live = [job for job in inventory.jobs.values() if not job.deleted]
        self._alike = Counter((self._place(job), job_name_for_matching(job.name)) for job in live)
        self._said = {job.id: self._words(job) for job in live}

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._said

    def __getitem__(self, job_id: int) -> Said:
        return self._said[job_id]

    def _place(self, job: Job) -> Place | None:
        project = self._inventory.projects.get(job.project_id)
        environment = self._inventory.environments.get(job.environment_id)
        if project is None or environment is None or project.deleted or environment.deleted:
            return None
        return Place(compared_name(project.name), compared_name(environment.name))

    def _words(self, job: Job) -> Said:
        place, name = self._place(job), job_name_for_matching(job.name)
        why = self._why_not(place, name)
        if not why:
            return Said(id=job.id, place=place, name=name)
        project = self._inventory.projects.get(job.project_id)
        where = f" in {seen(project.name)}" if project is not None else ""
        return Said(id=job.id, note=f"{seen(job.name)}{where}: {why}")

    def _why_not(self, place: Place | None, name: str) -> str:
        """Return why a name does not mean this job alone; empty if it does."""
        if place is None:
            return "its project or environment is not shown"
        if "*" in name:
            return "its name holds a `*`, which stands for any text"
        if not all(map(sayable.text, (name, place.project, place.environment))):
            return "its name, or its project's or environment's, cannot stand in a policy"
        if job_name_for_matching(name) != name:
            return "its name ends in two identifiers"
        return "another job there has this name too" if self._alike[place, name] > 1 else ""


def selector_of(jobs: Iterable[Said]) -> tuple[Mapping[str, Value], Mapping[int, str]]:
    """Return a selector that means exactly these jobs, and comments on its ids.

    By name if they are in one place; over several places names would mean their whole cross product.
    """
    found = sorted(jobs, key=lambda each: each.id)
    places = {each.place for each in found}
    place = next(iter(places)) if len(places) == 1 else None
    if place is not None:
        return _named(place, sorted(each.name for each in found)), {}
    return {"id": [each.id for each in found]}, dict(_notes(found))


def _named(place: Place, names: list[str]) -> Mapping[str, Value]:
    return {"project": place.project, "environment": place.environment, "name": names[0] if len(names) == 1 else names}


def _notes(found: Iterable[Said]) -> Iterator[tuple[int, str]]:
    for each in found:
        where = f" in {seen(each.place.project)}, {seen(each.place.environment)}" if each.place else ""
        yield each.id, each.note or f"{seen(each.name)}{where}"
