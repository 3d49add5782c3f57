"""When a cron expression fires. Schedules of dbt Cloud are in UTC, with five fields (reference §4.2).

An expression is remote text, and may be made to be slow: every answer here looks at days, never at single firings of
`* * * * *`, and at a bounded number of years.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cronsim import CronSim

__all__ = ["Schedule", "longest_gap_seconds", "schedule"]

_LONGEST_TEXT: Final = 1000
_FIELDS: Final = 5
_DAY_MINUTES: Final = 1440
_CYCLE: Final = range(2024, 2028)  # four years hold a leap day
_SAMPLE: Final = range(2024, 2105)  # 2100 is no leap year: eight years pass between two leap days
_ENOUGH_DAYS: Final = 400
_YEARS_SOUGHT: Final = 40  # the rarest day that an expression can name, the fifth Monday of February, comes every 28
_LAST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A cron expression that can fire. `times` are the minutes after midnight at which it does, on each of its days."""

    times: tuple[int, ...]
    day_part: str

    @property
    def per_day(self) -> int:
        """How often it fires on a day on which it fires at all."""
        return len(self.times)

    @property
    def average_per_day(self) -> float:
        """How often it fires a day, over four years."""
        days = sum(len(_days_of(self.day_part, year)) for year in _CYCLE)
        return days * self.per_day / (date(_CYCLE.stop, 1, 1) - date(_CYCLE.start, 1, 1)).days

    @property
    def more_than_daily(self) -> bool:
        """Whether it fires more than once a day, weekends and other days off counted in."""
        return self.per_day > 1 and self.average_per_day > 1

    @property
    def longest_gap(self) -> timedelta | None:
        """The longest pause between two firings; None where there are no two in this century."""
        between = _longest_days(self.day_part)
        within = max((after - before for before, after in pairwise(self.times)), default=0)
        overnight = between * _DAY_MINUTES + self.times[0] - self.times[-1]
        return timedelta(minutes=max(within, overnight)) if between else None

    def days_between(self, first: date, last: date) -> frozenset[int]:
        """Return at least the ordinals of the days of UTC on which it fires, from `first` to `last`."""
        return _ordinals(self.day_part, first.year, last.year)

    def offsets_within(self, start: int, end: int) -> tuple[int, ...]:
        """Return how many days after a midnight it must fire to fire from `start` until before `end`.

        Both are minutes after that midnight, and may lie days later: which days those are is asked of `days_between`.
        """
        first, last = start // _DAY_MINUTES, (end - 1) // _DAY_MINUTES
        return tuple(
            offset
            for offset in range(first, last + 1)
            if bisect_left(self.times, start - offset * _DAY_MINUTES)
            < bisect_left(self.times, end - offset * _DAY_MINUTES)
        )

    def fires_within(self, start: datetime, end: datetime) -> bool:
        """Tell whether it fires at or after `start` and before `end`."""
        return next(self.firings(start, end), None) is not None

    def firings(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the firings at or after `start` and before `end`, in their order."""
        begin, stop = start.astimezone(UTC), end.astimezone(UTC)
        for year in range(begin.year, stop.year + 1):
            days = _days_of(self.day_part, year)
            for day in days[bisect_left(days, begin.date()) : bisect_right(days, stop.date())]:
                yield from (at for at in self._on(day) if begin <= at < stop)

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first firing after that instant; None if there is none in 40 years."""
        then = at.astimezone(UTC)
        for year in range(then.year, min(then.year + _YEARS_SOUGHT, _LAST_YEAR) + 1):
            days = _days_of(self.day_part, year)
            for day in days[bisect_left(days, then.date()) :]:
                if self._on(day)[-1] > then:
                    return next(found for found in self._on(day) if found > then)
        return None

    def _on(self, day: date) -> list[datetime]:
        return [datetime.combine(day, time(*divmod(minute, 60)), tzinfo=UTC) for minute in self.times]


@lru_cache(maxsize=16384)
def schedule(cron: str) -> Schedule | None:
    """Return when a cron expression fires; None for what is none, or for one that never fires."""
    fields = cron.split()
    if len(cron) > _LONGEST_TEXT or len(fields) != _FIELDS:
        return None
    day_part = " ".join(fields[2:])
    parsed = _parsed(cron)
    if parsed is None or not _sampled_days(day_part):
        return None
    times = tuple(hour * 60 + minute for hour in sorted(parsed.hours) for minute in sorted(parsed.minutes))
    return Schedule(times=times, day_part=day_part)


def longest_gap_seconds(cron: str) -> int | None:
    """Return the longest pause between two firings; None for no cron expression, or none that fires twice."""
    found = schedule(cron)
    gap = found.longest_gap if found else None
    return None if gap is None else int(gap.total_seconds())


def _parsed(cron: str) -> CronSim | None:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - most policies ask of no schedule

    try:
        return CronSim(cron, datetime(_SAMPLE.start, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError):  # ValueError: a number of thousands of digits
        return None


@lru_cache(maxsize=4096)
def _day_matcher(day_part: str) -> CronSim | None:
    return _parsed(f"0 0 {day_part}")


@lru_cache(maxsize=16384)
def _days_of(day_part: str, year: int) -> tuple[date, ...]:
    """Return the days of a year on which an expression with these last three fields fires."""
    matcher = _day_matcher(day_part)
    if matcher is None:
        return ()
    first = date(year, 1, 1).toordinal()
    days = map(date.fromordinal, range(first, date(year, 12, 31).toordinal() + 1))
    return tuple(day for day in days if day.month in matcher.months and matcher.match_day(day))


@lru_cache(maxsize=4096)
def _ordinals(day_part: str, first: int, last: int) -> frozenset[int]:
    return frozenset(day.toordinal() for year in range(first, last + 1) for day in _days_of(day_part, year))


@lru_cache(maxsize=4096)
def _sampled_days(day_part: str) -> tuple[date, ...]:
    """Return the days of so many years that a longer pause does not come, or those of the century."""
    found: list[date] = []
    for year in _SAMPLE:
        found += _days_of(day_part, year)
        if len(found) >= _ENOUGH_DAYS:
            break
    return tuple(found)


@lru_cache(maxsize=4096)
def _longest_days(day_part: str) -> int:
    """Return the longest pause between days of firing; 0 where there are no two."""
    return max(((after - before).days for before, after in pairwise(_sampled_days(day_part))), default=0)
