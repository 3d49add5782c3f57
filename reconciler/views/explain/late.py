"""A job that is late on a day on which its SLA's calendar has no deadline: that does not happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.telling import Happening
from reconciler.routing.clock import local_day
from reconciler.routing.days import Days
from reconciler.routing.deadlines import deadlines
from reconciler.routing.effective import effective
from reconciler.routing.place import Placed

__all__ = ["NoDeadline", "no_deadline"]

_AHEAD: Final = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDeadline:
    """A day that does not count in the SLA's calendar. `next_due`: the next deadline, if one comes in two weeks."""

    day: date
    calendar: str
    next_due: datetime | None


def no_deadline(policy: Policy, placed: Placed, happening: Happening) -> NoDeadline | None:
    """Return why the job cannot be late then; None if it can, or if a length from before that day may end on it."""
    if happening.outcome is not Outcome.LATE or placed.rule is None or placed.rule.silent:
        return None
    values = effective(policy, placed.rule).values
    sla = values.sla
    if sla is None or sla.calendar is None or sla.max_duration is not None:
        return None
    zone, days = sla.timezone or values.timezone or policy.timezone, Days(policy)
    first = local_day(happening.at - happening.late_by - (sla.grace or timedelta()), zone)
    last = local_day(happening.at, zone)
    if next(days.counting(sla.calendar, first=first, last=last), None) is not None:
        return None
    coming = deadlines(policy, placed, after=happening.at, until=happening.at + _AHEAD, days=days)
    return NoDeadline(day=last, calendar=sla.calendar, next_due=coming[0].due if coming else None)
