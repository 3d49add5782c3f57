from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.calendar import Calendar
from reconciler.model.layers import OfficeHours
from reconciler.routing.days import Days
from reconciler.routing.hours import is_open, opening
from tests.builders import at, policy

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo")
CALENDARS = {
    "workdays": Calendar(name="workdays", at=at(), weekdays=frozenset(range(5))),
    "us": Calendar(name="us", at=at(), country="US", weekdays=frozenset(range(5))),
    "never": Calendar(name="never", at=at(), weekdays=frozenset()),
}
DAYS = Days(replace(policy(), calendars=CALENDARS))


def hours(start: str, end: str, calendar: str | None = "workdays", zone: str | None = None) -> OfficeHours:
    return OfficeHours(start=time.fromisoformat(start), end=time.fromisoformat(end), calendar=calendar, timezone=zone)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("office", "asked", "opens"),
    [
        pytest.param(hours("08:00", "19:00"), "2026-01-05T08:00", "2026-01-05T08:00", id="the first instant is open"),
        pytest.param(hours("08:00", "19:00"), "2026-01-05T19:00", "2026-01-06T08:00", id="the last instant is not"),
        pytest.param(hours("08:00", "19:00"), "2026-01-03T03:00", "2026-01-05T08:00", id="a weekend is passed over"),
        pytest.param(hours("08:00", "19:00", None), "2026-01-03T03:00", "2026-01-03T08:00", id="every day counts"),
        pytest.param(hours("22:00", "06:00"), "2026-01-10T05:59", "2026-01-10T05:59", id="Friday's night is Friday's"),
        pytest.param(hours("22:00", "06:00"), "2026-01-10T06:00", "2026-01-12T22:00", id="Saturday has no night"),
        pytest.param(hours("22:00", "06:00"), "2026-01-12T03:00", "2026-01-12T22:00", id="nor has Sunday"),
        pytest.param(
            hours("09:00", "09:00"), "2026-01-10T08:59", "2026-01-10T08:59", id="the same time is a whole day"
        ),
        pytest.param(hours("08:00", "19:00", "us"), "2026-12-24T19:00", "2026-12-28T08:00", id="a public holiday"),
        pytest.param(
            hours("08:00", "19:00", zone="America/New_York"), "2026-01-05T08:00", "2026-01-05T13:00", id="its own zone"
        ),
        pytest.param(
            hours("02:30", "04:00", None, "America/New_York"),
            "2026-03-08T06:00",
            "2026-03-08T07:00",
            id="opening at a time that is skipped",
        ),
        pytest.param(
            hours("02:10", "02:50", None, "America/New_York"),
            "2026-03-08T06:00",
            "2026-03-09T06:10",
            id="hours that are skipped whole",
        ),
        pytest.param(
            hours("01:30", "05:00", None, "America/New_York"),
            "2026-11-01T06:15",
            "2026-11-01T06:15",
            id="open since the first of two half past ones",
        ),
    ],
)
def test_when_it_is_open(office: OfficeHours, asked: str, opens: str) -> None:
    found = opening(office, moment(asked), zone="UTC", days=DAYS)
    assert found == moment(opens)
    assert is_open(office, moment(asked), zone="UTC", days=DAYS) is (asked == opens)


def test_an_office_that_never_opens_is_said_to() -> None:
    never = hours("08:00", "19:00", "never")
    assert opening(never, moment("2026-01-05T10:00"), zone="UTC", days=DAYS) is None
    assert not is_open(never, moment("2026-01-05T10:00"), zone="UTC", days=DAYS)


@settings(max_examples=60)
@given(
    office=st.builds(
        OfficeHours,
        start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        calendar=st.sampled_from([None, "workdays"]),
        timezone=st.just(None),
    ),
    asked=st.datetimes(datetime(2018, 1, 1), datetime(2018, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(office: OfficeHours, asked: datetime, zone: str) -> None:
    opens = opening(office, asked, zone=zone, days=DAYS)
    assert opens is not None
    assert opens >= asked
    assert is_open(office, opens, zone=zone, days=DAYS)
    assert (opens == asked) is is_open(office, asked, zone=zone, days=DAYS)
    for part in range(24):
        between = asked + part * (opens - asked) / 24
        assert between == opens or not is_open(office, between, zone=zone, days=DAYS)
    assert opens == asked or not is_open(office, opens - timedelta(microseconds=1), zone=zone, days=DAYS)
