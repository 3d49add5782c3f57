"""The steps of one run: which have run so far, when, with what artifacts and what log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from reconciler.sandbox.artifacts import ArtifactFacts, artifact_bytes, artifact_names, result_counts
from reconciler.sandbox.durations import parse_time, run_time
from reconciler.sandbox.outcomes import Outcome, Status
from reconciler.sandbox.state import State
from reconciler.sandbox.steps import Step, StepKind, planned_steps, troubled_step
from reconciler.sandbox.store import Row

__all__ = [
    "artifact_of_run",
    "artifacts_of_run",
    "ended_steps",
    "facts_of",
    "run_steps",
    "running_steps",
    "trouble_index",
    "warning_count",
    "write_steps",
]


def run_steps(row: Row) -> tuple[Step, ...]:
    """List every step that the run was to take."""
    plan = row["sandbox"]
    return planned_steps(plan["commands"], sources=plan["sources"], docs=plan["docs"])


def trouble_index(row: Row, outcome: Outcome) -> int | None:
    """Return the index of the step that fails or warns."""
    step = troubled_step(run_steps(row), outcome, row["sandbox"].get("impossible") or ())
    return step.index if step else None


def running_steps(row: Row) -> tuple[Step, ...]:
    """List the steps taken so far by a run that is running: dbt Cloud's own, and the first command."""
    steps = run_steps(row)
    prepared = [step for step in steps if step.kind is StepKind.PREPARE]
    return (*prepared, *[step for step in steps if step.kind is not StepKind.PREPARE][:1])


def ended_steps(row: Row) -> tuple[Step, ...]:
    """List the steps that a run took until it ended: a failing one is the last, a run that never started has none."""
    if row["started_at"] is None:
        return ()
    match Status(row["status"]):
        case Status.ERROR:
            steps, trouble = run_steps(row), row["sandbox"]["trouble"]
            docs = [step for step in steps[trouble:] if step.kind is StepKind.DOCS]
            return (*steps[:trouble], *(docs if row["sandbox"].get("docs_after_failure") else ()))
        case Status.SUCCESS:
            return run_steps(row)
        case _:
            return running_steps(row)


def facts_of(row: Row, step: Step) -> ArtifactFacts:
    """Gather what a step's artifacts tell about the run."""
    begun, ended = _span(row, step)
    troubled = step.index == row["sandbox"]["trouble"]
    named = row["sandbox"].get("nodes") or []
    return ArtifactFacts(
        step=step,
        trouble=Outcome(row["sandbox"]["outcome"]) if troubled else Outcome.SUCCESS,
        started_at=begun,
        finished_at=ended,
        account_id=row["account_id"],
        project_id=row["project_id"],
        job_id=row["job_definition_id"],
        run_id=row["id"],
        reason=row["trigger"]["cause"],
        reason_category=row["trigger"]["cause_category"],
        nodes=tuple(named) if step.index == _named_step(row) else (),
        known_nodes=tuple(named),
        unknown_macro=step.command in (row["sandbox"].get("impossible") or []),
    )


def _named_step(row: Row) -> int | None:
    """Return the index of the step in which named nodes ended: the one with the trouble, or the first that builds."""
    builds = [step.index for step in run_steps(row) if step.kind is StepKind.NODES]
    trouble = row["sandbox"]["trouble"]
    return trouble if trouble in builds else next(iter(builds), None)


def artifacts_of_run(row: Row, step: int | None = None) -> tuple[str, ...] | None:
    """List the paths under target/ after a step (the last one if not said); None while nothing is saved.

    target/ outlives a step, so what earlier steps wrote is still there (our choice; reference §5.5 leaves it open).
    """
    taken = _taken(row, step)
    return None if taken is None else tuple(sorted({name for one in taken for name in artifact_names(one.kind)}))


def artifact_of_run(row: Row, path: str, step: int | None = None) -> bytes | None:
    """Read one path under target/ as it was after a step; None if it is not there."""
    writers = [one for one in _taken(row, step) or () if path in artifact_names(one.kind)]
    return artifact_bytes(facts_of(row, writers[-1]), path) if writers else None


def warning_count(row: Row) -> int:
    """Count the warnings of tests and source freshness, whatever the status of the run (reference §2.3)."""
    return sum(result_counts(facts_of(row, step)).get("warn", 0) for step in ended_steps(row))


def write_steps(state: State, row: Row, steps: Sequence[Step]) -> None:
    """Store the steps as they stand now; a step keeps its id."""
    known = {old["index"]: old["id"] for old in state.store.find("steps", {"run_id": row["id"]})}
    for step in steps:
        decisive = step.index == _decisive(row, steps)
        state.store.put("steps", {"id": known.get(step.index), **_step_row(row, step, decisive=decisive)})


def _decisive(row: Row, steps: Sequence[Step]) -> int:
    """Return the index of the step that has the run's own status: the one that failed, else the last."""
    failed = row["sandbox"]["trouble"] if row["status"] == Status.ERROR else None
    return failed or steps[-1].index


def _taken(row: Row, step: int | None) -> tuple[Step, ...] | None:
    steps = ended_steps(row)
    if not row["artifacts_saved"] or (step is not None and not 1 <= step <= len(steps)):
        return None
    return steps[:step]


def _step_row(row: Row, step: Step, *, decisive: bool) -> Row:
    begun, ended = _span(row, step)
    status = Status(row["status"]) if decisive and row["status"] != Status.SUCCESS else Status.SUCCESS
    times = {"started_at": run_time(begun), "finished_at": run_time(ended) if status.is_complete else None}
    named = {"index": step.index, "name": step.name, "command": step.command, "status": status}
    return {"run_id": row["id"], "account_id": row["account_id"], **named, **times}


def _span(row: Row, step: Step) -> tuple[datetime, datetime]:
    """Share the run's time among its steps: preparation while it was starting, then each command an equal part."""
    started = parse_time(row["started_at"]) or parse_time(row["created_at"]) or datetime.now(UTC)
    ended = parse_time(row["finished_at"]) or started
    taken = [one.index for one in ended_steps(row)]
    working = [one.index for one in run_steps(row) if one.kind is not StepKind.PREPARE and one.index in taken]
    if step.index not in working:
        return parse_time(row["dequeued_at"]) or started, started
    part, place = (ended - started) / len(working), working.index(step.index)
    return started + part * place, started + part * (place + 1)
