"""A run that is asked for, before anything happens to it: the request, and the row it becomes (reference §5.6)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from reconciler.sandbox.durations import run_time
from reconciler.sandbox.outcomes import Outcome, Status, chosen_outcome, default_outcome
from reconciler.sandbox.state import State
from reconciler.sandbox.steps import impossible_commands
from reconciler.sandbox.store import Row

__all__ = ["SLOW_FACTOR", "RunRequest", "queued_run"]

SLOW_FACTOR = 10
_ACCOUNT_LIMIT_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What asks for a run. `overrides` are the body's, as in reference §5.6; `seconds` is how long it is to take.

    `duration` is how long it says that it ran, whatever the clock says; `artifacts_after` are the seconds from its end
    to the moment its files can be read; `docs_after_failure` lets the docs step follow a failed one.
    """

    cause: str
    category: str = "api"
    overrides: Row = field(default_factory=dict)
    outcome: Outcome | None = None
    seconds: float | None = None
    retrying: int | None = None
    actor: Row | None = None
    nodes: tuple[Row, ...] = ()
    duration: float | None = None
    artifacts_after: float | None = None
    docs_after_failure: bool = False


def queued_run(state: State, job: Row, request: RunRequest) -> Row:
    """Make the row of a new run, without an id; how it ends is decided here."""
    overrides = request.overrides
    environment = state.store.get("environments", job.get("environment_id") or 0) or {}
    commands = overrides.get("steps_override") or job.get("execute_steps") or []
    docs = overrides.get("generate_docs_override")
    now = run_time(state.clock.now())
    impossible = impossible_commands(state.store, overrides.get("steps_override") or [])
    outcome = chosen_outcome(
        asked=request.outcome,
        steps=commands,
        cause=request.cause,
        default=default_outcome(state.store, job["id"]),
        impossible=bool(impossible),
    )
    return {
        "account_id": state.account_id,
        "project_id": job["project_id"],
        "environment_id": job.get("environment_id"),
        "job_definition_id": job["id"],
        "state": 1,
        "status": Status.QUEUED,
        "status_message": None,
        "dbt_version": overrides.get("dbt_version_override")
        or job.get("dbt_version")
        or environment.get("dbt_version"),
        "git_branch": overrides.get("git_branch") or environment.get("custom_branch") or "main",
        "git_sha": overrides.get("git_sha") or _commit(job),
        "deferring_run_id": None,
        "artifacts_saved": False,
        "notifications_sent": False,
        "has_docs_generated": False,
        "has_sources_generated": False,
        "created_at": now,
        "updated_at": now,
        "dequeued_at": None,
        "started_at": None,
        "finished_at": None,
        "retrying_run_id": request.retrying,
        "triggered_by": request.actor,
        "cancelled_by": None,
        "trigger": _trigger(job, request, now),
        "sandbox": {
            "outcome": outcome.value,
            "seconds": _seconds(state, outcome, request),
            "commands": list(commands),
            "docs": bool(job.get("generate_docs") if docs is None else docs),
            "sources": bool(job.get("run_generate_sources")),
            "timeout": _timeout(state, job, overrides),
            "trouble": None,
            "impossible": impossible,
            "nodes": list(request.nodes),
            "duration": request.duration,
            "artifacts_after": request.artifacts_after,
            "docs_after_failure": request.docs_after_failure,
        },
    }


def _commit(job: Row) -> str:
    return hashlib.sha256(str(job["project_id"]).encode()).hexdigest()[:40]


_OVERRIDES = (
    "git_branch",
    "git_sha",
    "azure_pull_request_id",
    "github_pull_request_id",
    "gitlab_merge_request_id",
    "non_native_pull_request_id",
    "schema_override",
    "dbt_version_override",
    "threads_override",
    "target_name_override",
    "generate_docs_override",
    "timeout_seconds_override",
    "steps_override",
)


def _trigger(job: Row, request: RunRequest, now: str | None) -> Row:
    asked = {name: request.overrides.get(name) for name in _OVERRIDES}
    base = {"cause": request.cause, "cause_category": request.category, "job_definition_id": job["id"]}
    return {**base, **asked, "created_at": now}


def _seconds(state: State, outcome: Outcome, request: RunRequest) -> float:
    usual = state.options.run_seconds * (SLOW_FACTOR if outcome is Outcome.SLOW else 1)
    return usual if request.seconds is None else request.seconds


def _timeout(state: State, job: Row, overrides: Row) -> int:
    account = state.store.get("accounts", state.account_id) or {}
    own = overrides.get("timeout_seconds_override") or (job.get("execution") or {}).get("timeout_seconds") or 0
    most = account.get("run_duration_limit_seconds") or _ACCOUNT_LIMIT_SECONDS
    return min(own, most) if own > 0 else most
