"""A deadline that no schedule can keep is missed every time, and people learn that "late" means nothing.

dbt Cloud's schedules are in UTC, a deadline is in the zone of the people who wait. Between the two lie a time zone, two
changes of clocks a year, weekends and holidays. A job that starts at 12:00 UTC meets a deadline of 07:30 in New York in
winter, and misses it each day from March to November. So the rule puts runs that take no time at all and always succeed
against the deadlines of the coming year, and reports what even they would miss:

- `due` before the schedule's run, also if only while daylight saving lasts;
- days on which `due` holds and nothing runs: give the `sla` the calendar of the job's days;
- `due` on a job that runs more than daily: one success in the morning meets it for the whole day. `every` or
  `stale_after` is what is meant;
- `every` or `stale_after` shorter than the pauses of the schedule.

Jobs that only people or other tools start, and those that are switched off, are not judged. Offline the rule finds only
a `due` on jobs that are selected by `schedule: {at_least: hourly}`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from reconciler.lint.due_windows import DueWindows
from reconciler.lint.effects import effects
from reconciler.lint.job_words import jobs_text, times
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import rule_subject
from reconciler.model.cron import Schedule, schedule
from reconciler.model.deadline import Deadline, RunFacts
from reconciler.model.duration import exact_duration
from reconciler.model.inventory import Job
from reconciler.model.layers import Sla
from reconciler.model.lint import LintLevel
from reconciler.model.policy import JobRule, Policy
from reconciler.model.problem import NOWHERE, Position
from reconciler.model.selector import Frequency
from reconciler.routing.days import Days
from reconciler.routing.deadlines import deadlines, late_from_runs
from reconciler.routing.effective import Effective, LayerName
from reconciler.routing.place import Placed

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_YEAR: Final = timedelta(days=365)
_ONE_DAY: Final = timedelta(days=1)
_WEEKS: Final = timedelta(weeks=9)  # what repeats does so within these
_SLOTS: Final = 1000
_RUNS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """What is wrong with one SLA on one schedule. `kind` is the word of the subject."""

    kind: str
    says: str
    expected: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One SLA, the zone it is read in, and a rule that has it."""

    sla: Sla
    zone: str
    rule: JobRule
    subject: str


def _judge(looked: Looked) -> Iterator[Found]:
    survey = looked.survey
    if survey is None:
        yield from _offline(looked.policy)
        return
    judge = _Judge(looked.policy, looked.today)
    found: defaultdict[tuple[Position, str, _Trouble], list[Job]] = defaultdict(list)
    for asked, job, when in _scheduled(looked.policy, survey):
        for trouble in judge.troubles(asked, job, when):
            found[asked.sla.at, asked.subject, trouble].append(job)
    for (at, subject, trouble), jobs in found.items():
        yield _found(at, subject, trouble, f"{jobs_text(jobs)}: {trouble.says}")


def _offline(policy: Policy) -> Iterator[Found]:
    results = effects(policy)
    for rule in policy.jobs:
        if rule.match.at_least is not Frequency.HOURLY or rule.silent:
            continue
        found = results.get(rule.at)
        sla = found.values.sla if found is not None else None
        if found is not None and sla is not None and sla.due is not None:
            trouble = _too_frequent(sla, "its jobs run at least hourly")
            yield _found(sla.at, _subject(rule, found), trouble, trouble.says)


def _found(at: Position, subject: str, trouble: _Trouble, message: str) -> Found:
    return Found(
        at=at, subject=f"{subject}: {trouble.kind}", message=message, expected=trouble.expected, fix=trouble.fix
    )


def _scheduled(policy: Policy, survey: Survey) -> Iterator[tuple[_Asked, Job, Schedule]]:
    """Yield every job that a schedule runs and that has an SLA."""
    results = effects(policy)
    for rule, job_ids in survey.ownership.jobs:
        found = results.get(rule.at)
        sla = found.values.sla if found is not None and not found.silent else None
        if found is None or sla is None:
            continue
        zone = sla.timezone or found.values.timezone or policy.timezone
        asked = _Asked(sla=sla, zone=zone, rule=rule, subject=_subject(rule, found))
        for job in map(survey.inventory.jobs.__getitem__, job_ids):
            when = schedule(job.cron) if job.scheduled and not job.deactivated else None
            if when is not None:
                yield asked, job, when


def _subject(rule: JobRule, found: Effective) -> str:
    source = found.sources["sla"]
    if source.layer is LayerName.RULE:
        return f"sla of {rule_subject(rule)}"
    return f"sla of {source.layer} {source.name}".rstrip()


class _Judge:
    """Judges SLAs against schedules; the same SLA on the same schedule is judged once."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._policy = policy
        self._days = Days(policy)
        self._now = datetime.combine(today, time(), tzinfo=UTC)
        self._known: dict[tuple[Sla, str, Schedule], tuple[_Trouble, ...]] = {}
        self._windows: dict[tuple[Sla, str], DueWindows] = {}
        self._slots: dict[tuple[Sla, str], Sequence[Deadline]] = {}

    def troubles(self, asked: _Asked, job: Job, when: Schedule) -> tuple[_Trouble, ...]:
        key = (replace(asked.sla, at=NOWHERE, name=None, tier=None), asked.zone, when)
        if key not in self._known:
            self._known[key] = tuple(self._judged(asked, job, when))
        return self._known[key]

    def _judged(self, asked: _Asked, job: Job, when: Schedule) -> Iterator[_Trouble]:
        sla = asked.sla
        if sla.due is not None and when.more_than_daily:
            yield _too_frequent(sla, f"its schedule runs it {times(when.average_per_day)} times a day")
        elif sla.due is not None:
            missed = self._due(asked, job).missed(when)
            if missed.late:
                yield _too_early(asked, job, _on_days(missed.late, missed.slots))
            if missed.idle:
                yield _without_run(asked, job, _on_days(missed.idle, missed.slots))
        if sla.every is not None and self._misses_every(asked, job, when, sla.every):
            yield _pauses("every", sla.every, sla, job, when)
        if sla.stale_after is not None and self._goes_stale(asked, job, when, sla.stale_after):
            yield _pauses("stale_after", sla.stale_after, sla, job, when)

    def _due(self, asked: _Asked, job: Job) -> DueWindows:
        due = Sla(
            at=NOWHERE, due=asked.sla.due, since=asked.sla.since, grace=asked.sla.grace, calendar=asked.sla.calendar
        )
        key = (due, asked.zone)
        if key not in self._windows:
            placed = _placed(asked, job, replace(due, timezone=asked.zone))
            slots = deadlines(self._policy, placed, after=self._now, until=self._now + _YEAR, days=self._days)
            self._windows[key] = DueWindows(slots, asked.zone)
        return self._windows[key]

    # --- every, stale_after ------------------------------------------------------------------------------------------
    def _misses_every(self, asked: _Asked, job: Job, when: Schedule, every: timedelta) -> bool:
        """Tell whether a slot of the coming weeks has no run in it."""
        gap = when.longest_gap
        if gap is not None and gap <= every:
            return False
        return any(not when.fires_within(slot.since, slot.judged_at) for slot in self._every(asked, job, every))

    def _every(self, asked: _Asked, job: Job, every: timedelta) -> Sequence[Deadline]:
        part = Sla(at=NOWHERE, every=every, grace=asked.sla.grace, calendar=asked.sla.calendar)
        key = (part, asked.zone)
        if key not in self._slots:
            ahead = min(_YEAR, max(_WEEKS, 3 * every), every * _SLOTS)
            placed = _placed(asked, job, replace(part, timezone=asked.zone))
            slots = deadlines(self._policy, placed, after=self._now, until=self._now + ahead, days=self._days)
            self._slots[key] = [slot for slot in slots if slot.since >= self._now]
        return self._slots[key]

    def _goes_stale(self, asked: _Asked, job: Job, when: Schedule, age: timedelta) -> bool:
        """Tell whether a success is too old before the next one; days that do not count age nothing."""
        gap = when.longest_gap
        if gap is None or gap <= age + (asked.sla.grace or timedelta()):
            return False
        if asked.sla.calendar is None:
            return True
        firings = _coming(when, self._now)
        runs = [RunFacts(started=at, finished=at, succeeded=True) for at in firings]
        placed = _placed(asked, job, replace(asked.sla, due=None, every=None, max_duration=None))
        first, last = firings[0], firings[-1]
        return bool(
            late_from_runs(self._policy, placed, runs, armed_since=first, after=first, now=last, days=self._days)
        )


def _coming(when: Schedule, now: datetime) -> Sequence[datetime]:
    """Return the firings of some weeks; those of the year where that is only one or none."""
    weeks = list(islice(when.firings(now, now + _WEEKS), _RUNS))
    return weeks if len(weeks) > 1 else [*when.firings(now, now + _YEAR)] or [now]


def _placed(asked: _Asked, job: Job, part: Sla) -> Placed:
    """Return the job under a part of its SLA."""
    return Placed(job=job, rule=replace(asked.rule, layer=replace(asked.rule.layer, sla=part)))


# --- what to say -----------------------------------------------------------------------------------------------------
def _too_frequent(sla: Sla, often: str) -> _Trouble:
    return _Trouble(
        kind="due",
        says=f'`due: "{sla.due}"`, and {often}: one success before that time meets it for the whole day',
        expected="`every` or `stale_after` for a job that runs more than daily",
        fix="write `every` or `stale_after` instead of `due`",
    )


def _too_early(asked: _Asked, job: Job, on_days: str) -> _Trouble:
    return _Trouble(
        kind="due before the run",
        says=f'`due: "{asked.sla.due}"` ({asked.zone}) comes before the run of `{job.cron}` (UTC) {on_days}',
        expected="a run of the schedule before each due time, also when clocks change",
        fix="run the job earlier in dbt Cloud, or set `due` later",
    )


def _without_run(asked: _Asked, job: Job, on_days: str) -> _Trouble:
    calendar = f"calendar `{asked.sla.calendar}`" if asked.sla.calendar else "no `calendar`, so every day counts"
    return _Trouble(
        kind="days without a run",
        says=f'`due: "{asked.sla.due}"` holds on days on which `{job.cron}` (UTC) runs nothing, {on_days}',
        expected=f"a run on every day that counts; there is {calendar}",
        fix="give the `sla` a `calendar` of the days on which the job runs, or run the job on the others",
    )


def _on_days(missed: Sequence[date], slots: int) -> str:
    if len(missed) == slots:
        return "on each of its days"
    return f"on {len(missed)} of {slots} days of a year, first on {missed[0]:%a} {missed[0]}"


def _pauses(key: str, limit: timedelta, sla: Sla, job: Job, when: Schedule) -> _Trouble:
    gap = when.longest_gap or limit
    longest = f" on the days of calendar `{sla.calendar}`" if sla.calendar else f", up to {exact_duration(gap)}"
    days_off = ", or give the `sla` a `calendar` without the days off"
    return _Trouble(
        kind=key,
        says=f"`{key}: {exact_duration(limit)}` is shorter than the pauses of `{job.cron}` (UTC){longest}",
        expected=f"`{key}` longer than the schedule's pauses",
        fix=f"write a longer `{key}`" + (days_off if gap > _ONE_DAY and not sla.calendar else ""),
    )


RULE: Final = Rule(
    id="sla-feasible",
    title="a deadline that the schedule cannot keep",
    level=LintLevel.WARN,
    judge=_judge,
    more_with_live=True,
)
