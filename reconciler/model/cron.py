"""How often a cron expression fires. Schedules of dbt Cloud are in UTC (reference §4.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice, pairwise

from cronsim import CronSim, CronSimError

__all__ = ["longest_gap_seconds"]

_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)
_SAMPLES = 400


@lru_cache(maxsize=4096)
def longest_gap_seconds(cron: str) -> int | None:
    """Return the longest pause between two of the next 400 firings; None for no cron expression, or none that fires."""
    try:
        times = list(islice(CronSim(cron, _ANCHOR), _SAMPLES))
    except (CronSimError, OverflowError):  # the next firing may lie beyond the last year of the calendar
        return None
    return max((int((after - before).total_seconds()) for before, after in pairwise(times)), default=None)
