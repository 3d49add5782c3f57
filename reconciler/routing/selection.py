"""Which jobs a selector means, without trying every job: the narrowest key finds the few that the rest is tried on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from reconciler.model.inventory import Environment, Inventory, Job, Project
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import NamePattern, Selector, compared_name, job_name_for_matching

__all__ = ["JobIndex"]

_NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Some jobs that a key leaves over: how many, and, only when they are wanted, which."""

    count: int
    jobs: Callable[[], Iterable[Job]]


class JobIndex:
    """The live jobs of an account, found by id, name, project or environment. Deleted jobs are not in it."""

    __slots__ = (
        "_all",
        "_by_environment",
        "_by_id",
        "_by_name",
        "_by_project",
        "_by_purpose",
        "_environments",
        "_gone",
        "_inventory",
        "_known",
        "_names",
        "_projects",
    )

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._known: dict[Selector, frozenset[int]] = {}
        self._all = [job for job in inventory.jobs.values() if not job.deleted]
        self._gone = {job_name_for_matching(job.name) for job in inventory.jobs.values() if job.deleted}
        self._by_id = {job.id: job for job in self._all}
        self._by_project = _grouped(self._all, self._project_name)
        self._by_environment = _grouped(self._all, self._environment_name)
        self._by_purpose = _grouped(self._all, self._purpose)
        self._projects = _live_names(inventory.projects.values())
        self._environments = _live_names(inventory.environments.values())
        named = sorted((job_name_for_matching(job.name), job.id) for job in self._all)
        self._names = [name for name, _ in named]
        self._by_name = [self._by_id[job_id] for _, job_id in named]

    def select(self, selector: Selector) -> frozenset[int]:
        """Return what `Selector.select` returns: the ids of the live jobs that match. Remembered by meaning."""
        meaning = replace(selector, at=NOWHERE, optional=False)
        if meaning not in self._known:
            self._known[meaning] = self._find(meaning)
        return self._known[meaning]

    def missing(self, selector: Selector) -> tuple[str, ...]:
        """Return the listed ids, exact names, projects and environments that live does not have.

        One of several names may be misspelt, or its job renamed: what it had must not be taken for unwanted. A job that
        is listed as deleted is an answer: its edges dangle.
        """
        names = (pattern for pattern in selector.names if pattern.exact)
        alone = {pattern.compared: self.select(replace(selector, names=(pattern,))) for pattern in names}
        return (
            *(f"id {each}" for each in selector.ids if each not in self._inventory.jobs),
            *(f"name {name}{self._meant(name)}" for name, found in alone.items() if not (found or name in self._gone)),
            *(f"project {each}" for each in selector.projects if compared_name(each) not in self._projects),
            *(f"environment {each}" for each in selector.environments if compared_name(each) not in self._environments),
        )

    def _meant(self, name: str) -> str:
        """Return a live name that is nearly this one; the same name elsewhere is not what was misspelt.

        Sought among its neighbours in the alphabet only: a lost project makes thousands of names miss at once.
        """
        place = bisect_left(self._names, name)
        if self._names[place : place + 1] == [name]:
            return " (only elsewhere)"
        near = self._names[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
        found = get_close_matches(name, dict.fromkeys(near), n=1, cutoff=0.75)
        return f", did you mean {found[0]}?" if found else ""

    def _find(self, selector: Selector) -> frozenset[int]:
        narrowest = min(self._candidates(selector), key=lambda candidates: candidates.count)
        projects, environments = self._inventory.projects, self._inventory.environments
        return frozenset(
            job.id
            for job in narrowest.jobs()
            if selector.matches(job, projects.get(job.project_id), environments.get(job.environment_id))
        )

    def _candidates(self, selector: Selector) -> Iterable[_Candidates]:
        yield _Candidates(len(self._all), lambda: self._all)
        if selector.ids:
            yield _Candidates(
                len(selector.ids), lambda: [self._by_id[each] for each in selector.ids if each in self._by_id]
            )
        if selector.names:
            yield self._named(selector.names)
        if selector.projects:
            yield _union(self._by_project, selector.projects)
        if selector.environments and not selector.purposes:
            yield _union(self._by_environment, selector.environments)
        if selector.purposes and not selector.environments:
            yield _union(self._by_purpose, selector.purposes)

    def _named(self, patterns: Sequence[NamePattern]) -> _Candidates:
        ranges = [self._range(pattern) for pattern in patterns]
        return _Candidates(
            sum(end - start for start, end in ranges),
            lambda: [job for start, end in ranges for job in self._by_name[start:end]],
        )

    def _range(self, pattern: NamePattern) -> tuple[int, int]:
        """Return where in the sorted names those stand that begin as the pattern does."""
        beginning = pattern.compared.partition("*")[0]
        start = bisect_left(self._names, beginning)
        if pattern.exact:
            return start, bisect_right(self._names, beginning, lo=start)
        return start, bisect_right(self._names, beginning, lo=start, key=lambda name: name[: len(beginning)])

    def _project_name(self, job: Job) -> str | None:
        project = self._inventory.projects.get(job.project_id)
        return None if project is None else compared_name(project.name)

    def _environment_name(self, job: Job) -> str | None:
        environment = self._inventory.environments.get(job.environment_id)
        return None if environment is None else compared_name(environment.name)

    def _purpose(self, job: Job) -> str | None:
        environment = self._inventory.environments.get(job.environment_id)
        return None if environment is None else environment.purpose


def _live_names(found: Iterable[Project | Environment]) -> frozenset[str]:
    return frozenset(compared_name(each.name) for each in found if not each.deleted)


def _grouped(jobs: Iterable[Job], key: Callable[[Job], str | None]) -> Mapping[str, Sequence[Job]]:
    groups: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        value = key(job)
        if value is not None:
            groups[value].append(job)
    return groups


def _union(groups: Mapping[str, Sequence[Job]], keys: Iterable[str]) -> _Candidates:
    found = [groups[key] for key in dict.fromkeys(keys) if key in groups]
    return _Candidates(sum(map(len, found)), lambda: [job for group in found for job in group])
