from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.calendar import Calendar
from reconciler.model.deadline import Missed, RunFacts
from reconciler.model.policy import Policy, Sla
from reconciler.model.telling import Cause
from reconciler.routing.deadlines import deadlines, late_from_runs, met
from reconciler.routing.place import Placed
from tests.builders import at, job, layer, policy, rule

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CALENDARS = {
    "workdays": Calendar(name="workdays", at=at(), weekdays=frozenset(range(5))),
    "us": Calendar(name="us", at=at(), country="US", weekdays=frozenset(range(5))),
    "never": Calendar(name="never", at=at(), weekdays=frozenset()),
}
POLICY: Policy = replace(policy(), calendars=CALENDARS)


def sla(**said: object) -> Sla:
    return replace(Sla(at=at(7, file="teams/finance.yml")), **said)  # pyrefly: ignore[bad-argument-type]


def placed(
    terms: Sla | None, *, deactivated: bool = False, silent: bool = False, timezone: str | None = None
) -> Placed:
    return Placed(job=job(deactivated=deactivated), rule=rule(layer=layer(sla=terms, timezone=timezone), silent=silent))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def succeeded(started: str, finished: str) -> RunFacts:
    return RunFacts(started=moment(started), finished=moment(finished), succeeded=True)


def failed(started: str, finished: str) -> RunFacts:
    return RunFacts(started=moment(started), finished=moment(finished))


def running(started: str) -> RunFacts:
    return RunFacts(started=moment(started))


def slots(terms: Sla, after: str, until: str, *, timezone: str | None = None) -> list[str]:
    found = deadlines(POLICY, placed(terms, timezone=timezone), after=moment(after), until=moment(until))
    return [f"{each.since:%m-%dT%H:%M} {each.due:%m-%dT%H:%M}" for each in found]


def look(
    terms: Sla, *runs: RunFacts, after: str, now: str, armed: str = "2026-01-01T00:00", deactivated: bool = False
) -> tuple[Missed, ...]:
    return late_from_runs(
        POLICY,
        placed(terms, deactivated=deactivated),
        runs,
        armed_since=moment(armed),
        after=moment(after),
        now=moment(now),
    )


class TestDue:
    def test_each_day_that_counts_has_one(self) -> None:
        found = slots(sla(due="08:00", calendar="workdays"), "2026-01-02T00:00", "2026-01-06T12:00")
        assert found == ["01-02T00:00 01-02T08:00", "01-05T00:00 01-05T08:00", "01-06T00:00 01-06T08:00"]

    def test_public_holidays_have_none(self) -> None:
        found = slots(sla(due="08:00", calendar="us"), "2026-12-24T09:00", "2026-12-28T09:00")
        assert found == ["12-28T00:00 12-28T08:00"]

    @pytest.mark.parametrize(
        ("since", "expected"),
        [
            (None, "01-05T00:00"),
            ("00:00", "01-05T00:00"),
            ("06:30", "01-05T06:30"),
            ("-4h", "01-04T20:00"),
            ("-1d12h30m", "01-03T11:30"),
            ("22:00", "01-04T22:00"),
        ],
    )
    def test_from_when_a_run_counts(self, since: str | None, expected: str) -> None:
        found = slots(sla(due="08:00", since=since), "2026-01-05T00:00", "2026-01-05T12:00")
        assert found == [f"{expected} 01-05T08:00"]

    def test_a_slot_is_judged_after_its_grace(self) -> None:
        terms = sla(due="08:00", grace=timedelta(hours=20))
        assert slots(terms, "2026-01-06T03:59", "2026-01-06T04:00") == ["01-05T00:00 01-05T08:00"]
        assert slots(terms, "2026-01-06T04:00", "2026-01-07T03:59") == []

    def test_its_zone_is_its_own_else_the_jobs(self) -> None:
        span = ("2026-01-05T00:00", "2026-01-05T23:00")
        assert slots(sla(due="08:00"), *span, timezone="Europe/Berlin") == ["01-04T23:00 01-05T07:00"]
        own = sla(due="08:00", timezone="America/New_York")
        assert slots(own, *span, timezone="Europe/Berlin") == ["01-05T05:00 01-05T13:00"]

    @pytest.mark.parametrize(
        ("zone", "due", "span", "expected"),
        [
            ("America/New_York", "02:30", ("2026-03-08T00:00", "2026-03-08T23:00"), "03-08T05:00 03-08T07:00"),
            ("America/New_York", "01:30", ("2026-11-01T00:00", "2026-11-01T23:00"), "11-01T04:00 11-01T05:30"),
            ("Australia/Lord_Howe", "02:10", ("2026-10-03T15:00", "2026-10-04T13:00"), "10-03T13:30 10-03T15:30"),
            ("America/Sao_Paulo", "00:30", ("2018-11-04T00:00", "2018-11-04T23:00"), "11-04T03:00 11-04T03:00"),
        ],
    )
    def test_nights_that_change_the_clocks(self, zone: str, due: str, span: tuple[str, str], expected: str) -> None:
        assert slots(sla(due=due, timezone=zone), *span) == [expected]

    def test_a_calendar_without_a_day_has_none(self) -> None:
        assert slots(sla(due="08:00", calendar="never"), "2026-01-01T00:00", "2027-03-01T00:00") == []

    @pytest.mark.parametrize("nobody", [placed(None), placed(sla(due="08:00"), silent=True), Placed(job=job())])
    def test_who_has_none(self, nobody: Placed) -> None:
        span = {"after": moment("2026-01-05T00:00"), "until": moment("2026-01-06T00:00")}
        assert deadlines(POLICY, nobody, **span) == ()


class TestEvery:
    def test_slots_lie_end_to_end_by_the_clock(self) -> None:
        assert slots(sla(every=HOUR), "2026-01-05T09:30", "2026-01-05T11:30") == [
            "01-05T09:00 01-05T10:00",
            "01-05T10:00 01-05T11:00",
        ]

    def test_of_a_week_begin_on_monday(self) -> None:
        assert slots(sla(every=timedelta(days=7)), "2026-01-05T00:00", "2026-01-12T00:00") == [
            "01-05T00:00 01-12T00:00"
        ]

    def test_days_that_do_not_count_have_none(self) -> None:
        found = slots(sla(every=timedelta(hours=12), calendar="workdays"), "2026-01-02T12:00", "2026-01-05T12:00")
        assert found == ["01-02T12:00 01-03T00:00", "01-05T00:00 01-05T12:00"]

    def test_an_hour_that_is_skipped_has_none(self) -> None:
        terms = sla(every=HOUR, timezone="Europe/Berlin")
        assert slots(terms, "2026-03-29T00:00", "2026-03-29T02:00") == [
            "03-29T00:00 03-29T01:00",
            "03-29T01:00 03-29T02:00",
        ]

    def test_an_hour_that_occurs_twice_is_one_slot(self) -> None:
        terms = sla(every=HOUR, timezone="Europe/Berlin")
        assert slots(terms, "2026-10-25T00:00", "2026-10-25T02:00") == ["10-25T00:00 10-25T02:00"]

    @settings(max_examples=40)
    @given(
        every=st.sampled_from([HOUR, 7 * HOUR, 36 * HOUR, timedelta(days=2)]),
        parts=st.lists(st.integers(0, 400), min_size=1, max_size=3),
        zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
    )
    def test_looking_more_often_finds_the_same(self, every: timedelta, parts: list[int], zone: str) -> None:
        where = placed(sla(every=every, grace=5 * MINUTE, timezone=zone))
        marks = [moment("2026-03-05T00:00")]
        for part in parts:
            marks.append(marks[-1] + part * HOUR / 2)
        whole = deadlines(POLICY, where, after=marks[0], until=marks[-1])
        split = [
            each for one, following in pairwise(marks) for each in deadlines(POLICY, where, after=one, until=following)
        ]
        assert list(whole) == split
        assert all(one.due == following.since for one, following in pairwise(whole))


class TestMet:
    TERMS = sla(due="08:00", grace=5 * MINUTE)

    @pytest.mark.parametrize(
        ("run", "expected"),
        [
            pytest.param(succeeded("2026-01-05T06:00", "2026-01-05T08:05"), True, id="with the last minute of grace"),
            pytest.param(succeeded("2026-01-05T06:00", "2026-01-05T08:06"), False, id="a minute later"),
            pytest.param(succeeded("2026-01-05T00:00", "2026-01-05T01:00"), True, id="from the first minute on"),
            pytest.param(succeeded("2026-01-04T23:59", "2026-01-05T01:00"), False, id="begun a minute before"),
            pytest.param(failed("2026-01-05T06:00", "2026-01-05T07:00"), False, id="failed"),
            pytest.param(running("2026-01-05T06:00"), False, id="still running"),
        ],
    )
    def test_by_a_success_in_its_time(self, run: RunFacts, *, expected: bool) -> None:
        [slot] = deadlines(
            POLICY, placed(self.TERMS), after=moment("2026-01-05T00:00"), until=moment("2026-01-05T12:00")
        )
        assert met(slot, [run]) is expected


class TestLate:
    def test_a_missed_slot_is_late_by_what_has_passed_since_it_was_due(self) -> None:
        [missed] = look(sla(due="08:00", grace=5 * MINUTE), after="2026-01-05T08:00", now="2026-01-05T08:35")
        assert missed.happening.cause is Cause.DUE
        assert missed.happening.late_by == 35 * MINUTE
        assert missed.happening.at == moment("2026-01-05T08:35")
        assert missed.deadline.at == at(7, file="teams/finance.yml")

    def test_nothing_is_late_before_its_grace_is_over(self) -> None:
        assert look(sla(due="08:00", grace=5 * MINUTE), after="2026-01-05T00:00", now="2026-01-05T08:04") == ()

    def test_what_was_told_at_the_last_look_is_not_told_again(self) -> None:
        assert look(sla(due="08:00"), after="2026-01-05T08:00", now="2026-01-05T09:00") == ()

    def test_each_missed_hour_is_one(self) -> None:
        run = succeeded("2026-01-05T10:05", "2026-01-05T10:10")
        found = look(sla(every=HOUR), run, after="2026-01-05T09:30", now="2026-01-05T12:00")
        assert [each.deadline.due for each in found] == [moment("2026-01-05T10:00"), moment("2026-01-05T12:00")]
        assert {each.happening.cause for each in found} == {Cause.EVERY}

    def test_a_deactivated_job_is_the_cause(self) -> None:
        found = look(
            sla(due="08:00", stale_after=4 * HOUR),
            after="2026-01-05T07:00",
            now="2026-01-05T12:00",
            armed="2026-01-05T06:00",
            deactivated=True,
        )
        assert [each.happening.cause for each in found] == [Cause.DEACTIVATED, Cause.DEACTIVATED]

    @pytest.mark.parametrize("run", [running("2026-01-05T06:00"), succeeded("2026-01-05T06:00", "2026-01-05T08:00")])
    def test_a_run_that_takes_too_long_is_late_when_its_time_is_over(self, run: RunFacts) -> None:
        terms = sla(max_duration=90 * MINUTE)
        assert look(terms, run, after="2026-01-05T06:00", now="2026-01-05T07:29") == ()
        [missed] = look(terms, run, after="2026-01-05T07:29", now="2026-01-05T07:30")
        assert missed.happening.cause is Cause.TOO_LONG
        assert look(terms, run, after="2026-01-05T07:30", now="2026-01-05T09:00") == ()

    @pytest.mark.parametrize(
        "terms",
        [
            sla(due="08:00", grace=5 * MINUTE),
            sla(every=8 * HOUR, grace=5 * MINUTE),
            sla(stale_after=3 * HOUR, grace=5 * MINUTE),
            sla(max_duration=3 * HOUR, grace=5 * MINUTE),
        ],
        ids=["due", "every", "stale_after", "max_duration"],
    )
    def test_whatever_is_missed_is_late_by_what_has_passed_since_then(self, terms: Sla) -> None:
        runs = [running("2026-01-05T05:00")] if terms.max_duration else []
        [missed] = look(terms, *runs, after="2026-01-05T08:04", now="2026-01-05T08:35", armed="2026-01-05T05:00")
        assert missed.happening.late_by == 35 * MINUTE

    def test_a_run_that_fails_fast_took_no_time(self) -> None:
        run = failed("2026-01-05T06:00", "2026-01-05T06:10")
        assert look(sla(max_duration=HOUR), run, after="2026-01-05T06:00", now="2026-01-05T12:00") == ()


class TestStale:
    TERMS = sla(stale_after=4 * HOUR)

    def test_the_age_is_of_the_last_success(self) -> None:
        runs = [succeeded("2026-01-05T05:00", "2026-01-05T06:00"), failed("2026-01-05T08:00", "2026-01-05T09:00")]
        assert look(self.TERMS, *runs, after="2026-01-05T08:00", now="2026-01-05T09:59") == ()
        [missed] = look(self.TERMS, *runs, after="2026-01-05T08:00", now="2026-01-05T10:00")
        assert missed.happening.cause is Cause.STALE
        assert missed.deadline.since == moment("2026-01-05T06:00")

    def test_a_job_that_never_ran_is_noticed(self) -> None:
        [missed] = look(self.TERMS, after="2026-01-05T00:00", now="2026-01-05T12:00", armed="2026-01-05T06:00")
        assert missed.deadline.due == moment("2026-01-05T10:00")

    @pytest.mark.parametrize(
        ("finished", "due"),
        [
            ("2026-01-05T05:00", "2026-01-05T09:00"),
            ("2026-01-05T02:00", "2026-01-05T10:00"),  # too old when it was armed
            ("2026-01-02T05:00", "2026-01-05T10:00"),
        ],
    )
    def test_a_success_before_it_was_armed_counts_unless_it_was_too_old_by_then(self, finished: str, due: str) -> None:
        runs = [succeeded(finished, finished)]
        [missed] = look(self.TERMS, *runs, after="2026-01-05T06:00", now="2026-01-05T12:00", armed="2026-01-05T06:00")
        assert missed.deadline.due == moment(due)

    def test_a_success_in_time_starts_it_anew(self) -> None:
        runs = [succeeded("2026-01-05T05:00", "2026-01-05T06:00"), succeeded("2026-01-05T09:00", "2026-01-05T10:00")]
        assert look(self.TERMS, *runs, after="2026-01-05T07:00", now="2026-01-05T13:59") == ()

    def test_a_gap_that_is_over_by_the_time_we_look_was_one(self) -> None:
        runs = [succeeded("2026-01-05T05:00", "2026-01-05T06:00"), succeeded("2026-01-05T11:00", "2026-01-05T12:00")]
        [missed] = look(self.TERMS, *runs, after="2026-01-05T07:00", now="2026-01-05T13:00")
        assert missed.deadline.due == moment("2026-01-05T10:00")

    @pytest.mark.parametrize(
        ("finished", "due"),
        [
            ("2026-01-02T23:00", "2026-01-05T03:00"),  # an hour of Friday and three of Monday
            ("2026-01-03T12:00", "2026-01-05T04:00"),
            ("2026-01-02T20:00", "2026-01-03T00:00"),
        ],
    )
    def test_days_that_do_not_count_age_nothing(self, finished: str, due: str) -> None:
        terms = sla(stale_after=4 * HOUR, calendar="workdays")
        [missed] = look(terms, succeeded(finished, finished), after=finished, now="2026-01-05T12:00", armed=finished)
        assert missed.deadline.due == moment(due)

    def test_without_any_day_nothing_grows_old(self) -> None:
        terms = sla(stale_after=4 * HOUR, calendar="never")
        assert look(terms, after="2026-01-05T00:00", now="2026-02-05T12:00") == ()
