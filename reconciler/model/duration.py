"""Lengths of time as text."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

__all__ = ["DURATION_UNITS", "duration_text", "exact_duration"]

DURATION_UNITS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
"""The units of the policy language, in seconds, the greatest first."""


def exact_duration(value: timedelta) -> str:
    """Write a length of time as the policy's canonical form has it: `1d12h`, and `0s` for none."""
    seconds = int(value.total_seconds())
    parts: list[str] = []
    for unit, size in DURATION_UNITS.items():
        count, seconds = divmod(seconds, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def duration_text(value: timedelta) -> str:
    """Write a length of time as people do, in the largest unit that divides it: 90m, 4h, 7d, and 24h rather than 1d."""
    seconds = int(value.total_seconds())
    for unit, size in DURATION_UNITS.items():
        if seconds % size == 0 and seconds >= (2 * size if unit == "d" else size):
            return f"{seconds // size}{unit}"
    return "0s"
