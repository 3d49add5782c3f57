"""Which jobs a rule is about. Matching is pure: a job, its project and its environment in, yes or no out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.inventory import Environment, Inventory, Job, Project
    from reconciler.model.problem import Position

__all__ = [
    "Frequency",
    "NamePattern",
    "Purpose",
    "Selector",
    "Specificity",
    "compared_name",
    "job_name_for_matching",
    "selector_text",
]

_IDENTIFIER_SUFFIX = re.compile(r" \[\[[^\[\]]*\]\]$")


class Purpose(StrEnum):
    """What an environment is for: a selector's `environment: {type: …}`."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class Frequency(StrEnum):
    """A selector's `schedule: {at_least: …}`: the job is scheduled and runs at least this often."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@lru_cache(maxsize=65536)
def compared_name(name: str) -> str:
    """Return a name as it is compared: NFC and trimmed; case counts."""
    return unicodedata.normalize("NFC", name).strip()


@lru_cache(maxsize=65536)
def job_name_for_matching(name: str) -> str:
    """Return a job's name without the ` [[identifier]]` that dbt-jobs-as-code appends (reference §4.2)."""
    return _IDENTIFIER_SUFFIX.sub("", compared_name(name)).strip()


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name in which only `*` is special; brackets are letters, because job names hold them."""

    text: str

    @property
    def exact(self) -> bool:
        return "*" not in self.text

    @property
    def compared(self) -> str:
        """The text as it is compared. An exact name loses its ` [[identifier]]`, as jobs do; a pattern keeps it."""
        return job_name_for_matching(self.text) if self.exact else compared_name(self.text)

    def matches(self, name: str) -> bool:
        """Match in linear time: the pieces between the stars must follow each other."""
        first, *rest = _pieces(self)
        if not rest:
            return name == first
        *middle, last = rest
        if not (name.startswith(first) and name.endswith(last) and len(name) >= len(first) + len(last)):
            return False
        place, end = len(first), len(name) - len(last)
        for piece in middle:
            found = name.find(piece, place, end)
            if found < 0:
                return False
            place = found + len(piece)
        return True


@lru_cache(maxsize=8192)
def _pieces(pattern: NamePattern) -> tuple[str, ...]:
    """Return what stands between the stars; one piece for an exact name."""
    return tuple(pattern.compared.split("*"))


class _NameRank(IntEnum):
    ABSENT = 0
    PATTERN = 1
    EXACT = 2
    ID = 3


class Specificity(NamedTuple):
    """How precisely a selector speaks; the greater one wins, a tie with different results is an error.

    A list is as precise as its least precise member: `[Daily, "Hourly *"]` is a pattern.
    """

    name: int
    environment: int
    project: int
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """All given keys must hold; a list means any of its members; an empty tuple means the key is absent.

    `everything` is `jobs: all`. `optional` lets a selector match nothing without blocking its rule.
    """

    at: Position
    ids: tuple[int, ...] = ()
    projects: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    names: tuple[NamePattern, ...] = ()
    job_types: tuple[str, ...] = ()
    at_least: Frequency | None = None
    optional: bool = False
    everything: bool = False

    @property
    def specificity(self) -> Specificity:
        exact = bool(self.names) and all(pattern.exact for pattern in self.names)
        name = _NameRank.ID if self.ids else _NameRank.EXACT if exact else _NameRank(bool(self.names))
        environment = 1 if self.purposes else 2 if self.environments else 0
        return Specificity(name, environment, bool(self.projects), bool(self.job_types or self.at_least))

    def matches(self, job: Job, project: Project | None, environment: Environment | None) -> bool:
        """Tell whether every given key holds for the job. Deleted jobs are the caller's business."""
        return (
            (not self.ids or job.id in self.ids)
            and (not self.projects or (project is not None and compared_name(project.name) in self.projects))
            and self._matches_environment(environment)
            and (not self.names or self._matches_name(job))
            and (not self.job_types or job.job_type in self.job_types)
            and (self.at_least is None or _runs_at_least(job, self.at_least))
        )

    def select(self, inventory: Inventory) -> frozenset[int]:
        """Return the ids of the live jobs that match."""
        return frozenset(
            job.id
            for job in inventory.jobs.values()
            if not job.deleted
            and self.matches(
                job, inventory.projects.get(job.project_id), inventory.environments.get(job.environment_id)
            )
        )

    def _matches_environment(self, environment: Environment | None) -> bool:
        if not (self.environments or self.purposes):
            return True
        if environment is None:
            return False
        return compared_name(environment.name) in self.environments or environment.purpose in self.purposes

    def _matches_name(self, job: Job) -> bool:
        name = job_name_for_matching(job.name)
        return any(pattern.matches(name) for pattern in self.names)


_LONGEST_GAP_SECONDS = {
    Frequency.HOURLY: 3600,
    Frequency.DAILY: 86400,
    Frequency.WEEKLY: 7 * 86400,
    Frequency.MONTHLY: 31 * 86400,
}


def _runs_at_least(job: Job, frequency: Frequency) -> bool:
    from reconciler.model.cron import longest_gap_seconds  # noqa: PLC0415 - cronsim is needed by this one key only

    if not job.scheduled or job.deactivated:
        return False
    gap = longest_gap_seconds(job.cron)
    return gap is not None and gap <= _LONGEST_GAP_SECONDS[frequency]


def selector_text(selector: Selector) -> str:
    """Return a selector in one line, as its author would read it out."""
    parts: Sequence[tuple[str, Iterable[object]]] = (
        ("id", selector.ids),
        ("project", selector.projects),
        ("environment", (*selector.environments, *(f"type {purpose}" for purpose in selector.purposes))),
        ("name", (pattern.text for pattern in selector.names)),
        ("job_type", selector.job_types),
        ("at least", (selector.at_least,) if selector.at_least else ()),
    )
    told = ((key, " or ".join(map(str, values))) for key, values in parts)
    return ", ".join(f"{key} {values}" for key, values in told if values) or "all"
