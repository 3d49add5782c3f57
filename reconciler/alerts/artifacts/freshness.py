"""What sources.json says of a source in one line: it has no message of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reconciler.alerts.remote import mapping, moment, seconds, text, whole

__all__ = ["freshness_message"]

_SECONDS: Final = {"day": 86_400, "hour": 3_600, "minute": 60}


def freshness_message(row: Mapping[str, Any]) -> str:
    """Say when the source was last loaded, and after how long it warns or fails; '' if the row knows none of it."""
    limits = mapping(row.get("criteria"))
    parts = [_loaded(row), _limit("warns", limits.get("warn_after")), _limit("fails", limits.get("error_after"))]
    return "; ".join(part for part in parts if part)


def _loaded(row: Mapping[str, Any]) -> str:
    at, age = moment(row.get("max_loaded_at")), seconds(row.get("max_loaded_at_time_ago_in_s"))
    if at is None:
        return ""
    ago = f", {_length(age)} before it was checked" if age is not None else ""
    return f"last loaded {at:%Y-%m-%d %H:%M} UTC{ago}"


def _limit(verb: str, limit: object) -> str:
    count, period = whole(mapping(limit).get("count")), text(mapping(limit).get("period"), most=10)
    return f"{verb} after {_counted(count, period)}" if count is not None and period in _SECONDS else ""


def _length(age: float) -> str:
    """Give the largest unit that fits, as a whole number: 259,209 s are 3 days."""
    for name, size in _SECONDS.items():
        if age >= size:
            return _counted(int(age // size), name)
    return _counted(int(age), "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
