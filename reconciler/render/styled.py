"""What every command prints: lines, each with the name of a style."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Styled"]


@dataclass(frozen=True, slots=True)
class Styled:
    """One line and how it may be coloured; the text says everything without its colour."""

    text: str
    style: str = ""
