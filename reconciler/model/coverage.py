"""What coverage is: of every job, who is told of what, what is declared silent, and what nobody hears of.

One word for each cell of job x outcome:

- **told**: at level 0, or by an escalation, at least one channel hears of every such outcome. A native channel counts
  when live knows its recipient and dbt Cloud could deliver to it; a relayed one counts as the policy says it.
  `over:` only delays (a job that never comes exceeds every delay); hours, grouping and mutes only hold back.
- **digest**: no more than a digest holds it. It counts as covered, and is always counted apart.
- **partly**: told of some only: every target is conditional on `of:`, and not every kind of failure has one.
- **silent**: decided. `tier: none` with a reason, or an outcome with `[]` and a reason. Without one it is uncovered.
- **uncovered**: nobody hears of it. What goes to `metrics:` is a number on a dashboard: it tells nobody.
- **never**: it cannot happen: `late` of a job without a deadline.

A percentage is the share of *told, digest and silent* in all jobs that are in scope, not deleted and not deactivated;
jobs that dbt Cloud switched off are counted apart. It is cut, never rounded: 100 means that nothing is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from reconciler.model.outcome import Outcome
from reconciler.model.problem import Position

__all__ = [
    "LOOKED_AT",
    "Answer",
    "Cell",
    "Chosen",
    "Coverage",
    "Deadlines",
    "Details",
    "Gap",
    "Group",
    "JobCoverage",
    "Means",
    "Page",
    "PagingGroup",
    "Route",
    "Share",
    "Standing",
    "Step",
    "Today",
    "TodayTally",
]

LOOKED_AT: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.STARTED)
"""The outcomes of the matrix. That a run has started is nothing that anybody must be told of."""


class Means(StrEnum):
    """Through what somebody is told."""

    NATIVE = "native"
    RELAYED = "relayed"
    ESCALATION = "escalation"
    DIGEST = "digest"


class Standing(StrEnum):
    """What becomes of one outcome of one job: the words at the top of this page."""

    TOLD = "told"
    DIGEST = "digest"
    PARTLY = "partly"
    SILENT = "silent"
    UNCOVERED = "uncovered"
    NEVER = "never"

    @property
    def decided(self) -> bool:
        """Whether it is covered, or silent on purpose."""
        return self in {Standing.TOLD, Standing.DIGEST, Standing.SILENT}


class Today(StrEnum):
    """Who hears of a failure in dbt Cloud as it is now: what the policy names, only others, or nobody.

    Alerts whose recipient dbt Cloud cannot reach do not count, nor does a relay that is not there.
    """

    WANTED = "wanted"
    FOREIGN = "foreign"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to somebody. `broken` is why it delivers nothing: then it covers nothing."""

    channel: str
    means: Means
    because: tuple[Position, ...]
    condition: str = ""
    broken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One outcome of a job. `reason` and `at` are those of a declared silence."""

    standing: Standing
    routes: tuple[Route, ...] = ()
    reason: str = ""
    at: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A channel that wakes people when the job fails, and how long after that."""

    channel: str
    after: timedelta
    because: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the policy says of all jobs with one rule and the same notifications: worked out once, and shared.

    `deadline` is the SLA in words, empty for none; `missing` are those of owner, runbook and impact that nobody gave.
    """

    cells: Mapping[Outcome, Cell]
    team: str = ""
    tier: str = ""
    rank: int | None = None
    silent: bool = False
    at: Position | None = None
    notifications: tuple[Position, ...] = ()
    deadline: str = ""
    pages: tuple[Page, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def failure(self) -> Cell:
        return self.cells[Outcome.FAILURE]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCoverage:
    """One job in scope. A deactivated one is shown and not counted."""

    id: int
    name: str
    project: str
    environment: str
    production: bool
    deactivated: bool
    answer: Answer
    today: Today


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many jobs stand how, as to one outcome."""

    told: int = 0
    digest: int = 0
    partly: int = 0
    silent: int = 0
    uncovered: int = 0
    never: int = 0

    @property
    def of(self) -> int:
        """The jobs that it can happen to."""
        return sum(getattr(self, each.name) for each in fields(self)) - self.never

    @property
    def decided(self) -> int:
        return self.told + self.digest + self.silent

    @property
    def percent(self) -> float | None:
        """The decided in all, cut to a tenth: 100 only where nothing is missing. None of no jobs."""
        return None if self.of == 0 else self.decided * 1000 // self.of / 10

    @property
    def percent_text(self) -> str:
        """The same for people: `97.4 %`, `100 %`, and a dash where there is nothing to cover."""
        percent = self.percent
        return "–" if percent is None else f"{percent:g} %"

    def under(self, floor: float) -> bool:
        """Tell whether this misses a floor in percent, without any rounding. Of no jobs nothing is proved."""
        return self.of == 0 or self.decided * 100 < floor * self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The jobs of one team or tier; the name is empty for those of none."""

    name: str
    share: Share
    production: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Of the counted jobs: with a deadline, of these those whose lateness nobody hears of, and production without."""

    with_deadline: int
    late_untold: tuple[int, ...]
    production: int
    production_without: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingGroup:
    """Of the jobs of one tier: whose failure pages at once, later, or never. Silent jobs are not among them."""

    tier: str
    rank: int | None
    at_once: int
    later: int
    never: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Of the jobs whose failure somebody is told: how many have what a person who is told needs."""

    of: int
    owner: int
    runbook: int
    impact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayTally:
    """What dbt Cloud does now: of how many jobs somebody hears, and where that is not what the policy says.

    `unapplied`: the policy has an alert that is not live, and nobody else hears; `relay_only`: only the relay would
    tell. `foreign`: somebody hears, by alerts that the policy does not name. `silent`: nobody does, on purpose.
    """

    told: int
    unapplied: tuple[int, ...]
    relay_only: tuple[int, ...]
    foreign: tuple[int, ...]
    silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Jobs that are uncovered, or covered in part, for one reason; where to change what. `lines` are YAML to add."""

    jobs: tuple[int, ...]
    why: str
    where: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do next, the most pressing first. `section` is the part that shows which jobs are meant."""

    text: str
    do: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which jobs are looked at: all in scope, or those of a team, of a tier (`none` is declared silent), production."""

    team: str | None = None
    tier: str | None = None
    production: bool = False

    def __str__(self) -> str:
        said = (
            self.team and f"team {self.team}",
            self.tier and f"tier {self.tier}",
            self.production and "production only",
        )
        return ", ".join(part for part in said if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The whole answer. Names are hostile text until a renderer has escaped them.

    `whole` and `production` are about failure; `deactivated` jobs are in `jobs` and in no count. `taken_at` is the
    time of the snapshot that stood for live, empty for dbt Cloud itself.
    """

    host: str
    account_id: int
    manager: str
    policy_digest: str
    at: datetime
    chosen: Chosen
    jobs: tuple[JobCoverage, ...]
    whole: Share
    production: Share
    deactivated: int
    teams: tuple[Group, ...]
    tiers: tuple[Group, ...]
    outcomes: Mapping[Outcome, Share]
    deadlines: Deadlines
    paging: tuple[PagingGroup, ...]
    details: Details
    today: TodayTally
    gaps: tuple[Gap, ...]
    steps: tuple[Step, ...] = ()
    taken_at: str = ""
    by_id: Mapping[int, JobCoverage] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[JobCoverage, ...]:
        """The jobs that the figures are about."""
        return tuple(each for each in self.jobs if not each.deactivated)

    @property
    def missing(self) -> tuple[JobCoverage, ...]:
        """The counted jobs of whose failure nobody, or not always somebody, is told, without a declared silence."""
        return tuple(each for each in self.counted if not each.answer.failure.standing.decided)
