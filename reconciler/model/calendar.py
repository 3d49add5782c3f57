"""A calendar as the policy declares it: which days count. What that means for a day is `routing/days.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from reconciler.model.problem import NOWHERE, Position

__all__ = ["WEEKDAYS", "Calendar"]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The words of the language, in the order in which Python counts days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days of the week (Monday = 0) that count, without the public holidays of a country or of a region of it."""

    name: str
    at: Position
    country: str | None = None
    subdivision: str | None = None
    weekdays: frozenset[int] = frozenset(range(7))
    country_at: Position = field(default=NOWHERE, compare=False)
    subdivision_at: Position = field(default=NOWHERE, compare=False)
