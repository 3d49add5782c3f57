"""The life of a run: queued, starting, running, ended; who is told at each moment (reference §5 and §8.7).

A run's row holds what the API shows plus `sandbox`: the outcome it is heading for and the commands it runs.
Every transition looks at the row's status first, so one that comes too late (after a cancel) changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from reconciler.sandbox import delivery, native
from reconciler.sandbox.durations import humanized, run_time
from reconciler.sandbox.outcomes import Outcome, Status, chosen_outcome, default_outcome, status_after
from reconciler.sandbox.run_steps import ended_steps, run_steps, running_steps, trouble_index, write_steps
from reconciler.sandbox.state import State
from reconciler.sandbox.steps import Step, StepKind
from reconciler.sandbox.store import Row

__all__ = [
    "RunRequest",
    "cancel",
    "finish",
    "resume_unfinished",
    "retry_refusal",
    "retry_request",
    "start_run",
]

SLOW_FACTOR = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What asks for a run. `overrides` are the body's, as in reference §5.6; `seconds` is how long it is to take."""

    cause: str
    category: str = "api"
    overrides: Row = field(default_factory=dict)
    outcome: Outcome | None = None
    seconds: float | None = None
    retrying: int | None = None
    actor: Row | None = None


def start_run(state: State, job: Row, request: RunRequest) -> Row:
    """Queue a run of the job and put its way to its end on the agenda."""
    row = _with_trigger_id(state, state.store.insert("runs", _queued(state, job, request)))
    _plan(state, row)
    return row


def cancel(state: State, row: Row, actor: Row | None = None) -> Row:
    """Cancel a run as a person would; one that has ended stays as it is."""
    if not Status(row["status"]).is_complete:
        state.store.update("runs", row["id"], {"cancelled_by": actor})
        finish(state, row["id"], Outcome.CANCEL)
    return state.store.get("runs", row["id"]) or row


def finish(state: State, run_id: int, outcome: Outcome) -> None:
    """End a run that has not ended: set its result, tell people and webhooks, let its artifacts arrive later."""
    row = state.store.get("runs", run_id)
    if row is None or Status(row["status"]).is_complete:
        return
    if outcome not in (Outcome.CANCEL, Outcome.TIMEOUT) and row["status"] != Status.RUNNING:
        _begin(state, run_id)
        row = state.store.get("runs", run_id) or row
    status = status_after(outcome)
    ended: Row = {"status": status, "finished_at": _now(state), "status_message": _status_message(row, outcome)}
    heading = {**row["sandbox"], "outcome": outcome.value, "trouble": trouble_index(row, outcome)}
    row = _change(state, run_id, {**ended, "sandbox": heading})
    write_steps(state, row, ended_steps(row))
    native.tell_people(state, row)
    _change(state, run_id, {"notifications_sent": True})
    if status is Status.CANCELLED:
        return
    if status is Status.ERROR:
        delivery.announce(state, row, "job.run.errored")
    state.agenda.after(state.options.ingestion_delay, partial(_ingest, state, run_id))


def resume_unfinished(state: State) -> None:
    """Take up the runs that a database file brought along unfinished."""
    for row in state.store.find("runs", {"status__in": [Status.QUEUED, Status.STARTING, Status.RUNNING]}):
        _plan(state, row)


def retry_refusal(state: State, row: Row) -> str | None:
    """Say why a run cannot be retried from its point of failure, in the API's words; None if it can."""
    newer = {"job_definition_id": row["job_definition_id"], "id__gt": row["id"]}
    failed = _failed_step(row)
    if row["status"] != Status.ERROR or failed is None:
        return "RETRY_NOT_FAILED_RUN"
    if state.store.count("runs", newer):
        return "RETRY_NOT_LATEST_RUN"
    if failed.kind in (StepKind.FRESHNESS, StepKind.OPERATION):
        return "RETRY_UNSUPPORTED_CMD"
    return None


def retry_request(row: Row, *, actor: Row | None = None) -> RunRequest:
    """Ask for the failed step of a run and those that it kept from running."""
    commands = [step.command for step in run_steps(row)[row["sandbox"]["trouble"] - 1 :]]
    return RunRequest(
        cause=f"Retry of run {row['id']}",
        category="rerun",
        overrides={"steps_override": commands},
        retrying=row["id"],
        actor=actor,
    )


def _with_trigger_id(state: State, row: Row) -> Row:
    trigger = {"id": state.store.next_number("trigger", 70403103990001), "run_id": row["id"], **row["trigger"]}
    return state.store.update("runs", row["id"], {"trigger_id": trigger["id"], "trigger": trigger})


def _failed_step(row: Row) -> Step | None:
    trouble = row["sandbox"].get("trouble")
    return run_steps(row)[trouble - 1] if trouble else None


def _queued(state: State, job: Row, request: RunRequest) -> Row:
    overrides = request.overrides
    environment = state.store.get("environments", job.get("environment_id") or 0) or {}
    commands = overrides.get("steps_override") or job.get("execute_steps") or []
    docs = overrides.get("generate_docs_override")
    now = run_time(state.clock.now())
    outcome = chosen_outcome(
        asked=request.outcome, steps=commands, cause=request.cause, default=default_outcome(state.store, job["id"])
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
    own = overrides.get("timeout_seconds_override") or (job.get("execution") or {}).get("timeout_seconds")
    return own or account.get("run_duration_limit_seconds") or 86_400


def _plan(state: State, row: Row) -> None:
    """Queued for a sixth of the time, starting for another, running for the rest."""
    now, length = state.clock.now(), timedelta(seconds=row["sandbox"]["seconds"])
    state.agenda.at(now + length / 6, partial(_dequeue, state, row["id"]))
    state.agenda.at(now + length / 3, partial(_begin, state, row["id"]))
    state.agenda.at(now + length, partial(_arrive, state, row["id"]))


def _dequeue(state: State, run_id: int) -> None:
    if _status(state, run_id) is Status.QUEUED:
        _change(state, run_id, {"status": Status.STARTING, "dequeued_at": _now(state)})


def _begin(state: State, run_id: int) -> None:
    status = _status(state, run_id)
    if status not in (Status.QUEUED, Status.STARTING):
        return
    now = _now(state)
    row = _change(state, run_id, {"status": Status.RUNNING, "started_at": now})
    row = _change(state, run_id, {"dequeued_at": row["dequeued_at"] or now})
    write_steps(state, row, running_steps(row))
    delivery.announce(state, row, "job.run.started")


def _arrive(state: State, run_id: int) -> None:
    row = state.store.get("runs", run_id)
    if row is not None:
        finish(state, run_id, Outcome(row["sandbox"]["outcome"]))


def _ingest(state: State, run_id: int) -> None:
    """Make the artifacts readable, and only then fire `completed` (reference §6.3)."""
    row = state.store.get("runs", run_id)
    if row is None:
        return
    kinds = {step.kind for step in ended_steps(row) if not _is_trouble(row, step)}
    saved = {"has_docs_generated": StepKind.DOCS in kinds, "has_sources_generated": StepKind.FRESHNESS in kinds}
    row = _change(state, run_id, {"artifacts_saved": True, **saved})
    delivery.announce(state, row, "job.run.completed")
    _start_dependents(state, row)


def _is_trouble(row: Row, step: Step) -> bool:
    return row["status"] == Status.ERROR and step.index == row["sandbox"]["trouble"]


def _start_dependents(state: State, row: Row) -> None:
    """Start the jobs that wait for this one to end so (`job_completion_trigger_condition`)."""
    for job in state.store.find("jobs", {"state": 1}):
        condition = (job.get("job_completion_trigger_condition") or {}).get("condition") or {}
        waits = condition.get("job_id") == row["job_definition_id"] and row["status"] in condition.get("statuses", [])
        if waits and not job.get("deactivated"):
            request = RunRequest(cause=f"Triggered by run {row['id']}", category="job completion")
            start_run(state, job, request)


def _status(state: State, run_id: int) -> Status | None:
    row = state.store.get("runs", run_id)
    return Status(row["status"]) if row else None


def _change(state: State, run_id: int, changes: Row) -> Row:
    return state.store.update("runs", run_id, {**changes, "updated_at": _now(state)})


def _now(state: State) -> str | None:
    return run_time(state.clock.now())


def _status_message(row: Row, outcome: Outcome) -> str | None:
    match outcome:
        case Outcome.FAILURE:
            return "dbt command failed"
        case Outcome.CANCEL:
            return "Cancelled by user."
        case Outcome.TIMEOUT:
            limit = row["sandbox"]["timeout"]
            ran = humanized(timedelta(seconds=limit))
            return (
                f"This run timed out after running for {ran}, which exceeded the configured timeout of {limit} seconds."
            )
        case _:
            return None
