"""What became of a plan: every action with its state, and where the run stopped if it did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import ExitCode, worst
from reconciler.model.actions import Action
from reconciler.model.edge import Edge

__all__ = ["ActionResult", "ActionState", "ApplyReport", "Progress", "Stop", "StopReason"]


class ActionState(StrEnum):
    """DONE was verified by re-reading. WITHHELD had to wait for others; DEFERRED was not asked for in this run."""

    DONE = "done"
    FAILED = "failed"
    WITHHELD = "withheld"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    action: Action
    state: ActionState
    message: str = ""
    next_step: str = ""


class StopReason(StrEnum):
    """Why an apply ended before its end."""

    INTERRUPTED = "interrupted"
    FOREIGN_LOST = "foreign-lost"
    LEDGER = "ledger"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    reason: StopReason
    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of an apply, for whoever watches: `done` of `total` writes, and what is written now."""

    phase: str
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyReport:
    """Where an apply stands. `wrote` tells whether any write took effect, or may have.

    `foreign_lost` are edges of others that were there before a write of ours and not after it. `notes` are facts for
    people: what a revived row used to hold, a secret that stays unknown. `generation` is the ledger's, after the run.
    """

    results: tuple[ActionResult, ...] = ()
    blocked: int = 0
    foreign_lost: tuple[Edge, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: Stop | None = None
    wrote: bool = False
    generation: int = 0

    @property
    def done(self) -> tuple[ActionResult, ...]:
        return self._in(ActionState.DONE)

    @property
    def failed(self) -> tuple[ActionResult, ...]:
        return self._in(ActionState.FAILED)

    @property
    def withheld(self) -> tuple[ActionResult, ...]:
        return self._in(ActionState.WITHHELD)

    @property
    def deferred(self) -> tuple[ActionResult, ...]:
        return self._in(ActionState.DEFERRED)

    @property
    def exit_code(self) -> ExitCode:
        """6 if anything that should be done is left; 1 where nothing was written, or something foreign was lost."""
        undone = bool(self.failed or self.withheld or self.blocked)
        codes = [ExitCode.PARTLY] if undone else []
        if self.stopped is not None:
            codes.append(self._of_stop(self.stopped.reason))
        return worst(codes)

    def _of_stop(self, reason: StopReason) -> ExitCode:
        if reason is StopReason.INTERRUPTED:
            return ExitCode.INTERRUPTED
        if reason is StopReason.FOREIGN_LOST:
            return ExitCode.FAILURE
        return ExitCode.PARTLY if self.wrote else ExitCode.FAILURE

    def _in(self, state: ActionState) -> tuple[ActionResult, ...]:
        return tuple(result for result in self.results if result.state is state)
