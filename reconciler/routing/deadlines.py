"""Deadlines: armed by the policy, each due in its own zone and calendar, and judged by the runs that there were.

A time that daylight saving skips is due at the next instant that exists; one that occurs twice, at the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from reconciler.model.deadline import Deadline, Missed, RunFacts
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy, Sla
from reconciler.model.telling import Cause, Happening
from reconciler.routing.clock import instant, local, local_day
from reconciler.routing.days import Days
from reconciler.routing.effective import effective
from reconciler.routing.place import Placed

__all__ = ["deadlines", "late_from_runs", "met"]

_ONE_DAY: Final = timedelta(days=1)
_FIRST_MONDAY: Final = datetime(1, 1, 1)  # noqa: DTZ001 - as clocks on the wall show it, in any zone
_PART: Final = re.compile(r"([0-9]+)([wdhms])")
_LENGTHS: Final = {
    "w": timedelta(weeks=1),
    "d": _ONE_DAY,
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def deadlines(
    policy: Policy, placed: Placed, *, after: datetime, until: datetime, days: Days | None = None
) -> tuple[Deadline, ...]:
    """Return the slots of `due` and `every` that are judged after `after` and not after `until`, in that order.

    A job without a rule, or declared silent, has none. A muted one has them: they are recorded.
    """
    terms = _terms(policy, placed, days)
    if terms is None:
        return ()
    return _in_order(terms.slots(after, until), after=after, until=until)


def met(deadline: Deadline, runs: Iterable[RunFacts]) -> bool:
    """Tell whether a slot is met: by a successful run from `since` on that finished in time."""
    return any(
        run.succeeded
        and run.finished is not None
        and run.started >= deadline.since
        and run.finished <= deadline.judged_at
        for run in runs
    )


def late_from_runs(
    policy: Policy,
    placed: Placed,
    runs: Sequence[RunFacts],
    *,
    armed_since: datetime,
    after: datetime,
    now: datetime,
    days: Days | None = None,
) -> tuple[Missed, ...]:
    """Return every deadline that was missed after `after`, the last look, and not after `now`.

    `runs` are those that may matter: all that started in the longest of the SLA's lengths before `after`, and since.
    `armed_since` is since when the policy asks for it: from then `stale_after` counts where no success is known, so
    that a job that never ran is noticed.
    """
    terms = _terms(policy, placed, days)
    if terms is None:
        return ()
    known = [run for run in runs if run.started <= now]
    missed = [slot for slot in terms.slots(after, now) if not met(slot, known)]
    missed.extend(terms.stale(known, armed_since))
    missed.extend(terms.too_long(known))
    return tuple(
        Missed(
            deadline=each,
            happening=Happening(outcome=Outcome.LATE, at=now, cause=_cause(each, placed), late_by=now - each.due),
        )
        for each in _in_order(missed, after=after, until=now)
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """An SLA of one job, with the zone and the days that it is read in."""

    sla: Sla
    job_id: int
    zone: str
    days: Days

    @property
    def grace(self) -> timedelta:
        return self.sla.grace or timedelta()

    def slots(self, after: datetime, until: datetime) -> Iterator[Deadline]:
        """Yield at least the slots that are judged in that time."""
        first = after - self.grace
        if self.sla.due is not None:
            yield from self._daily(time.fromisoformat(self.sla.due), first, until)
        if self.sla.every is not None:
            yield from self._every(self.sla.every, first, until)

    def stale(self, runs: Iterable[RunFacts], armed_since: datetime) -> Iterator[Deadline]:
        """Yield where a success grew older than `stale_after` before the next. Days that do not count age nothing.

        A success before `armed_since` ages from when it was, unless it was too old by then.
        """
        age = self.sla.stale_after
        if age is None:
            return
        ends = sorted(run.finished for run in runs if run.succeeded and run.finished)
        before = (end for end in ends if end < armed_since and self._lasts(end, age, until=armed_since))
        since = [end for end in ends if end >= armed_since]
        for success, following in zip([max(before, default=armed_since), *since], [*since, None], strict=True):
            due = self._aged(success, age)
            if due is not None and (following is None or following > due + self.grace):
                yield self._deadline(Cause.STALE, since=success, due=due)

    def _lasts(self, success: datetime, age: timedelta, *, until: datetime) -> bool:
        due = self._aged(success, age)
        return due is None or due + self.grace > until

    def too_long(self, runs: Iterable[RunFacts]) -> Iterator[Deadline]:
        """Yield the runs that took longer than `max_duration`, those that go on too."""
        if self.sla.max_duration is None:
            return
        for run in runs:
            due = run.started + self.sla.max_duration
            if (run.finished is None or run.finished > due + self.grace) and self._counts(run.started):
                yield self._deadline(Cause.TOO_LONG, since=run.started, due=due)

    def _daily(self, due: time, first: datetime, last: datetime) -> Iterator[Deadline]:
        begin, end = local_day(first, self.zone) - _ONE_DAY, local_day(last, self.zone) + _ONE_DAY
        for day in self.days.counting(self.sla.calendar, first=begin, last=end):
            yield self._deadline(Cause.DUE, since=self._since(day, due), due=instant(day, due, self.zone))

    def _since(self, day: date, due: time) -> datetime:
        """Return from when a run counts: a length before the due day begins, or a time of day before `due`."""
        said = self.sla.since or "00:00"
        if said.startswith("-"):
            return instant(day, time(), self.zone) - sum(
                (int(count) * _LENGTHS[unit] for count, unit in _PART.findall(said)), start=timedelta()
            )
        start = time.fromisoformat(said)
        return instant(day if start < due or start == time() else day - _ONE_DAY, start, self.zone)

    def _every(self, every: timedelta, first: datetime, last: datetime) -> Iterator[Deadline]:
        """Yield slots end to end, by the clocks of the zone and counted from a Monday's midnight.

        So 1h is each hour, 1d each day and 7d each week, whenever the policy was applied. A slot counts if one of the
        days that it touches does.
        """
        number = (local(first, self.zone).replace(tzinfo=None) - _FIRST_MONDAY) // every - 1
        begin, since = self._mark(number * every)
        while since <= last:
            number += 1
            end, due = self._mark(number * every)
            counts = self.days.counting(
                self.sla.calendar, first=begin.date(), last=(end - timedelta(microseconds=1)).date()
            )
            if since < due and next(counts, None) is not None:
                yield self._deadline(Cause.EVERY, since=since, due=due)
            begin, since = end, due

    def _mark(self, length: timedelta) -> tuple[datetime, datetime]:
        shown = _FIRST_MONDAY + length
        return shown, instant(shown.date(), shown.time(), self.zone)

    def _aged(self, since: datetime, age: timedelta) -> datetime | None:
        """Return when `since` is of that age, on days that count; None if too few of them come."""
        if self.sla.calendar is None:
            return since + age
        day = local_day(since, self.zone)
        while (counting := self.days.next_counting(self.sla.calendar, day)) is not None:
            begin = max(since, instant(counting, time(), self.zone))
            day = counting + _ONE_DAY
            end = instant(day, time(), self.zone)
            if begin + age <= end:
                return begin + age
            age -= end - begin
        return None

    def _counts(self, at: datetime) -> bool:
        return self.days.counts(self.sla.calendar, local_day(at, self.zone))

    def _deadline(self, cause: Cause, *, since: datetime, due: datetime) -> Deadline:
        return Deadline(
            job_id=self.job_id,
            cause=cause,
            since=since,
            due=due,
            judged_at=due + self.grace,
            at=self.sla.at,
            name=self.sla.name or "",
        )


def _terms(policy: Policy, placed: Placed, days: Days | None) -> _Terms | None:
    if placed.rule is None or placed.rule.silent:
        return None
    values = effective(policy, placed.rule).values
    if values.sla is None:
        return None
    return _Terms(
        sla=values.sla,
        job_id=placed.job.id,
        zone=values.sla.timezone or values.timezone or policy.timezone,
        days=Days(policy) if days is None else days,
    )


def _in_order(found: Iterable[Deadline], *, after: datetime, until: datetime) -> tuple[Deadline, ...]:
    within = [each for each in found if after < each.judged_at <= until]
    return tuple(sorted(within, key=lambda each: (each.judged_at, each.cause, each.since)))


def _cause(deadline: Deadline, placed: Placed) -> Cause:
    """Return why it was missed. A run of a deactivated job may still take too long."""
    if placed.job.deactivated and deadline.cause is not Cause.TOO_LONG:
        return Cause.DEACTIVATED
    return deadline.cause
