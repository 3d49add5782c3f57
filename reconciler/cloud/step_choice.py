"""Which steps of a run may say what became of it, the likeliest first: an artifact is asked for by its step.

The last step's, which dbt Cloud gives unasked, may be of docs or freshness (reference §5.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import IntEnum
from typing import Final

from reconciler.model.run import Run, RunStatus, RunStep

__all__ = ["StepKind", "ended", "failed_steps", "step_kind", "told_warnings", "work_steps"]


class StepKind(IntEnum):
    """What a step leaves behind. Of two that failed, the smaller kind is what failed the run: dbt Cloud goes on after
    a freshness or docs step of its own.
    """

    NOTHING = 0
    RESULTS = 1
    FRESHNESS = 2
    DOCS = 3


_KIND_OF_VERB: Final = {
    **dict.fromkeys(
        ("build", "run", "test", "seed", "snapshot", "retry", "clone", "compile", "show", "run-operation"),
        StepKind.RESULTS,
    ),
    **dict.fromkeys(("deps", "debug", "clean", "init", "list", "ls", "parse", "sl"), StepKind.NOTHING),
    "source": StepKind.FRESHNESS,
    "docs": StepKind.DOCS,
}
_COMMAND: Final = re.compile(r"`\s*(dbt\s[^`]*)`")
_BARE: Final = re.compile(r"(?:Invoke )?(dbt\s.*)", re.DOTALL)
_WARNED: Final = re.compile(r"\bWARN=(\d{1,9})|\b(\d{1,9}) warn", re.ASCII)
_OVER: Final = frozenset({RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED})


def ended(run: Run) -> bool:
    """Tell whether the run is over; a code that nobody knows counts as over when there is a time of its end."""
    return run.status in _OVER or (run.status is None and run.finished_at is not None)


def step_kind(step: RunStep) -> StepKind:
    """Read it from the name, like "Invoke dbt with `dbt build`" (reference §5.4); a step without a command is dbt
    Cloud's own. A verb that nobody knows may leave results.
    """
    command = _COMMAND.search(step.name) or _BARE.match(step.name)
    if command is None:
        return StepKind.NOTHING
    words = command[1].split()
    return next((kind for word in words if (kind := _KIND_OF_VERB.get(word)) is not None), StepKind.RESULTS)


def failed_steps(run: Run) -> tuple[RunStep, ...]:
    """Return what failed, or was cut off where the run was cancelled; the one that matters first."""
    if run.status is RunStatus.CANCELLED:
        return _cut_off(run)
    failed = [step for step in run.steps if step.status is RunStatus.ERROR]
    if not failed and run.status is RunStatus.ERROR:
        return tuple(reversed(run.steps))[:1]
    if run.status is not RunStatus.ERROR:
        failed = [step for step in failed if step_kind(step) is not StepKind.DOCS]
    return tuple(sorted(failed, key=lambda step: (max(StepKind.RESULTS, step_kind(step)), step.index)))


def _cut_off(run: Run) -> tuple[RunStep, ...]:
    unfinished = [step for step in run.steps if step.status is not RunStatus.SUCCESS]
    return tuple((unfinished or list(run.steps))[-1:])


def work_steps(run: Run) -> tuple[RunStep, ...]:
    """Return the steps that may have warned: first those whose log says so, then those whose log does not say.

    After them come the others, the longest first: what a run without trouble is remembered by.
    """
    asked = [step for step in run.steps if step_kind(step) in {StepKind.RESULTS, StepKind.FRESHNESS}]
    return tuple(sorted(asked, key=_likelihood))


def _likelihood(step: RunStep) -> tuple[int, bool, timedelta, int]:
    told = told_warnings(step)
    if told == 0:
        return 2, step_kind(step) is StepKind.FRESHNESS, -_length(step), step.index
    return 0 if told else 1, False, timedelta(), step.index


def told_warnings(step: RunStep) -> int | None:
    """Return how many warnings dbt's summary line counts; None where the log has no such line."""
    counts: Iterable[tuple[str, str]] = _WARNED.findall(step.log_tail)
    return max((int(core or fusion) for core, fusion in counts), default=None)


def _length(step: RunStep) -> timedelta:
    if step.started_at is None or step.finished_at is None:
        return timedelta()
    return step.finished_at - step.started_at
