"""Times and lengths of time as people read them in a message. English, whatever the machine's locale is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["ago", "clock", "happened", "lasted", "minutes", "moment"]

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_UNITS: Final = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"))


def lasted(length: timedelta) -> str:
    """Write a length of time in at most two units: `42 s`, `18 min`, `1 h 12 min`, `2 d 3 h`. Never negative."""
    seconds = max(0, round(length.total_seconds()))
    for size, unit, below, smaller in _UNITS:
        if seconds >= size:
            rest = seconds % size // below
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" + (f" {seconds % 60} s" if seconds < 600 and seconds % 60 else "")


def minutes(length: timedelta) -> int:
    """Return whole minutes, rounded up: who is told of a delay is never told of less than there is."""
    return -(-int(length.total_seconds()) // 60)


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago something was: `just now`, `4 min ago`, `in 20 min`."""
    passed = _between(at, now)
    if abs(passed) < timedelta(minutes=1):
        return "just now"
    if passed < timedelta():
        return f"in {_roughly(-passed)}"
    return f"{_roughly(passed)} ago"


def happened(at: datetime, now: datetime) -> str:
    """Say how long ago something was that did happen: two machines' clocks differ, and nothing finishes in the future.

    By up to five minutes that is `just now`; by more somebody's clock is wrong, which is said.
    """
    ahead = _between(now, at)
    if ahead < timedelta(minutes=1):
        return ago(at, now)
    return "just now" if ahead <= _CLOCKS_DIFFER else f"{_roughly(ahead)} ahead of this clock"


def _between(first: datetime, then: datetime) -> timedelta:
    """Return the time that passed: of two times in one zone Python subtracts what clocks show, also in a DST night."""
    return then.astimezone(UTC) - first.astimezone(UTC)


def _roughly(length: timedelta) -> str:
    whole = int(length.total_seconds()) // 60
    if whole < 60:
        return f"{whole} min"
    if whole < 24 * 60:
        return lasted(timedelta(minutes=whole))
    days = whole // (24 * 60)
    return f"{days} day{'s' if days > 1 else ''}"


def clock(at: datetime, zone: str) -> str:
    """Write the time of day there: `08:25 EST`."""
    return f"{_there(at, zone):%H:%M} {_abbreviation(at, zone)}"


def moment(at: datetime, zone: str) -> str:
    """Write a day and a time of day there: `Sat 3 Jan 2026, 08:25 EST`."""
    there = _there(at, zone)
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {there.year}, {clock(at, zone)}"


def _there(at: datetime, zone: str) -> datetime:
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(ZoneInfo("UTC"))


def _abbreviation(at: datetime, zone: str) -> str:
    """Return what people there call their time; a zone without letters is written by its distance from UTC."""
    name = _there(at, zone).tzname() or "UTC"
    return name if name[:1].isalpha() else f"UTC{name}"
