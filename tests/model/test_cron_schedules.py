"""When an expression fires: how often, on which days, next and last; as the library does that knows the next one."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.cron import Schedule, longest_gap_seconds, schedule

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def known(cron: str) -> Schedule:
    found = schedule(cron)
    assert found is not None
    return found


class TestHowOften:
    @pytest.mark.parametrize(
        ("cron", "on_a_day", "more"),
        [
            ("0 8 * * *", 1, False),
            ("0 * * * *", 24, True),
            ("*/30 * * * *", 48, True),
            ("0 8,20 * * *", 2, True),
            ("0 8,20 * * 1", 2, False),  # twice on its day, and less than daily in all
            ("0 8-18 * * 1-5", 11, True),
            ("0 8 1 * *", 1, False),
        ],
    )
    def test_more_than_daily_counts_the_days_off(self, cron: str, on_a_day: int, more: bool) -> None:
        assert (known(cron).per_day, known(cron).more_than_daily) == (on_a_day, more)

    def test_the_average_is_over_the_whole_calendar(self) -> None:
        assert known("0 8 * * *").average_per_day == 1
        assert known("0 8 29 2 *").average_per_day == pytest.approx(1 / 1461)
        assert known("0 8,9 * * 1-5").average_per_day == pytest.approx(10 / 7, abs=0.01)


class TestTheLongestPause:
    @pytest.mark.parametrize(
        ("cron", "pause"),
        [
            ("*/5 * * * 1-5", timedelta(days=2, minutes=5)),  # however often it runs on Friday
            ("* * * * 1", timedelta(days=6, minutes=1)),
            ("0 6-18 * * *", timedelta(hours=12)),
            ("0 0,12 * * 1,4", timedelta(days=3, hours=12)),
            ("0 8 30 * *", timedelta(days=60)),  # February has none, also in a leap year
        ],
    )
    def test_lies_between_days_as_well_as_within_one(self, cron: str, pause: timedelta) -> None:
        assert longest_gap_seconds(cron) == pause.total_seconds()


class TestTheNextFiring:
    def test_is_strictly_later(self) -> None:
        daily = known("0 8 * * *")
        at = MONDAY.replace(hour=8)
        assert daily.next_after(at) == at + timedelta(days=1)
        assert daily.next_after(at - timedelta(microseconds=1)) == at

    def test_crosses_years_and_leap_years(self) -> None:
        leap = known("0 0 29 2 *")
        assert leap.next_after(MONDAY) == datetime(2028, 2, 29, tzinfo=UTC)

    def test_is_in_utc_whatever_zone_is_asked_from(self) -> None:
        asked = datetime.fromisoformat("2026-01-05T23:30:00-05:00")  # the 6th, 04:30 UTC
        assert known("0 4,5 * * *").next_after(asked) == datetime(2026, 1, 6, 5, tzinfo=UTC)

    def test_ends_with_the_calendar(self) -> None:
        assert known("0 8 * * *").next_after(datetime(9999, 12, 31, 9, tzinfo=UTC)) is None


class TestFirings:
    def test_hold_the_start_and_not_the_end(self) -> None:
        hourly = known("0 * * * *")
        end = MONDAY + timedelta(hours=2)
        assert list(hourly.firings(MONDAY, end)) == [MONDAY, MONDAY + timedelta(hours=1)]
        assert hourly.fires_within(MONDAY, MONDAY + timedelta(minutes=1))
        assert not hourly.fires_within(MONDAY + timedelta(minutes=1), MONDAY + timedelta(hours=1))

    def test_of_a_year_are_all_of_them(self) -> None:
        year = known("0 8 * * 1-5").firings(MONDAY, MONDAY.replace(year=2027))
        assert sum(1 for _ in year) == 261

    def test_days_are_those_of_utc(self) -> None:
        first, last = date(2026, 1, 1), date(2026, 12, 31)
        days = known("0 8 * * 1").days_between(first, last)
        assert len(days) == 52
        assert {date.fromordinal(each).weekday() for each in days} == {0}

    @pytest.mark.parametrize(
        ("start", "end", "offsets"),
        [
            (0, 8 * 60, ()),  # the end is not within
            (0, 8 * 60 + 1, (0,)),
            (8 * 60, 8 * 60 + 1, (0,)),
            (8 * 60 + 1, 1440 + 8 * 60, ()),
            (-16 * 60, 8 * 60, (-1,)),
            (20 * 60, 3 * 1440, (1, 2)),
            (9 * 60, 9 * 60, ()),
        ],
    )
    def test_a_window_is_met_on_the_days_whose_firing_lies_in_it(
        self, start: int, end: int, offsets: tuple[int, ...]
    ) -> None:
        assert known("0 8 * * *").offsets_within(start, end) == offsets


class TestHostileText:
    @pytest.mark.parametrize(
        "cron",
        ["* * * * *", "0 0 * 2 1#5", "0 0 */30 * 1#2", "9" * 5000 + " * * * *", "*,*,* * * * *", "0 0 31 2,4,6,9,11 *"],
    )
    def test_is_answered_at_once(self, cron: str) -> None:
        start = time.process_time()
        found = schedule(cron)
        if found is not None:
            assert found.average_per_day >= 0
            assert found.longest_gap is None or found.longest_gap > timedelta()
            found.next_after(MONDAY)
        assert time.process_time() - start < 1

    @pytest.mark.parametrize("cron", ["0 0 */30 * 1#2", "0 0 31 2 *", "* * * *", "0 8 * * MON-", "1" * 2000])
    def test_that_never_fires_is_no_schedule(self, cron: str) -> None:
        assert schedule(cron) is None


FIELDS = st.tuples(
    st.sampled_from(["0", "*/20", "5,35", "*"]),
    st.sampled_from(["*", "8", "6-18", "*/6", "0,23"]),
    st.sampled_from(["*", "1", "31", "L", "LW", "*/10", "1-7"]),
    st.sampled_from(["*", "2", "1,4,7,10", "6-8"]),
    st.sampled_from(["*", "1-5", "0", "7", "5L", "1#1", "MON"]),
)


@given(FIELDS, st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - the zone is given below
@settings(max_examples=30)
def test_the_next_firings_are_those_of_the_library(fields: tuple[str, ...], at: datetime) -> None:
    cron, start = " ".join(fields), at.replace(microsecond=0, tzinfo=UTC)
    found = schedule(cron)
    if found is None:
        with pytest.raises((StopIteration, CronSimError)):
            next(CronSim(cron, start))
        return
    expected = list(islice(CronSim(cron, start), 5))
    assert (
        list(islice(found.firings(start + timedelta(microseconds=1), datetime(2090, 1, 1, tzinfo=UTC)), 5)) == expected
    )
    assert found.next_after(start) == expected[0]
