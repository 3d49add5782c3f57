"""How a run is to end, and who may say so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import assert_never

from reconciler.sandbox.store import Store

__all__ = [
    "Outcome",
    "Status",
    "UnknownOutcome",
    "chosen_outcome",
    "default_outcome",
    "parse_outcome",
    "set_default_outcome",
    "status_after",
]


class Status(IntEnum):
    """dbt Cloud's run status codes (reference §5.2); compare codes, never words."""

    QUEUED = 1
    STARTING = 2
    RUNNING = 3
    SUCCESS = 10
    ERROR = 20
    CANCELLED = 30

    @property
    def is_complete(self) -> bool:
        """Whether the run has ended."""
        return self >= Status.SUCCESS


class Outcome(StrEnum):
    """The ends a sandbox run can be asked for."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    CANCEL = "cancel"
    TIMEOUT = "timeout"
    SLOW = "slow"


class UnknownOutcome(ValueError):
    """An outcome that the sandbox does not know was asked for."""

    def __init__(self, found: str) -> None:
        super().__init__(f"unknown outcome {found!r}; known: {', '.join(Outcome)}")


_MARKER = re.compile(r"--sandbox-outcome[ =](\w+)|\[sandbox:(\w+)\]")


def parse_outcome(text: str) -> Outcome:
    """Read an outcome's name; raises UnknownOutcome."""
    try:
        return Outcome(text.lower())
    except ValueError:
        raise UnknownOutcome(text) from None


def chosen_outcome(
    *, asked: Outcome | None, steps: Iterable[str], cause: str, default: Outcome | None, impossible: bool = False
) -> Outcome:
    """Decide how a run ends: the control call, a marker in the steps, one in the cause, a command that cannot work, the
    job's default, success.

    Markers: `dbt build --sandbox-outcome failure` in a step, `[sandbox:failure]` in the cause.
    A marker with an unknown name is ignored: the cause is free text that real clients choose.
    """
    marked = next(filter(None, map(_marked, (*steps, cause))), None)
    return asked or marked or (Outcome.FAILURE if impossible else default) or Outcome.SUCCESS


def status_after(outcome: Outcome) -> Status:
    """Tell how dbt Cloud records an end: warnings are a success, a timeout is a cancellation (reference §5.2)."""
    match outcome:
        case Outcome.SUCCESS | Outcome.WARNING | Outcome.SLOW:
            return Status.SUCCESS
        case Outcome.FAILURE:
            return Status.ERROR
        case Outcome.CANCEL | Outcome.TIMEOUT:
            return Status.CANCELLED
        case _:
            assert_never(outcome)


def default_outcome(store: Store, job_id: int) -> Outcome | None:
    """Read how this job's runs end when nobody says otherwise."""
    row = store.get("settings", f"outcome:{job_id}")
    return Outcome(row["outcome"]) if row else None


def set_default_outcome(store: Store, job_id: int, outcome: Outcome) -> None:
    """Decide how this job's runs end from now on; runs under way keep theirs."""
    store.put("settings", {"id": f"outcome:{job_id}", "outcome": outcome.value})


def _marked(text: str) -> Outcome | None:
    found = _MARKER.search(text)
    name = (found[1] or found[2]).lower() if found else ""
    return Outcome(name) if name in set(Outcome) else None
