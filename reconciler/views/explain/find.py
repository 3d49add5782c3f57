"""Which jobs a name means on the command line or in a test: an id, an exact name, a pattern with `*`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from reconciler.model.inventory import Inventory, Job
from reconciler.model.selector import NamePattern, compared_name, job_name_for_matching

__all__ = ["JobPlace", "JobSearch", "JobsByName", "find_jobs", "job_place", "similar_jobs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSearch:
    """What was written: a name, a pattern or an id; project and environment narrow it down."""

    text: str
    project: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlace:
    """A job as people tell it from others of its name."""

    job: Job
    project: str
    environment: str


def find_jobs(search: JobSearch, inventory: Inventory) -> tuple[JobPlace, ...]:
    """Return the jobs that are meant: for one search. Who has many asks `JobsByName`."""
    return JobsByName(inventory).find(search)


class JobsByName:
    """The jobs of an account, looked through once for any number of searches."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._by_name: defaultdict[str, list[Job]] = defaultdict(list)
        for job in inventory.jobs.values():
            self._by_name[job_name_for_matching(job.name)].append(job)

    def find(self, search: JobSearch) -> tuple[JobPlace, ...]:
        """Return the jobs that are meant, in the order of names; deleted ones only where no other is.

        Digits are an id, unless a job is called so. An exact name is one before it is a pattern: brackets are letters.
        """
        found = self._there(self._by_name.get(job_name_for_matching(search.text), ()), search)
        if not found and search.text.strip().isdigit():
            found = self._there(self._with_id(search.text.strip().lstrip("0")), search)
        if not found and "*" in search.text:
            found = self._there(self._like(NamePattern(search.text)), search)
        alive = [each for each in found if not each.job.deleted]
        return tuple(sorted(alive or found, key=_by_name))

    def _with_id(self, digits: str) -> Iterable[Job]:
        return [job for job in self._inventory.jobs.values() if str(job.id) == digits]

    def _like(self, pattern: NamePattern) -> Iterable[Job]:
        return [job for name, jobs in self._by_name.items() if pattern.matches(name) for job in jobs]

    def _there(self, jobs: Iterable[Job], search: JobSearch) -> list[JobPlace]:
        return [place for job in jobs if _is_there(place := job_place(job, self._inventory), search)]


def job_place(job: Job, inventory: Inventory) -> JobPlace:
    """Return a job with the names of where it is; an id where the name is not known."""
    project = inventory.projects.get(job.project_id)
    environment = inventory.environments.get(job.environment_id)
    return JobPlace(
        job=job,
        project=project.name if project else f"project {job.project_id}",
        environment=environment.name if environment else f"environment {job.environment_id}",
    )


def similar_jobs(search: JobSearch, inventory: Inventory) -> tuple[str, ...]:
    """Return at most five names that may have been meant; where only capitals differ, those alone."""
    names = sorted({job.name for job in inventory.jobs.values() if not job.deleted})
    wanted = search.text.casefold()
    same = [name for name in names if name.casefold() == wanted]
    if same:
        return tuple(same[:5])
    near = [name for name in names if wanted and wanted in name.casefold()]
    folded = {name.casefold(): name for name in names}
    near += [folded[name] for name in get_close_matches(wanted, folded, n=5) if folded[name] not in near]
    return tuple(near[:5])


def _by_name(place: JobPlace) -> tuple[str, str, str, int]:
    return place.job.name, place.project, place.environment, place.job.id


def _is_there(place: JobPlace, search: JobSearch) -> bool:
    return (search.project is None or compared_name(place.project) == compared_name(search.project)) and (
        search.environment is None or compared_name(place.environment) == compared_name(search.environment)
    )
