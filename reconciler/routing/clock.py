"""Time as people write it: a day, a time of day and a zone come to one instant, in nights that change clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["instant", "local", "local_day"]

_SECOND: Final = timedelta(seconds=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=8192)
def instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant in UTC at which clocks in `zone` show that time on that day.

    A time that daylight saving skips is the next instant that exists; one that occurs twice, the first. What UTC cannot
    say, on the first day of all and on the last, is the nearest that it can.
    """
    wanted = datetime.combine(day, at.replace(fold=0))
    there = ZoneInfo(zone)
    try:
        found = wanted.replace(tzinfo=there).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST
    if _shown(found, there) == wanted:
        return found
    return _first_after_the_gap(wanted, there)


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    return local(at, zone).date()


def _first_after_the_gap(wanted: datetime, there: ZoneInfo) -> datetime:
    """Return the instant at which clocks jump over `wanted`.

    It lies between the two readings of a time that does not exist (PEP 495): with the offset after the jump, which is
    before it, and with the offset before the jump, which is after it. Zones change at whole seconds.
    """
    before = wanted.replace(tzinfo=there, fold=1).astimezone(UTC)
    after = wanted.replace(tzinfo=there, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if _shown(middle, there) < wanted:
            before = middle
        else:
            after = middle
    return after


def _shown(at: datetime, there: ZoneInfo) -> datetime:
    return at.astimezone(there).replace(tzinfo=None)
