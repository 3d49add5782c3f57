import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from subprocess import run

import pytest

from reconciler.model.calendar import Calendar
from reconciler.model.policy import Policy
from reconciler.routing import days as days_module
from reconciler.routing.days import Days, calendar_problems
from tests.builders import at, policy

CHRISTMAS = date(2026, 12, 25)  # a Friday
WORKDAYS = frozenset(range(5))


def with_calendars(*calendars: Calendar) -> Policy:
    return replace(policy(), calendars={each.name: each for each in calendars})


def calendar(
    name: str = "us", country: str | None = "US", region: str | None = None, weekdays: Iterable[int] = WORKDAYS
) -> Calendar:
    return Calendar(name=name, at=at(), country=country, subdivision=region, weekdays=frozenset(weekdays))


class TestCounts:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2026-12-24", True),
            ("2026-12-25", False),
            ("2026-12-26", False),
            ("2026-12-28", True),
            ("2026-07-03", False),  # Independence Day falls on a Saturday: observed on Friday
            ("2027-01-01", False),
        ],
    )
    def test_a_weekday_that_is_no_public_holiday_counts(self, day: str, *, expected: bool) -> None:
        assert Days(with_calendars(calendar())).counts("us", date.fromisoformat(day)) is expected

    def test_a_region_has_days_of_its_own(self) -> None:
        found = Days(with_calendars(calendar("by", "DE", "BY"), calendar("be", "DE", "BE")))
        epiphany = date(2026, 1, 6)
        assert not found.counts("by", epiphany)
        assert found.counts("be", epiphany)

    def test_without_a_country_no_day_is_a_holiday(self) -> None:
        assert Days(with_calendars(calendar(country=None))).counts("us", CHRISTMAS)

    @pytest.mark.parametrize("name", [None, "", "nobody-declares-it"])
    def test_no_calendar_means_every_day(self, name: str | None) -> None:
        assert Days(with_calendars(calendar())).counts(name, CHRISTMAS)

    def test_a_year_is_worked_out_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []
        monkeypatch.setattr(days_module, "_public_holidays", lambda country, region, year: asked.append(year))
        found = Days(with_calendars(calendar()))
        for number in range(20):
            found.counts("us", CHRISTMAS + timedelta(days=number))
        assert asked == [2026, 2027]


class TestNextCounting:
    def test_a_day_that_counts_is_its_own(self) -> None:
        assert Days(with_calendars(calendar())).next_counting("us", date(2026, 12, 24)) == date(2026, 12, 24)

    def test_a_long_weekend_is_passed_over(self) -> None:
        assert Days(with_calendars(calendar())).next_counting("us", CHRISTMAS) == date(2026, 12, 28)

    def test_a_calendar_without_any_day_ends(self) -> None:
        found = Days(with_calendars(calendar(weekdays=())))
        assert found.next_counting("us", CHRISTMAS) is None

    def test_the_days_between_are_given_with_both_ends(self) -> None:
        found = Days(with_calendars(calendar()))
        between = list(found.counting("us", first=date(2026, 12, 24), last=date(2026, 12, 29)))
        assert between == [date(2026, 12, 24), date(2026, 12, 28), date(2026, 12, 29)]


class TestProblems:
    def test_known_places_have_none(self) -> None:
        known = [calendar(), calendar("by", "DE", "BY"), calendar("plain", None)]
        assert calendar_problems(with_calendars(*known)) == ()

    def test_an_unknown_country_is_named_with_its_line(self) -> None:
        unknown = calendar("moon", "ZZ")
        [problem] = calendar_problems(with_calendars(unknown))
        assert problem.at == unknown.at
        assert problem.message == "calendar `moon`: the public holidays of country `ZZ` are not known"
        assert "country" in problem.fix

    def test_an_unknown_region_gets_the_one_that_was_meant(self) -> None:
        [problem] = calendar_problems(with_calendars(calendar("de", "DE", "BYY")))
        assert problem.found == "BYY"
        assert problem.message == "calendar `de`: `BYY` is no region of DE"
        assert problem.fix.startswith("did you mean `BY`?")

    def test_regions_are_named_as_the_language_can_write_them(self) -> None:
        [problem] = calendar_problems(with_calendars(calendar("de", "DE", "ZZ")))
        assert problem.expected.startswith("one of `BB`, `BE`, `BW`, `BY`, ")
        assert "Augsburg" not in problem.expected + problem.fix
        assert problem.fix == "write one of these, or delete `subdivision`"

    def test_the_place_is_that_of_the_value(self) -> None:
        placed = replace(calendar("de", "DE", "ZZ"), subdivision_at=at(7), country_at=at(6))
        assert [each.at for each in calendar_problems(with_calendars(placed))] == [at(7)]
        assert [each.at for each in calendar_problems(with_calendars(replace(placed, country="ZZ")))] == [at(6)]

    def test_a_country_without_regions_says_so(self) -> None:
        [problem] = calendar_problems(with_calendars(calendar("va", "VA", "X")))
        assert problem.fix == "delete `subdivision`: the library knows no regions there"

    def test_in_an_unknown_country_no_day_is_a_holiday(self) -> None:
        assert Days(with_calendars(calendar("moon", "ZZ"))).counts("moon", CHRISTMAS)


def test_who_needs_no_country_does_not_pay_for_the_library() -> None:
    asked = "import sys, reconciler.routing.route; sys.exit('holidays' in sys.modules)"
    assert run([sys.executable, "-c", asked], check=False).returncode == 0
