"""Office hours: is it open, and when does it open next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from reconciler.model.layers import OfficeHours
from reconciler.routing.clock import instant, local_day
from reconciler.routing.days import HORIZON, Days

__all__ = ["is_open", "opening"]

_ONE_DAY: Final = timedelta(days=1)
_REACH: Final = 2 * _ONE_DAY
"""Hours over midnight begin a day earlier, and a clock that is set back may show a day again."""


def is_open(hours: OfficeHours, at: datetime, *, zone: str, days: Days) -> bool:
    """Tell whether hours are open. The first instant belongs to them, the last does not.

    `zone` is used where the hours name none. Hours over midnight belong to the day on which they begin.
    """
    zone = hours.timezone or zone
    today = local_day(at, zone)
    began = days.counting(hours.calendar, first=today - _REACH, last=today + _ONE_DAY)
    return any(start <= at < end for start, end in (_span(hours, day, zone) for day in began))


def opening(hours: OfficeHours, at: datetime, *, zone: str, days: Days) -> datetime | None:
    """Return `at` itself while hours are open, else when they open next; None if their calendar has no day."""
    zone = hours.timezone or zone
    today = local_day(at, zone)
    day = days.next_counting(hours.calendar, today - _REACH)
    while day is not None and day <= today + HORIZON:
        start, end = _span(hours, day, zone)
        if start < end and at < end:
            return max(at, start)
        day = days.next_counting(hours.calendar, day + _ONE_DAY)
    return None


def _span(hours: OfficeHours, day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when the hours of that day begin and end; in a night that skips them whole they are empty."""
    last = day if hours.start < hours.end else day + _ONE_DAY
    return instant(day, hours.start, zone), instant(last, hours.end, zone)
