"""What coverage is: of every job, who is told of what, what is declared silent, and what nobody hears of.

One word for each cell of job x outcome:

- **told**: a native channel hears of every such outcome; live knows its recipient, and dbt Cloud could deliver to it.
- **waits**: the policy names somebody, at level 0 or by an escalation, and only the relay would tell them. No relay is
  there yet, so nobody hears but of what somebody sends by `notify`. `over:` only delays (a job that never comes exceeds
  every delay); hours, grouping and mutes only hold back.
- **digest**: no more than a digest would hold it, and that waits for the relay too. It is always counted apart.
- **partly**: some of it only: every target is conditional on `of:`, and not every kind of failure has one.
- **silent**: decided. `tier: none` with a reason, or an outcome with `[]` and a reason. Without one it is uncovered.
- **uncovered**: nobody hears of it. What goes to `metrics:` is a number on a dashboard: it tells nobody.
- **never**: it cannot happen: `late` of a job without a deadline.

A percentage is what the policy names: the share of *told, waits, digest and silent* in all jobs that are in scope, not
deleted and not deactivated; jobs that dbt Cloud switched off are counted apart. What is in force today is another one.
Each is cut, never rounded: 100 means that nothing is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
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
    "Muted",
    "Page",
    "PagingGroup",
    "Route",
    "Share",
    "Silence",
    "Standing",
    "Step",
    "Today",
    "TodayTally",
    "Wake",
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
    WAITS = "waits"
    DIGEST = "digest"
    PARTLY = "partly"
    SILENT = "silent"
    UNCOVERED = "uncovered"
    NEVER = "never"

    @property
    def decided(self) -> bool:
        """Whether the policy names somebody, or is silent on purpose."""
        return self in {Standing.TOLD, Standing.WAITS, Standing.DIGEST, Standing.SILENT}

    @property
    def named(self) -> bool:
        """Whether the policy names somebody, if only in part, whoever delivers it."""
        return self in {Standing.TOLD, Standing.WAITS, Standing.DIGEST, Standing.PARTLY}


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


class Wake(StrEnum):
    """How a job comes to wake people, the surest first. A deadline stands for every outcome that is no failure."""

    AT_ONCE = "at_once"
    ESCALATION = "escalation"
    PROMOTED = "promoted"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A channel that wakes people once the relay runs, and how long after what happened.

    `detail` is what must be besides: the tier that a failure was promoted to, the kind of node, the outcome.
    """

    channel: str
    wake: Wake
    after: timedelta
    because: Position
    detail: str = ""


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
class Silence:
    """Jobs whose failure nobody hears of, on purpose: for one reason, given at these places."""

    reason: str
    at: tuple[Position, ...]
    jobs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """Jobs of which the relay tells nothing before that day begins. dbt Cloud's own alerts know of no mute."""

    until: date
    reason: str
    at: Position
    jobs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many jobs stand how, as to one outcome."""

    told: int = 0
    waits: int = 0
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
        return self.told + self.waits + self.digest + self.silent

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
    """The jobs of one project, team or tier; the name is empty for those of none. `note` says where those are."""

    name: str
    share: Share
    production: Share
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Of the counted jobs: with a deadline, and production without. Of who has one: whose lateness nobody is named for
    (`late_untold`), and who only the relay would tell (`late_waits`): dbt Cloud itself knows of no lateness.
    """

    with_deadline: int
    late_untold: tuple[int, ...]
    late_waits: tuple[int, ...]
    production: int
    production_without: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingGroup:
    """Of the jobs of one tier: how each comes to wake somebody, by its surest way. Silent jobs are not among them."""

    tier: str
    rank: int | None
    by: Mapping[Wake, int]
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
    tell. `foreign`: somebody hears, by alerts that the policy does not name; `wanted`: by those it does. `silent`:
    nobody does, on purpose; `nobody`: nobody does, and nobody is named.
    """

    wanted: tuple[int, ...]
    unapplied: tuple[int, ...]
    relay_only: tuple[int, ...]
    foreign: tuple[int, ...]
    silent: tuple[int, ...]
    nobody: tuple[int, ...]

    @property
    def told(self) -> int:
        return len(self.wanted) + len(self.foreign)

    @property
    def untold(self) -> tuple[int, ...]:
        """The jobs of whose failure nobody hears now, and not on purpose."""
        return tuple(sorted((*self.unapplied, *self.relay_only, *self.nobody)))


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
    projects: tuple[Group, ...]
    teams: tuple[Group, ...]
    tiers: tuple[Group, ...]
    outcomes: Mapping[Outcome, Share]
    deadlines: Deadlines
    paging: tuple[PagingGroup, ...]
    details: Details
    today: TodayTally
    gaps: tuple[Gap, ...]
    silences: tuple[Silence, ...] = ()
    mutes: tuple[Muted, ...] = ()
    steps: tuple[Step, ...] = ()
    taken_at: str = ""
    by_id: Mapping[int, JobCoverage] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[JobCoverage, ...]:
        """The jobs that the figures are about."""
        return tuple(each for each in self.jobs if not each.deactivated)

    @property
    def in_force(self) -> Share:
        """What holds now, whatever the policy names: somebody is told in dbt Cloud as it is, or nobody, on purpose."""
        today = self.today
        return Share(told=today.told, silent=len(today.silent), uncovered=len(today.untold))

    @property
    def missing(self) -> tuple[JobCoverage, ...]:
        """The counted jobs of whose failure nobody, or not always somebody, is told, without a declared silence."""
        return tuple(each for each in self.counted if not each.answer.failure.standing.decided)
