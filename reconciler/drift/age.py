"""Moments as dbt Cloud writes them, and how long ago they were, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["ago", "moment"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = (("year", 365 * 86_400), ("month", 30 * 86_400), ("day", 86_400), ("hour", 3600), ("minute", 60))


def moment(text: str | None) -> datetime | None:
    """Read ISO text, UTC without a zone, or epoch microseconds as text (reference §3.3); None for anything else."""
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit():
            return _EPOCH + timedelta(microseconds=int(text))
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago, in whole units: "3 days ago". What lies ahead, because two clocks differ, was just now."""
    seconds = (now - then).total_seconds()
    for unit, length in _UNITS:
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
