"""Retries: which runs can be taken up from their point of failure, and with what (reference §5.1, §5.3)."""

from __future__ import annotations

from reconciler.sandbox.outcomes import Status
from reconciler.sandbox.run_request import RunRequest
from reconciler.sandbox.run_steps import run_steps
from reconciler.sandbox.state import State
from reconciler.sandbox.steps import Step, StepKind
from reconciler.sandbox.store import Row

__all__ = ["remaining_commands", "retry_refusal", "retry_request"]


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


def remaining_commands(row: Row) -> list[str]:
    """List the commands of a failed run from the failed one on."""
    return [step.command for step in run_steps(row)[row["sandbox"]["trouble"] - 1 :]]


def retry_request(row: Row, *, actor: Row | None = None) -> RunRequest:
    """Ask for the failed step of a run and those that it kept from running."""
    return RunRequest(
        cause=f"Retry of run {row['id']}",
        category="rerun",
        overrides={"steps_override": remaining_commands(row)},
        retrying=row["id"],
        actor=actor,
    )


def _failed_step(row: Row) -> Step | None:
    trouble = row["sandbox"].get("trouble")
    return run_steps(row)[trouble - 1] if trouble else None
