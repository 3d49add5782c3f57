from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.calendar import Calendar
from reconciler.model.layers import Cycle, Digest
from reconciler.routing.days import Days
from reconciler.routing.digests import next_digest
from tests.builders import at, policy

CALENDARS = {
    "workdays": Calendar(name="workdays", at=at(), weekdays=frozenset(range(5))),
    "us": Calendar(name="us", at=at(), country="US", weekdays=frozenset(range(5))),
    "never": Calendar(name="never", at=at(), weekdays=frozenset()),
}
DAYS = Days(replace(policy(), calendars=CALENDARS))


def digest(
    every: Cycle = Cycle.DAY,
    *,
    shown: str = "09:00",
    weekday: int = 0,
    calendar: str | None = None,
    zone: str | None = None,
) -> Digest:
    return Digest(
        every=every, at=time.fromisoformat(shown), to=("info",), weekday=weekday, calendar=calendar, timezone=zone
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKLY = digest(Cycle.WEEK)


@pytest.mark.parametrize(
    ("asked_for", "after", "expected"),
    [
        pytest.param(digest(), "2026-01-05T08:59", "2026-01-05T09:00", id="today"),
        pytest.param(digest(), "2026-01-05T09:00", "2026-01-06T09:00", id="one that goes out now is over"),
        pytest.param(digest(calendar="workdays"), "2026-01-02T10:00", "2026-01-05T09:00", id="after the weekend"),
        pytest.param(digest(zone="America/New_York"), "2026-01-05T10:00", "2026-01-05T14:00", id="its own zone"),
        pytest.param(digest(shown="02:30", zone="Europe/Berlin"), "2026-03-29T00:30", "2026-03-29T01:00", id="skipped"),
        pytest.param(digest(shown="02:30", zone="Europe/Berlin"), "2026-10-25T00:30", "2026-10-26T01:30", id="once"),
        pytest.param(WEEKLY, "2026-01-05T08:59", "2026-01-05T09:00", id="Monday"),
        pytest.param(WEEKLY, "2026-01-05T09:00", "2026-01-12T09:00", id="next Monday"),
        pytest.param(digest(Cycle.WEEK, weekday=4), "2026-01-05T09:00", "2026-01-09T09:00", id="Friday"),
        pytest.param(
            digest(Cycle.WEEK, calendar="us"),
            "2026-09-06T00:00",
            "2026-09-08T09:00",
            id="Labor Day moves it to Tuesday",
        ),
        pytest.param(
            digest(Cycle.WEEK, calendar="us"), "2026-09-08T08:00", "2026-09-08T09:00", id="seen from that Tuesday"
        ),
        pytest.param(
            digest(Cycle.WEEK, weekday=6, calendar="workdays"),
            "2026-01-05T08:00",
            "2026-01-05T09:00",
            id="Sunday's is sent on Monday",
        ),
    ],
)
def test_when_the_next_one_goes_out(asked_for: Digest, after: str, expected: str) -> None:
    assert next_digest(asked_for, moment(after), zone="UTC", days=DAYS) == moment(expected)


@pytest.mark.parametrize("every", list(Cycle))
def test_one_that_never_goes_out_is_said_to(every: Cycle) -> None:
    assert next_digest(digest(every, calendar="never"), moment("2026-01-05T08:00"), zone="UTC", days=DAYS) is None


@settings(max_examples=60)
@given(
    every=st.sampled_from(Cycle),
    calendar=st.sampled_from([None, "workdays"]),
    weekday=st.integers(0, 6),
    after=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    later=st.timedeltas(timedelta(), timedelta(days=10)),
    zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_between_two_looks_no_digest_is_lost(
    every: Cycle, calendar: str | None, weekday: int, after: datetime, later: timedelta, zone: str
) -> None:
    asked_for = digest(every, calendar=calendar, weekday=weekday, zone=zone)
    first = next_digest(asked_for, after, zone="UTC", days=DAYS)
    assert first is not None
    assert first > after
    second = next_digest(asked_for, after + later, zone="UTC", days=DAYS)
    assert second == first if after + later < first else second is not None and second > first
