"""A run and its steps as the API shows them (reference §5.3 and §5.4)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from reconciler.sandbox.durations import from_now, hhmmss, humanized, parse_time, since
from reconciler.sandbox.outcomes import Status
from reconciler.sandbox.repositories import repository_of
from reconciler.sandbox.retries import retry_refusal
from reconciler.sandbox.run_steps import facts_of, run_steps
from reconciler.sandbox.state import State
from reconciler.sandbox.step_logs import step_log
from reconciler.sandbox.store import Row

__all__ = ["public_run", "public_step", "run_href"]

_WORDS = {
    Status.QUEUED: "Queued",
    Status.STARTING: "Starting",
    Status.RUNNING: "Running",
    Status.SUCCESS: "Success",
    Status.ERROR: "Error",
    Status.CANCELLED: "Cancelled",
}
_COLOURS = {Status.SUCCESS: "#16a34a", Status.ERROR: "#dc2626", Status.CANCELLED: "#6b7280"}
_SHOWN_AS_STORED = (
    "id",
    "trigger_id",
    "account_id",
    "environment_id",
    "project_id",
    "job_definition_id",
    "status",
    "dbt_version",
    "git_branch",
    "git_sha",
    "status_message",
    "deferring_run_id",
    "artifacts_saved",
    "has_docs_generated",
    "has_sources_generated",
    "notifications_sent",
    "created_at",
    "updated_at",
    "dequeued_at",
    "started_at",
    "finished_at",
    "retrying_run_id",
)
_DEBUG_LINES = 1000


def run_href(state: State, row: Row) -> str:
    """Return the link to a run in the user interface (reference §1.1)."""
    return f"{state.base_url}/deploy/{row['account_id']}/projects/{row['project_id']}/runs/{row['id']}/"


def public_run(state: State, row: Row, related: AbstractSet[str] = frozenset()) -> Row:
    """Show a run; `related` names what else was asked for by `include_related`, unknown names are ignored."""
    status, refusal = Status(row["status"]), retry_refusal(state, row)
    return {
        **{name: row[name] for name in _SHOWN_AS_STORED},
        "owner_thread_id": None,
        "executed_by_thread_id": f"dbt-run-{row['id']}-sandbox" if row["started_at"] else None,
        "artifact_s3_path": f"prod/runs/{row['id']}/artifacts/target" if row["artifacts_saved"] else None,
        "blocked_by": [],
        "scribe_enabled": True,
        "last_checked_at": None,
        "last_heartbeat_at": None,
        "should_start_at": None,
        "status_humanized": _WORDS[status],
        "in_progress": not status.is_complete,
        "is_complete": status.is_complete,
        "is_success": status is Status.SUCCESS,
        "is_error": status is Status.ERROR,
        "is_cancelled": status is Status.CANCELLED,
        "is_running": None,
        "can_retry": refusal is None,
        "retry_not_supported_reason": refusal,
        "used_repo_cache": None,
        "href": run_href(state, row),
        "job_id": row["job_definition_id"],
        **_lengths(row, state.clock.now()),
        **_related(state, row, related),
    }


def public_step(row: Row, run: Row, *, full_debug_logs: bool) -> Row:
    """Show a step; without `full_debug_logs` the debug log is its last 1,000 lines (reference §5.1)."""
    status, step = Status(row["status"]), run_steps(run)[row["index"] - 1]
    log = step_log(facts_of(run, step))
    length = since(parse_time(row["started_at"]), parse_time(row["finished_at"]))
    shown = {name: row[name] for name in ("id", "run_id", "account_id", "index", "status", "name")}
    path = f"prod/runs/{run['id']}/steps/{row['index']}"
    command = {"run_step_id": row["id"], "dbt_command": step.command} if step.command else None
    return {
        **shown,
        "logs": log,
        "debug_logs": log if full_debug_logs else "".join(log.splitlines(keepends=True)[-_DEBUG_LINES:]),
        "truncated_debug_logs": "".join(log.splitlines(keepends=True)[-_DEBUG_LINES:]),
        "log_path": f"{path}/console.log",
        "debug_log_path": f"{path}/dbt.log",
        **{name: at and at.replace(" ", "T") for name, at in _step_times(row).items()},
        "status_humanized": _WORDS[status],
        "status_color": _COLOURS.get(status, "#2563eb"),
        "duration": hhmmss(length),
        "duration_humanized": humanized(length),
        "run_step_command": command,
        "run_step_invocation": {"run_step_id": row["id"], "run_id": run["id"]} if command else None,
    }


def _step_times(row: Row) -> Row:
    """Give the times of a step; the published description has them with a T, and no recording says otherwise."""
    return {
        "created_at": row["started_at"],
        "updated_at": row["finished_at"] or row["started_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
    }


def _lengths(row: Row, now: datetime) -> Row:
    created, started, finished = (parse_time(row[name]) for name in ("created_at", "started_at", "finished_at"))
    lengths = {
        "duration": since(created, finished or now),
        "queued_duration": since(created, started or finished or now),
        "run_duration": since(started, finished or now),
    }
    return {
        **{name: hhmmss(length) for name, length in lengths.items()},
        **{f"{name}_humanized": humanized(length) for name, length in lengths.items()},
        "created_at_humanized": from_now(created, now),
        "finished_at_humanized": from_now(finished, now),
    }


def _related(state: State, row: Row, related: AbstractSet[str]) -> Row:
    hooks = state.hooks
    shown: Row = {
        "trigger": row["trigger"] if "trigger" in related else None,
        "job": hooks.public_job(row["job_definition_id"]) if "job" in related else None,
        "environment": hooks.public_environment(row["environment_id"]) if "environment" in related else None,
        **({"repository": repository_of(state, row["project_id"])} if "repository" in related else {}),
        "run_steps": _steps(state, row, debug="debug_logs" in related) if "run_steps" in related else [],
    }
    if "audit" in related:
        shown["audit"] = {"trigger": _actor(row["triggered_by"]), "cancellation": _actor(row["cancelled_by"])}
    if "run_retries" in related:
        retries = state.store.find("runs", {"job_definition_id": row["job_definition_id"], "id__gt": row["id"]})
        shown["run_retries"] = [public_run(state, one) for one in retries if one["retrying_run_id"] == row["id"]]
    return shown


def _steps(state: State, row: Row, *, debug: bool) -> list[Row]:
    steps = state.store.find("steps", {"run_id": row["id"]}, order_by="index")
    return [public_step(step, row, full_debug_logs=debug) for step in steps]


def _actor(actor: Row | None) -> Row | None:
    return {"actor": actor} if actor else None
