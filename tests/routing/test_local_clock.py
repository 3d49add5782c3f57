from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.routing.clock import instant

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia")


@pytest.mark.parametrize(
    ("zone", "day", "shown", "expected"),
    [
        ("UTC", "2026-03-08", "02:30", "2026-03-08T02:30"),
        ("America/New_York", "2026-03-08", "01:59", "2026-03-08T06:59"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
        ("America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00"),
        ("Europe/Berlin", "2026-03-29", "02:15", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25", "02:15", "2026-10-25T00:15"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-11-04", "00:40", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-02-17", "23:30", "2018-02-18T01:30"),
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00"),
    ],
)
def test_nights_that_change_the_clocks(zone: str, day: str, shown: str, expected: str) -> None:
    found = instant(date.fromisoformat(day), time.fromisoformat(shown), zone)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_ends_of_time_are_instants_too() -> None:
    assert instant(date.min, time(), "Asia/Tokyo") == datetime.min.replace(tzinfo=UTC)
    assert instant(date.max, time(23), "America/New_York") == datetime.max.replace(tzinfo=UTC)


def changing_nights(zone: str) -> list[date]:
    """Return the days of 2018, on which Sao Paulo still had summer time, with the days around each change."""
    there = ZoneInfo(zone)
    noons = [datetime(2018, 1, 1, 12, tzinfo=there) + timedelta(days=day) for day in range(365)]
    return [
        one.date() + timedelta(days=shift)
        for one, following in pairwise(noons)
        if one.utcoffset() != following.utcoffset()
        for shift in (0, 1, 2)
    ] or [date(2018, 6, 1)]


@settings(max_examples=200)
@given(data=st.data(), zone=st.sampled_from(ZONES), shown=st.times())
def test_it_is_the_first_instant_at_which_clocks_show_that_time_or_more(
    data: st.DataObject, zone: str, shown: time
) -> None:
    day = data.draw(st.sampled_from(changing_nights(zone)))
    shown = shown.replace(microsecond=0)
    there, wanted = ZoneInfo(zone), datetime.combine(day, shown)
    found = instant(day, shown, zone)
    assert found.astimezone(there).replace(tzinfo=None) >= wanted
    for earlier in (1, 60, 1800, 3600, 7200):
        before = (found - timedelta(seconds=earlier)).astimezone(there).replace(tzinfo=None)
        assert before < wanted


@given(day=st.dates(date(2000, 1, 1), date(2030, 1, 1)), zone=st.sampled_from(ZONES), one=st.times(), other=st.times())
def test_later_times_of_a_day_are_not_earlier(day: date, zone: str, one: time, other: time) -> None:
    first, second = sorted((one, other))
    assert instant(day, first, zone) <= instant(day, second, zone)
