"""Everything that can be found out about a run, in few calls: the run, the step that matters, its artifacts, its past.

A failure costs four calls: run, results, manifest, earlier runs. Nothing waits: what is not there yet is said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from reconciler.alerts.artifacts.manifest import MANIFEST, ManifestRead, read_manifest
from reconciler.alerts.artifacts.results import RUN_RESULTS, SOURCES, ResultsRead, read_results
from reconciler.cloud.runs import MAX_ARTIFACT_BYTES, RunReader
from reconciler.cloud.step_choice import StepKind, ended, failed_steps, step_kind, told_warnings, work_steps
from reconciler.errors import NotFound, RuntimeFailure
from reconciler.model.run import NodeResult, NodeStatus, PastRun, Run, RunFacts, RunStatus, RunStep
from reconciler.model.telling import NodeKind

__all__ = ["MAX_RESULTS_BYTES", "run_facts"]

T = TypeVar("T")
_USUAL_PAST: Final = 20
_LONG_PAST: Final = 99
"""What dbt Cloud shows on one page, beside the run itself."""

MAX_RESULTS_BYTES: Final = 128 * 1024 * 1024
_MOST_LOOKS: Final = 4
"""How many steps are asked for results before a run without a failed step counts as one without trouble."""
_CLOCKS_APART: Final = timedelta(seconds=2)
_LOOKED_UP: Final = frozenset({NodeStatus.FAILED, NodeStatus.ERROR, NodeStatus.WARNED, NodeStatus.SKIPPED})


def run_facts(reader: RunReader, run_id: int, *, scratch: Path) -> RunFacts:
    """Return what is known of a run. Raises only where the run itself cannot be read.

    Artifacts pass through files in the folder `scratch`, which have no name and are gone with the call.
    """
    run = reader.run(run_id)
    look = _Look(reader=reader, run=run, scratch=scratch)
    step, read = look.chosen()
    manifest = look.manifest(step, read)
    past = look.past()
    return RunFacts(
        run=run,
        step=step,
        results=read.results,
        nodes=manifest.nodes,
        below=manifest.below,
        past=past,
        missing=tuple(dict.fromkeys(look.missing)),
        elapsed=run.finished_at - run.started_at if run.started_at and run.finished_at else None,
    )


_Found = tuple[RunStep | None, ResultsRead]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at one run; `missing` grows by what could not be found."""

    reader: RunReader
    run: Run
    scratch: Path
    missing: list[str] = field(default_factory=list)

    def chosen(self) -> _Found:
        """Return the step that matters, and its results as far as they are there."""
        if not ended(self.run):
            self.missing.append("the run has not ended: it has no results yet")
            return (self.run.steps[-1] if self.run.steps else None), ResultsRead()
        if not self.run.steps and self.run.started_at is not None:
            self.missing.append("the run's steps are not known: results are those of its last one")
            return None, self._results(None)
        failed = failed_steps(self.run)
        if failed:
            return failed[0], self._of_failed(failed[0])
        return self._warned()

    def _of_failed(self, step: RunStep) -> ResultsRead:
        """Read what failed. Where no row says so, or none says why, the end of the step's log is all there is."""
        if step_kind(step) is StepKind.NOTHING:
            self.missing.append(f"step {step.index} leaves no results: {_log_of(step)}")
            return ResultsRead()
        read = _with_log(self._results(step), step)
        bad = [result for result in read.results if result.status.bad]
        if not bad and self.run.status is not RunStatus.CANCELLED:
            self.missing.append(f"no result of step {step.index} names what failed: {_log_of(step)}")
        elif bad and not any(result.message for result in bad):
            self.missing.append(f"no result of step {step.index} says its error: {_log_of(step)}")
        return read

    def _warned(self) -> _Found:
        """Look for the step that warned; a run without trouble is remembered by its longest step."""
        steps = work_steps(self.run)[:_MOST_LOOKS]
        first: _Found | None = None
        for step in steps:
            if first is not None and told_warnings(step) == 0:
                break
            read = self._results(step)
            if any(result.status.bad or result.status is NodeStatus.WARNED for result in read.results):
                self._tell_of_others(step)
                return step, read
            if first is None or not first[1].results:
                first = step, read
        return first or (None, ResultsRead())

    def _tell_of_others(self, step: RunStep) -> None:
        others = [each.index for each in work_steps(self.run) if each is not step and told_warnings(each)]
        self.missing.extend(f"step {index} warned too: its results were not read" for index in sorted(others))

    def _results(self, step: RunStep | None) -> ResultsRead:
        freshness = step is not None and step_kind(step) is StepKind.FRESHNESS
        name = SOURCES if freshness else RUN_RESULTS
        read = self._artifact(name, step, lambda file: read_results(file, name), most=MAX_RESULTS_BYTES)
        if read is None:
            return ResultsRead()
        if step is not None and _of_an_earlier_step(read, step):
            self.missing.append(f"{name} is of an earlier step: step {step.index} ended before it wrote its own")
            return ResultsRead()
        self.missing.extend(read.missing)
        return read

    def manifest(self, step: RunStep | None, read: ResultsRead) -> ManifestRead:
        """Read what stands around the trouble; where there is none, nothing is asked for."""
        if not any(result.status in _LOOKED_UP for result in read.results):
            return ManifestRead()
        found = self._artifact(MANIFEST, step, lambda file: read_manifest(file, read.results), most=MAX_ARTIFACT_BYTES)
        self.missing.extend(found.missing if found else ())
        return found or ManifestRead()

    def past(self) -> tuple[PastRun, ...]:
        """Return the job's earlier runs, newest first: more of them where no good one is among the last, so that a long
        row of failures is known by its first.
        """
        try:
            found = self._earlier(_USUAL_PAST)
            row = len(found) == _USUAL_PAST and all(each.status is not RunStatus.SUCCESS for each in found)
            return self._earlier(_LONG_PAST) if row else found
        except RuntimeFailure as error:
            self.missing.append(f"earlier runs could not be read: {error.message}")
            return ()

    def _earlier(self, limit: int) -> tuple[PastRun, ...]:
        return self.reader.recent(self.run.job_id, limit=limit, before=self.run.id, until=self.run.created_at)

    def _artifact(self, name: str, step: RunStep | None, read: Callable[[BinaryIO], T], *, most: int) -> T | None:
        """Fetch one file and read it; say why not."""
        what = name if step is None else f"{name} of step {step.index}"
        try:
            with tempfile.TemporaryFile(dir=self.scratch) as file:
                self.reader.artifact(self.run.id, name, file, step=step.index if step else None, most=most)
                return read(file)
        except NotFound:
            self.missing.append(f"{what} is not there: dbt Cloud may save it up to a minute after the end of a run")
        except RuntimeFailure as error:
            self.missing.append(f"{what} could not be read: {error.message}")
        except OSError as error:
            self.missing.append(f"{what} could not be kept while it was read: {error.strerror or error}")
        return None


def _of_an_earlier_step(read: ResultsRead, step: RunStep) -> bool:
    """Tell whether the file was there before the step began: target/ outlives a step that stops before it writes."""
    written, began = read.generated_at, step.started_at
    return written is not None and began is not None and written < began - _CLOCKS_APART


def _with_log(read: ResultsRead, step: RunStep) -> ResultsRead:
    """Give the step's log to a run-operation or hook that failed without a message: dbt writes none for them."""

    def spoken(result: NodeResult) -> NodeResult:
        silent = result.status.bad and not result.message and result.kind is NodeKind.INFRASTRUCTURE
        return replace(result, message=step.log_tail) if silent else result

    return replace(read, results=tuple(spoken(result) for result in read.results))


def _log_of(step: RunStep) -> str:
    return "the end of its log says why" if step.log_tail else "and it has no log"
