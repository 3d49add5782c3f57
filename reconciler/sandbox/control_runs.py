"""What a control call may ask of a run: its end, its times, and which models and tests fail with which message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from reconciler.sandbox.durations import parse_time
from reconciler.sandbox.fields import Field, Mistake, Reader, boolean, filled, integer, list_of, one_of, optional
from reconciler.sandbox.outcomes import Outcome, parse_outcome
from reconciler.sandbox.run_nodes import NODES
from reconciler.sandbox.run_request import RunRequest
from reconciler.sandbox.runs import record, start_run
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["RUN_FIELDS", "begin", "outcome_name", "up_to"]

_CATEGORIES = ("api", "ci", "scheduled", "ui", "rerun", "job completion", "merge", "adaptive", "ingest")


def up_to(most: float) -> Callable[[object], float]:
    """Accept a number from 0 to `most`: a clock that left the calendar would stop everything."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise Mistake(f"expected a number from 0 to {most:g}")
        return float(value)

    return read


def outcome_name(value: object) -> Outcome:
    """Accept the name of an outcome."""
    if not isinstance(value, str) or value not in set(Outcome):
        raise Mistake(f"expected one of {', '.join(Outcome)}")
    return parse_outcome(value)


def _moment(value: object) -> datetime:
    try:
        at = parse_time(str(value))
    except ValueError:
        at = None
    if at is None:
        raise Mistake("expected an ISO time")
    return at


_seconds = up_to(366 * 86_400.0)
_OVERRIDES: Mapping[str, tuple[str, Reader]] = {
    "git_sha": ("git_sha", filled),
    "git_branch": ("git_branch", filled),
    "steps": ("steps_override", list_of(filled, least=1)),
    "generate_docs": ("generate_docs_override", boolean),
    "github_pull_request_id": ("github_pull_request_id", integer),
}
RUN_FIELDS: tuple[Field, ...] = (
    optional("outcome", outcome_name),
    optional("seconds", _seconds),
    optional("cause", filled, default="Kicked off from the UI by the sandbox's control"),
    optional("category", one_of(*_CATEGORIES), default="ui"),
    optional("nodes", NODES, default=[]),
    optional("duration", _seconds),
    optional("artifacts_after", _seconds),
    optional("docs_after_failure", boolean, default=False),
    optional("finished_at", _moment),
    *(optional(name, reader) for name, (_, reader) in _OVERRIDES.items()),
)
"""`nodes`: see `run_nodes`. `duration` is what the run says, `seconds` what the clock takes. `finished_at` makes it a
run of the past, that nobody is told of."""


def begin(state: State, job: Row, body: Row) -> Row:
    """Start the run that a body of these fields asks for, or write it down as one of the past."""
    overrides = {override: body[name] for name, (override, _) in _OVERRIDES.items() if body[name] is not None}
    request = RunRequest(
        cause=body["cause"],
        category=body["category"],
        overrides=overrides,
        outcome=body["outcome"] or _outcome_of(body["nodes"]),
        seconds=body["seconds"],
        nodes=tuple(body["nodes"]),
        duration=body["duration"],
        artifacts_after=body["artifacts_after"],
        docs_after_failure=body["docs_after_failure"],
    )
    if body["finished_at"] is None:
        return start_run(state, job, request)
    return record(state, job, request, body["finished_at"])


def _outcome_of(nodes: list[Row]) -> Outcome | None:
    """Conclude from the named nodes how a run ends, where nothing else was asked for."""
    statuses = {node["status"] for node in nodes}
    if statuses & {"error", "fail", "runtime error"}:
        return Outcome.FAILURE
    return Outcome.WARNING if "warn" in statuses else None
