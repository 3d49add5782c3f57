"""Webhooks that were ours and are off: which of them may be destroyed, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import ExitCode, worst

__all__ = ["PurgeReport", "PurgeState", "Purged", "Tombstone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A webhook that the ledger holds as switched off for good: dropped from the policy, or replaced by a rotation.

    `since` is when, ISO 8601. `receipt` stands for its secret as long as that is in a sink; `replaced` tells that the
    key's webhook lives on, so that the sink is still its own.
    """

    key: str
    id: str
    since: str
    receipt: str | None
    replaced: bool


class PurgeState(StrEnum):
    """READY is what a run without consent shows. GONE was deleted by somebody else. YOUNG waits for its day."""

    READY = "ready"
    YOUNG = "young"
    REFUSED = "refused"
    PURGED = "purged"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    tombstone: Tombstone
    state: PurgeState
    message: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeReport:
    items: tuple[Purged, ...] = ()

    def of(self, *states: PurgeState) -> tuple[Purged, ...]:
        return tuple(item for item in self.items if item.state in states)

    @property
    def exit_code(self) -> ExitCode:
        """4 where one was refused, 6 where one failed; one that is too young is neither."""
        codes = {PurgeState.REFUSED: ExitCode.REFUSED, PurgeState.FAILED: ExitCode.PARTLY}
        return worst(codes.get(item.state, ExitCode.SUCCESS) for item in self.items)
