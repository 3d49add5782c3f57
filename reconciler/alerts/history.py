"""What earlier runs of a job tell: how long it usually takes, how often it failed in a row, when it failed before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile
from statistics import median

from reconciler.model.alert import Past
from reconciler.model.run import PastRun, RunStatus

__all__ = ["first_of_row", "last_good", "past_of"]

_MOST_OCCURRENCES = 10


def past_of(runs: Sequence[PastRun], *, failing: bool, message: str = "") -> Past:
    """Sum up earlier runs, newest first. `failing`: this run failed too, so it counts in the row.

    A cancelled run is neither a failure nor a success: it does not end a row. `message` is this run's own, by which
    earlier failures of the same kind are known; dbt Cloud's general ones ("dbt command failed") tell nothing.
    """
    good = [run for run in runs if run.status is RunStatus.SUCCESS]
    lengths = [length.total_seconds() for run in good if (length := _length(run)) is not None]
    judged = [run for run in runs if run.status in {RunStatus.SUCCESS, RunStatus.ERROR}]
    row = sum(1 for _ in takewhile(lambda run: run.status is RunStatus.ERROR, judged))
    failures = [run for run in judged if run.status is RunStatus.ERROR]
    return Past(
        usual=timedelta(seconds=median(lengths)) if lengths else None,
        counted=len(lengths),
        failures_in_a_row=row + 1 if failing else row,
        last_success=good[0].finished_at if good else None,
        occurrences=tuple(at for run in failures if (at := run.finished_at or run.started_at))[:_MOST_OCCURRENCES],
        same_error=sum(1 for run in failures if _telling(message) and run.message.strip() == message.strip()),
    )


def first_of_row(runs: Sequence[PastRun]) -> int | None:
    """Return the id of the run that a row of failures began with, which reaches up to the newest of these runs.

    None if there is no such row; raises LookupError where no good run before it is known, so that it may have begun
    earlier. A timed-out run is a failure, which only its message tells (reference §5.2).
    """
    first: int | None = None
    for run in runs:
        if run.status is RunStatus.SUCCESS:
            return first
        if run.status is RunStatus.ERROR or "timed out" in run.message:
            first = run.id
    raise LookupError


def last_good(runs: Sequence[PastRun]) -> PastRun | None:
    """Return the last run that succeeded, if one of those known did."""
    return next((run for run in runs if run.status is RunStatus.SUCCESS), None)


def _length(run: PastRun) -> timedelta | None:
    if run.started_at is None or run.finished_at is None or run.finished_at < run.started_at:
        return None
    return run.finished_at - run.started_at


def _telling(message: str) -> bool:
    """Tell whether a run's message names what failed, rather than that something did."""
    said = message.strip().lower()
    return bool(said) and not said.startswith(("dbt command failed", "this run failed", "job failed"))
