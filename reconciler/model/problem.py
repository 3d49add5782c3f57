"""Where something is wrong in a policy file, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.edit import Edit
from reconciler.model.position import NOWHERE, Position

__all__ = ["NOWHERE", "Position", "Problem", "Severity"]


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding in the policy's text: `found` and `expected` quote the file, `fix` says what to type instead.

    `edits` type it, where one answer is certain: `lint --fix` and `migrate` carry them out.
    """

    at: Position
    message: str
    found: str = ""
    expected: str = ""
    fix: str = ""
    severity: Severity = Severity.ERROR
    also_at: tuple[Position, ...] = ()
    edits: tuple[Edit, ...] = ()
