"""A webhook that is being replaced by its like with a new secret, as the ledger keeps it: who comes, and who was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import ExitCode

__all__ = ["Retired", "RotationReport", "RotationState", "Successor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The webhook that is to take over. Without an id it was announced and perhaps made; with one, its secret is kept.

    `receipt` is what the sink confirmed.
    """

    id: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A webhook that was replaced, or that was to replace and did not prove itself. It is marked like its successor.

    `since` is when it was switched off, ISO 8601; empty as long as that is still to be done. `receipt` stands for its
    secret as long as that is in the sink.
    """

    id: str
    receipt: str | None = None
    since: str = ""


class RotationState(StrEnum):
    """How a rotation ended. FINISHED: an earlier one was at its last steps, and those were done."""

    ROTATED = "rotated"
    FINISHED = "finished"
    NOT_VERIFIED = "not-verified"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """What became of one webhook's secret. `id` is the webhook in use now, `former` those that were switched off.

    `status` is the receiver's answer to the last test delivery, 0 for none; None where none was sent. `retire_from` is
    the day from which on `purge` takes the former secret out of the sink; empty where it is out, or was never there.
    `message` and `next_step` say why it is not done.
    """

    key: str
    state: RotationState
    id: str = ""
    former: tuple[str, ...] = ()
    status: int | None = None
    receipt: str = ""
    retire_from: str = ""
    message: str = ""
    next_step: str = ""

    @property
    def exit_code(self) -> ExitCode:
        done = self.state in {RotationState.ROTATED, RotationState.FINISHED}
        return ExitCode.SUCCESS if done else ExitCode.PARTLY
