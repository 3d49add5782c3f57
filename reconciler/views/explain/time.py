"""What people write as a time, and the instant that it is: in the policy's zone unless it says its own offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["BadTimeError", "instant"]

_FORM: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2999
"""Between them every zone has an offset, and every escalation ends before the calendar does."""


class BadTimeError(ValueError):
    """A text that is no time. `expected` and `fix` say what would be one."""

    def __init__(self, message: str, *, expected: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.fix = fix


def instant(text: str, zone: str) -> datetime:
    """Return the instant in UTC. A local time that occurs twice is the first.

    Raises BadTimeError for what is no time, and for one that daylight saving skips: who names such a one has
    miscounted, and what would be told then is no answer to anything.
    """
    found = _parsed(text)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    there = found.replace(tzinfo=ZoneInfo(zone))
    meant = there.astimezone(UTC)
    shown = meant.astimezone(ZoneInfo(zone))
    if shown.replace(tzinfo=None) != found:
        raise BadTimeError(
            "this time does not exist",
            expected=f"a time that clocks in {zone} show on that day",
            fix=f"the clocks go forward: write `{shown:%Y-%m-%dT%H:%M}`, or another time",
        )
    return meant


def _parsed(text: str) -> datetime:
    try:
        if _FORM.fullmatch(text):
            found = datetime.fromisoformat(text)
            if _FIRST_YEAR <= found.year <= _LAST_YEAR:
                return found
    except (ValueError, OverflowError):
        pass
    raise BadTimeError(
        "this is not a time",
        expected="YYYY-MM-DDTHH:MM, in the policy's zone or with an offset",
        fix="write it like `2026-01-03T03:00`, or `2026-01-03T03:00+01:00`",
    )
