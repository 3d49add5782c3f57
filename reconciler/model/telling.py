"""What routing is asked, and what it answers: who is told when, through what, and which lines say so.

All times are aware, in UTC. `routing/route.py` is the function between the two halves of this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.outcome import Outcome
from reconciler.model.problem import Position

__all__ = [
    "Cause",
    "FailedNode",
    "Happening",
    "History",
    "NodeKind",
    "Occasion",
    "Promoted",
    "Reaction",
    "Routed",
    "Telling",
    "Via",
    "Withheld",
    "WithheldReason",
]


# --- the question ---------------------------------------------------------------------------------------------------
class NodeKind(StrEnum):
    """What failed: the words of `of:`."""

    MODEL = "model"
    TEST = "test"
    FRESHNESS = "freshness"
    INFRASTRUCTURE = "infrastructure"


class Cause(StrEnum):
    """What is special about a failure, or which deadline was missed.

    dbt Cloud itself calls a timed-out run cancelled (reference §2.5).
    """

    TIMEOUT = "timeout"
    DUE = "due"
    EVERY = "every"
    STALE = "stale_after"
    TOO_LONG = "max_duration"
    DEACTIVATED = "deactivated job"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedNode:
    name: str
    kind: NodeKind = NodeKind.MODEL
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What became of a run, or of a deadline. `late_by` is counted from `due`, for the outcome late only."""

    outcome: Outcome
    at: datetime
    cause: Cause | None = None
    nodes: tuple[FailedNode, ...] = ()
    late_by: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What came before: failures in a row just before this, and since when an incident of the job is open, if one is.

    An incident is one of failures or one of missed deadlines; of a success, whichever is open. `incident_tier` is the
    tier that it was told by: None is the job's own (of a missed deadline, its SLA's). A promotion starts the levels of
    its tier, so `incident_since` is then the time of the promotion. `told` are the channels that heard of the incident
    at level 0; None is everybody whom its tier names. `group_since` is when the first failure of the open group
    happened, if one waits for more.
    """

    failures_before: int = 0
    incident_since: datetime | None = None
    incident_tier: str | None = None
    told: frozenset[str] | None = None
    group_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What people did, on the clock that the tellings are on; None is never."""

    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None


# --- the answer -----------------------------------------------------------------------------------------------------
class Via(StrEnum):
    """Who delivers: dbt Cloud itself, or our relay."""

    NATIVE = "native"
    RELAYED = "relayed"


class Occasion(StrEnum):
    """Why somebody is told at that time."""

    AT_ONCE = "at once"
    GROUPED = "grouped"
    OPENING = "opening"
    ESCALATION = "escalation"
    TICKET = "ticket"
    DIGEST = "digest"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message to one channel. `because` are the lines that say so, the deciding one last.

    `outcome` may be another than what happened: a success after failures is told as `recovered` too.
    `unless` is what would have made an escalation's level unnecessary.
    """

    at: datetime
    channel: str
    via: Via
    occasion: Occasion
    outcome: Outcome
    because: tuple[Position, ...]
    level: int = 0
    unless: str = ""
    note: str = ""


class WithheldReason(StrEnum):
    MUTED = "muted"
    SILENT = "declared silent"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    OTHER_KIND = "of another kind of node"
    NOT_SO_LATE = "not late enough"
    INCIDENT_OPEN = "told already: the incident is open"
    EDGES_STAY = "dbt Cloud tells by the job's own tier: its edges do not change at run time"
    CALLED_CANCELLED = "dbt Cloud calls a timed-out run cancelled"
    NEVER_OPEN = "its calendar has no day on which this would be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A message that is not sent, and why: what a reader who expected it wants to know.

    `at` is when it would have been told; where it is not late enough, when it would be.
    """

    at: datetime
    channel: str
    outcome: Outcome
    reason: WithheldReason
    because: tuple[Position, ...]
    level: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """The tier that the job has, the worse one that this became, and the line that says so."""

    tier: str | None
    to: str
    why: str
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Everything that comes of one happening, in the order of time. `tier` is the one that counted in the end.

    `opens_incident`: from now on the job has an open incident, because somebody is told of it, or will be.
    """

    tier: str | None
    tellings: tuple[Telling, ...]
    withheld: tuple[Withheld, ...] = ()
    promoted: Promoted | None = None
    opens_incident: bool = False
