"""Where something is wrong in a policy file, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconciler.model.edit import Edit

__all__ = ["NOWHERE", "Position", "Problem", "Severity"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file as the user knows it: path as given, line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE: Final = Position("", 0, 0)
"""The place of what stands in no file, and of two values that are compared wherever they stand."""


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
