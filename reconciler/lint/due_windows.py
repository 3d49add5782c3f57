"""The slots of `due` in a year as windows of UTC, and which of them a schedule leaves without a run.

A year has 365 slots and few shapes: daylight saving shifts the hours, the rest repeats. So a schedule is asked about
each shape once, and about each slot only on which day it falls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, TypeAlias

from reconciler.model.cron import Schedule
from reconciler.model.deadline import Deadline
from reconciler.routing.clock import instant, local_day

__all__ = ["DueWindows", "Missed"]

_ONE_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)

Offsets: TypeAlias = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
"""For each shape the days, counted from its midnight, on which a firing is in time, and those on which there is one."""


class _Shape(NamedTuple):
    """Minutes after the midnight of UTC before a slot begins: its begin, its end, and the end of its day."""

    begin: int
    end: int
    day_end: int


class Missed(NamedTuple):
    """The days on which no run comes in time, by what is wrong. Days are those of the zone, in their order."""

    late: Sequence[date]
    idle: Sequence[date]
    slots: int


class DueWindows:
    """The slots of one SLA. A run counts if it starts at or after `since` and before the time at which it is judged."""

    __slots__ = ("_count", "_first", "_known", "_last", "_shapes")

    def __init__(self, slots: Sequence[Deadline], zone: str) -> None:
        self._count = len(slots)
        self._shapes: defaultdict[_Shape, list[tuple[int, date]]] = defaultdict(list)
        self._known: dict[tuple[str, Offsets], Missed] = {}
        for slot in slots:
            day = local_day(slot.due, zone)
            midnight = datetime.combine(slot.since.astimezone(UTC).date(), time(), tzinfo=UTC)
            ends = (slot.since, slot.judged_at, instant(day + _ONE_DAY, time(), zone))
            shape = _Shape(*(-((midnight - end) // _MINUTE) for end in ends))
            self._shapes[shape].append((midnight.toordinal(), day))
        self._first = slots[0].since.date() if slots else date.min
        self._last = slots[-1].judged_at.date() if slots else date.min

    def missed(self, when: Schedule) -> Missed:
        """Return what even runs that take no time would miss: too late for it, or not running on its day at all."""
        offsets = tuple(
            (when.offsets_within(shape.begin, shape.end), when.offsets_within(shape.begin, shape.day_end))
            for shape in self._shapes
        )
        key = (when.day_part, offsets)
        if key not in self._known:
            self._known[key] = self._on_days(when, offsets)
        return self._known[key]

    def _on_days(self, when: Schedule, offsets: Offsets) -> Missed:
        late: list[date] = []
        idle: list[date] = []
        days = when.days_between(self._first, self._last + _ONE_DAY) if self._count else frozenset()
        for (in_time, that_day), found in zip(offsets, self._shapes.values(), strict=True):
            for midnight, day in found:
                if not any(midnight + offset in days for offset in in_time):
                    runs = any(midnight + offset in days for offset in that_day)
                    (late if runs else idle).append(day)
        return Missed(sorted(late), sorted(idle), self._count)
