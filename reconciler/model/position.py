"""A place in a file of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["NOWHERE", "Position"]


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
