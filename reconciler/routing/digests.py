"""When the next digest goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from reconciler.model.layers import Cycle, Digest
from reconciler.routing.clock import instant, local_day
from reconciler.routing.days import HORIZON, Days

__all__ = ["next_digest"]

_ONE_DAY: Final = timedelta(days=1)
_ONE_WEEK: Final = timedelta(days=7)


def next_digest(digest: Digest, after: datetime, *, zone: str, days: Days) -> datetime | None:
    """Return the first time after `after` at which the digest is sent; None if its calendar has no day.

    `zone` is used where the digest names none. A weekly digest whose day does not count is sent on the next that does:
    a holiday delays the report and does not cost a week.
    """
    zone = digest.timezone or zone
    for planned in _planned(digest, local_day(after, zone)):
        day = days.next_counting(digest.calendar, planned)
        if day is None:
            return None
        at = instant(day, digest.at, zone)
        if at > after:
            return at
    return None


def _planned(digest: Digest, today: date) -> Iterator[date]:
    """Yield the days on which a digest is planned: from today on, and the weekly one that may have moved to today."""
    if digest.every is Cycle.DAY:
        first, step = today, _ONE_DAY
    else:
        first, step = today - timedelta(days=(today.weekday() - digest.weekday) % 7), _ONE_WEEK
    for count in range(HORIZON // step):
        yield first + count * step
