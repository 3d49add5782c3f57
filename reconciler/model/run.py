"""What is known of one run: what dbt Cloud says of it, and what its artifacts do. Every text in it is remote.

All times are aware, in UTC. Absent is None or empty, never made up: an alert says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from reconciler.model.telling import NodeKind

__all__ = ["Event", "Node", "NodeResult", "NodeStatus", "PastRun", "Run", "RunFacts", "RunStatus", "RunStep"]


class RunStatus(IntEnum):
    """Compare codes, never words (reference §5.2). A timed-out run is cancelled for dbt Cloud."""

    QUEUED = 1
    STARTING = 2
    RUNNING = 3
    SUCCESS = 10
    ERROR = 20
    CANCELLED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One webhook of dbt Cloud (reference §6.2). An address in it is never followed.

    `status` None is a code that nobody knows. `ended_at` is `runFinishedAt`, else `runErroredAt`.
    """

    id: str
    type: str
    account_id: int
    at: datetime
    job_id: int
    job_name: str
    run_id: int
    project_id: int | None = None
    project_name: str = ""
    environment_id: int | None = None
    environment_name: str = ""
    status: RunStatus | None = None
    message: str = ""
    reason: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """A step of a run, by its 1-based index; artifacts are asked for by it (reference §5.5).

    `log_tail` are the last lines of its log, without colours.
    """

    index: int
    name: str
    status: RunStatus | None
    log_tail: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as the Admin API shows it.

    `repository` is the remote of its code as dbt Cloud knows it, without credentials; `subdirectory` is the project's
    folder in it. Both may be empty, as may the names.
    """

    id: int
    job_id: int
    project_id: int
    environment_id: int
    status: RunStatus | None
    message: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    git_branch: str = ""
    git_sha: str = ""
    cause: str = ""
    pull_request: int | None = None
    repository: str = ""
    subdirectory: str = ""
    job_name: str = ""
    environment_name: str = ""
    dbt_version: str = ""
    steps: tuple[RunStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier run of the same job, newest first wherever several stand."""

    id: int
    status: RunStatus | None
    started_at: datetime | None
    finished_at: datetime | None
    git_sha: str = ""
    message: str = ""


class NodeStatus(StrEnum):
    """What became of a node, over all versions of the artifacts; `fail` and `runtime error` among them."""

    SUCCESS = "success"
    WARNED = "warn"
    FAILED = "fail"
    ERROR = "error"
    SKIPPED = "skipped"
    OTHER = "other"

    @property
    def bad(self) -> bool:
        """Whether the node failed itself; a skipped one did not."""
        return self in {NodeStatus.FAILED, NodeStatus.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What the manifest says of a node: a model, test, seed, snapshot, source, exposure or operation.

    `owner` is a name or an address, `owner_email` an address only; a test without them has its node's. `parents` are
    unique ids. `attached` is the id of the node that a test stands on; a test may have several parents, and one of dbt
    before 1.5 does not say it.
    """

    unique_id: str
    name: str
    resource_type: str
    file: str = ""
    compiled_file: str = ""
    relation: str = ""
    owner: str = ""
    owner_email: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    attached: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """One row of run_results.json or sources.json. `failures` is the number of failing rows, of a test."""

    unique_id: str
    status: NodeStatus
    kind: NodeKind
    message: str = ""
    failures: int | None = None
    seconds: float | None = None
    relation: str = ""
    completed_at: datetime | None = None
    compiled_file: str = ""

    @property
    def name(self) -> str:
        """The node's own name, as far as its unique id tells it."""
        parts = self.unique_id.split(".")
        return parts[2] if len(parts) > 2 else self.unique_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run with everything that could be found out about it.

    `results` are those of the step that matters: all of them, in the order of the file. `nodes` are the manifest's, by
    unique id, and only those that an alert shows: what failed, warned or was skipped, its parents, the tests on both,
    and exposures below it; `below` holds, by the id of what failed or warned, everything that depends on it, however
    far; for a test, what waits for it in `dbt build`. `past` are earlier runs of the job, newest first. `missing` says
    in plain words what could not be read and why.
    """

    run: Run
    step: RunStep | None = None
    results: tuple[NodeResult, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict)
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    past: tuple[PastRun, ...] = ()
    missing: tuple[str, ...] = ()
    elapsed: timedelta | None = None
