"""Every error this tool raises on purpose.

    AlertsError                       exit
    ├── RuntimeFailure                  1   network, API, authentication
    │   ├── ApiError                    1   dbt Cloud answered, but not with what was asked for
    │   │   ├── AuthenticationError     1   401, or 403 for this account
    │   │   ├── NotFound                1   404: missing, or not permitted
    │   │   ├── Throttled               1   429 beyond the deadline
    │   │   └── UnexpectedAnswer        1   HTML, half a page, a shape nobody knows
    │   ├── TransportError              1   no answer: refused, reset, timed out
    │   │   └── InDoubt                 1   a write was sent, no answer came: it may have happened
    │   ├── DeadlineExceeded            1   the run took longer than it may
    │   └── LedgerError                 1   the ledger cannot be read or written
    ├── PolicyError                     3   what the files get wrong; carries every problem at once
    ├── Refused                         4   a guard, a protection, a conflict, a place that must not be used
    ├── StalePlan                       5   the saved plan is not what would happen now
    ├── UsageError                     64   the command line is wrong
    └── Interrupted                   130   Ctrl-C, between two writes

A bug is none of these: it is a Python exception and reaches the process edge as such.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.problem import Problem

__all__ = [
    "AlertsError",
    "ApiError",
    "AuthenticationError",
    "DeadlineExceeded",
    "ExitCode",
    "InDoubt",
    "Interrupted",
    "LedgerError",
    "NotFound",
    "PolicyError",
    "Refused",
    "RuntimeFailure",
    "StalePlan",
    "Throttled",
    "TransportError",
    "UnexpectedAnswer",
    "UsageError",
    "worst",
]


class ExitCode(IntEnum):
    """What a command tells its caller (design §7). The lower-cased name is the word that JSON output carries."""

    SUCCESS = 0
    FAILURE = 1
    DIFFERENCES = 2
    POLICY = 3
    REFUSED = 4
    STALE = 5
    PARTLY = 6
    USAGE = 64
    INTERRUPTED = 130

    @property
    def word(self) -> str:
        return self.name.lower()


_PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.FAILURE,
    ExitCode.POLICY,
    ExitCode.STALE,
    ExitCode.REFUSED,
    ExitCode.PARTLY,
    ExitCode.DIFFERENCES,
    ExitCode.SUCCESS,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the one code that a command with several results exits with; success for none."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.SUCCESS)


class AlertsError(Exception):
    """An error the user can act on: what happened, and the next step."""

    exit_code: ExitCode = ExitCode.FAILURE

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class RuntimeFailure(AlertsError):
    """The world did not play along: network, API, authentication, disk."""


class ApiError(RuntimeFailure):
    """dbt Cloud answered, but not with what was asked for."""

    def __init__(self, *, method: str, path: str, status: int, detail: str = "", next_step: str = "") -> None:
        said = f": {detail}" if detail else ""
        super().__init__(f"{method} {path} answered {status}{said}", next_step=next_step)
        self.method = method
        self.path = path
        self.status = status
        self.detail = detail


class AuthenticationError(ApiError):
    """401, or 403 because the token belongs to another account."""


class NotFound(ApiError):
    """404: the object is missing, or the token may not see it. dbt Cloud does not tell which (reference §1.7)."""


class Throttled(ApiError):
    """429 for longer than this run may take (reference §1.4: the account cools down for five minutes)."""


class UnexpectedAnswer(ApiError):
    """An answer that is not the API's: HTML, truncated JSON, a page shorter than it says, a shape nobody knows."""


class TransportError(RuntimeFailure):
    """No answer arrived."""


class InDoubt(TransportError):
    """A write was sent and no answer arrived: it may or may not have taken effect."""


class DeadlineExceeded(RuntimeFailure):
    """The run's total deadline passed."""


class LedgerError(RuntimeFailure):
    """The ledger cannot be read, written, or was changed by somebody else in between."""


class PolicyError(AlertsError):
    """What the policy files, or `what` else was given to be read, get wrong: every problem of every file at once.

    A warning that may be the cause stands among them, and is not counted.
    """

    exit_code = ExitCode.POLICY

    def __init__(self, problems: Sequence[Problem], *, what: str = "the policy") -> None:
        count = sum(problem.severity.value == "error" for problem in problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} in {what}")
        self.problems = tuple(problems)


class Refused(AlertsError):
    """Possible, but not allowed: a guard fired, an object is protected, two managers disagree."""

    exit_code = ExitCode.REFUSED


class StalePlan(AlertsError):
    """The saved plan is not what would happen now, or cannot be checked."""

    exit_code = ExitCode.STALE


class UsageError(AlertsError):
    """The command line is wrong."""

    exit_code = ExitCode.USAGE


class Interrupted(AlertsError):
    """The user stopped the run between two writes."""

    exit_code = ExitCode.INTERRUPTED
