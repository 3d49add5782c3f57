"""The life of a run: queued, starting, running, ended; who is told at each moment (reference §5 and §8.7).

A run's row holds what the API shows plus `sandbox`: the outcome it is heading for and the commands it runs.
Every transition looks at the row's status first, so one that comes too late (after a cancel) changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from reconciler.sandbox import delivery, native
from reconciler.sandbox.durations import humanized, run_time
from reconciler.sandbox.outcomes import Outcome, Status, status_after
from reconciler.sandbox.run_request import RunRequest, queued_run
from reconciler.sandbox.run_steps import ended_steps, running_steps, trouble_index, write_steps
from reconciler.sandbox.state import State
from reconciler.sandbox.steps import Step, StepKind
from reconciler.sandbox.store import Row

__all__ = ["cancel", "finish", "record", "resume_unfinished", "start_run"]

_QUEUED = timedelta(seconds=8)


def start_run(state: State, job: Row, request: RunRequest) -> Row:
    """Queue a run of the job and put its way to its end on the agenda."""
    row = _with_trigger_id(state, state.store.insert("runs", queued_run(state, job, request)))
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
    ended |= _backdated(state, row)
    heading = {**row["sandbox"], "outcome": outcome.value, "trouble": trouble_index(row, outcome)}
    row = _change(state, run_id, {**ended, "sandbox": heading})
    write_steps(state, row, ended_steps(row))
    native.tell_people(state, row)
    _change(state, run_id, {"notifications_sent": True})
    if status is Status.CANCELLED:
        return
    if status is Status.ERROR:
        delivery.announce(state, row, "job.run.errored")
    state.agenda.after(_lag(state, row), partial(_ingest, state, run_id))


def record(state: State, job: Row, request: RunRequest, ended_at: datetime) -> Row:
    """Write down a run of the past, as history: nobody is told of it, and its artifacts are there."""
    row = _with_trigger_id(state, state.store.insert("runs", queued_run(state, job, request)))
    outcome = Outcome(row["sandbox"]["outcome"])
    length = timedelta(seconds=row["sandbox"]["seconds"] if request.duration is None else request.duration)
    heading = {**row["sandbox"], "trouble": trouble_index(row, outcome)}
    past: Row = {
        "status": status_after(outcome),
        "status_message": _status_message(row, outcome),
        "artifacts_saved": status_after(outcome) is not Status.CANCELLED,
        "notifications_sent": True,
        "sandbox": heading,
        **_times(ended_at, length),
    }
    row = state.store.update("runs", row["id"], past)
    write_steps(state, row, ended_steps(row))
    return row


def _times(ended_at: datetime, length: timedelta) -> Row:
    """Count back from a run's end: how long it ran, and some seconds in the queue before that."""
    started = ended_at - length
    moments = {"created_at": started - _QUEUED, "dequeued_at": started - _QUEUED / 2, "started_at": started}
    return {name: run_time(at) for name, at in {**moments, "finished_at": ended_at, "updated_at": ended_at}.items()}


def _backdated(state: State, row: Row) -> Row:
    duration = row["sandbox"].get("duration")
    if duration is None or row["started_at"] is None:
        return {}
    return _times(state.clock.now(), timedelta(seconds=duration))


def _lag(state: State, row: Row) -> float:
    asked = row["sandbox"].get("artifacts_after")
    return state.options.ingestion_delay if asked is None else asked


def resume_unfinished(state: State) -> None:
    """Take up what a database file brought along: runs under way, artifacts not saved yet, webhooks not answered."""
    for row in state.store.find("runs", {"status__not": Status.CANCELLED}):
        if not Status(row["status"]).is_complete:
            _plan(state, row)
        elif not row["artifacts_saved"]:
            state.agenda.after(_lag(state, row), partial(_ingest, state, row["id"]))
    delivery.resume_pending(state)


def _with_trigger_id(state: State, row: Row) -> Row:
    trigger = {"id": state.store.next_number("trigger", 70403103990001), "run_id": row["id"], **row["trigger"]}
    return state.store.update("runs", row["id"], {"trigger_id": trigger["id"], "trigger": trigger})


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
