"""An alert: everything that a message may say, as values. No markup, no truncation, no medium: templates choose.

All times are aware, in UTC; `zone` is the one that people read them in. Texts may be remote and hostile; they are
escaped where a medium is known. What is not known is None or empty, and is named in `missing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.layers import Oncall
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Cause, NodeKind

__all__ = [
    "Action",
    "Alert",
    "AlertJob",
    "AlertRun",
    "Audience",
    "Case",
    "CauseKind",
    "Change",
    "Digested",
    "Drill",
    "Escalated",
    "FailedThing",
    "Grouped",
    "Lateness",
    "LikelyCause",
    "Past",
    "Skipped",
    "Slowness",
    "Upstream",
]


class Case(StrEnum):
    """Which template speaks: `templates/<channel kind>/<case>.j2`."""

    FAILURE = "failure"
    WARNING = "warning"
    CANCELLED = "cancelled"
    LATE = "late"
    SLOW = "slow"
    ANOMALY = "anomaly"
    RECOVERED = "recovered"
    SUCCESS = "success"
    STARTED = "started"
    GROUPED = "grouped"
    ESCALATION = "escalation"
    DIGEST = "digest"
    TEST = "test"


class Audience(StrEnum):
    """Who reads a channel. Stakeholders get plain language: what, since when, who is on it; no error text."""

    ENGINEERS = "engineers"
    STAKEHOLDERS = "stakeholders"


class CauseKind(StrEnum):
    """The likely cause of a failure, as far as the adapter's message tells."""

    UPSTREAM = "upstream failure"
    SCHEMA_CHANGE = "schema change"
    MISSING_RELATION = "missing relation"
    TIMEOUT = "timeout"
    PERMISSION = "permission"
    FRESHNESS = "source freshness"
    DATA = "data"
    COMPILATION = "compilation"
    RESOURCES = "resources"
    CONNECTION = "connection"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertJob:
    """`url` is built from the configured host and ids, as every address of dbt Cloud in an alert is."""

    id: int
    name: str
    project: str = ""
    environment: str = ""
    production: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRun:
    id: int
    url: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cause: str = ""
    message: str = ""
    docs_url: str = ""

    @property
    def duration(self) -> timedelta | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What a failed node reads from: a model, a source. `relation` and `file` are empty where no manifest tells."""

    name: str
    relation: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedThing:
    """A node that failed or warned, or (`kind` infrastructure) a step that failed without any node.

    `error` is the whole text; `line` is the line that it names: of the compiled code if a warehouse says so, of `file`
    if dbt does. `owner` is the manifest's.
    `docs_url` is the node in the project's dbt documentation. `failures` is the number of failing rows and
    `failures_query` the query that shows them. `neighbours` are the names of other tests on the node and its parents.
    `upstream` is what is known of its parents; of a test, the node that it stands on comes first. `relation` of a test
    is where its failing rows are stored, if they are.
    """

    name: str
    kind: NodeKind
    unique_id: str = ""
    error: str = ""
    file: str = ""
    line: int | None = None
    file_url: str = ""
    compiled_file: str = ""
    relation: str = ""
    owner: str = ""
    owner_email: str = ""
    docs_url: str = ""
    failures: int | None = None
    failures_query: str = ""
    neighbours: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    upstream: tuple[Upstream, ...] = ()
    seconds: float | None = None
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """How many nodes were skipped because of `because`, the name of the node that failed; empty if nothing tells."""

    because: str
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyCause:
    """`sentence` is for people; `because` is the part of the message that says so."""

    kind: CauseKind
    sentence: str
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed since the last good run. Addresses are of the repository that the policy, or dbt Cloud, names."""

    commit: str
    branch: str = ""
    author: str = ""
    pull_request: int | None = None
    previous_commit: str = ""
    commit_url: str = ""
    compare_url: str = ""
    pull_request_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One next step, ready to use: a sentence, and what to copy or to open."""

    text: str
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What came before. `usual` is the median duration of earlier good runs; `occurrences` are earlier failures."""

    usual: timedelta | None = None
    counted: int = 0
    failures_in_a_row: int = 0
    last_success: datetime | None = None
    occurrences: tuple[datetime, ...] = ()
    same_error: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """A missed deadline. `completed_at` is None while it is still open. `zone` is the SLA's."""

    name: str
    due: datetime | None
    zone: str
    cause: Cause | None = None
    since: datetime | None = None
    completed_at: datetime | None = None
    limit: timedelta | None = None

    def by(self, now: datetime) -> timedelta | None:
        """How late it is, or was when it was completed."""
        return None if self.due is None else (self.completed_at or now) - self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """How long it took against what is usual, or (`rate`) how few runs succeed. Shares are percent."""

    took: timedelta | None = None
    usual: timedelta | None = None
    rate: float | None = None
    expected: float | None = None
    over: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Several failures in one message, or what was held until an opening. Members are whole alerts, oldest first."""

    by: str
    members: tuple[Alert, ...]
    common_cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """An escalation's level: since when nobody reacted, and what the policy notes for it."""

    level: int
    since: datetime
    unless: str
    note: str = ""
    told: tuple[str, ...] = ()
    ticket: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Digested:
    """What happened in a time: figures by name in the order of the policy's `include`, ready for a table."""

    since: datetime
    until: datetime
    runs: int = 0
    succeeded: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    slowest: tuple[tuple[str, timedelta], ...] = ()
    trends: tuple[tuple[str, float], ...] = ()
    usage: tuple[tuple[str, timedelta], ...] = ()
    completions: tuple[tuple[str, int], ...] = ()
    anomalies: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """This is a test, and everything about it says so. `correlation` is what its evidence is found by.

    `code` is this message's own: whoever gives it back has read it. Empty where nobody needs to.
    """

    correlation: str
    asked_by: str = ""
    what: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What happened, to whom it matters, and what to do.

    `incident` is the stable key of the incident: PagerDuty's dedup key. `conversation` is the incident from its
    beginning to its end, as far as that is known, else empty or the incident: what mails and events are gathered by.
    `id` is the message's own key, the same in every retry. `severity` is the tier's name in capitals, `ALERT` without a
    tier; `rank` is the tier's. `case` says how it is told, `outcome` what happened. `node_owners` are the addresses
    that the policy lets us tell. `missing` names, in plain words, what an engineer would look for and nobody knows.
    `ack_url` is there only where a relay will answer it.
    """

    id: str
    incident: str
    case: Case
    outcome: Outcome
    job: AlertJob
    at: datetime
    now: datetime
    severity: str
    rank: int | None = None
    zone: str = "UTC"
    account_id: int = 0
    run: AlertRun | None = None
    cause: Cause | None = None
    response: str = ""
    impact: str = ""
    owner: str = ""
    team: str = ""
    oncall: Oncall | None = None
    runbook: str = ""
    failed: tuple[FailedThing, ...] = ()
    warned: tuple[FailedThing, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    affected: tuple[str, ...] = ()
    succeeded_nodes: int = 0
    likely: LikelyCause | None = None
    change: Change | None = None
    actions: tuple[Action, ...] = ()
    past: Past = field(default_factory=Past)
    late: Lateness | None = None
    slow: Slowness | None = None
    grouped: Grouped | None = None
    escalated: Escalated | None = None
    digest: Digested | None = None
    test: Drill | None = None
    recovered_from: datetime | None = None
    conversation: str = ""
    node_seconds: tuple[tuple[str, str, float], ...] = ()
    ack_url: str = ""
    node_owners: tuple[str, ...] = ()
    promoted_because: str = ""
    missing: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether this says that its incident is over: the job works again, or was completed late at last."""
        completed = self.late is not None and self.late.completed_at is not None
        return self.outcome is Outcome.RECOVERED or (self.outcome is Outcome.LATE and completed)
