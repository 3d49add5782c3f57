"""Which days count: the days of the week that a calendar names, without the public holidays of its country."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Final

from reconciler.model.calendar import Calendar
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem

__all__ = ["HORIZON", "Days", "calendar_problems"]

HORIZON: Final = timedelta(days=400)
"""How far ahead a day is sought. A calendar without one in more than a year has none."""

_ONE_DAY: Final = timedelta(days=1)


class Days:
    """The days of one policy's calendars. Each year of each country is worked out once.

    No calendar means every day; so does a name that nobody declares, which only a file checked alone may hold. Of a
    country that the library does not know no day is a holiday: `calendar_problems` says so.
    """

    __slots__ = ("_calendars", "_years")

    def __init__(self, policy: Policy) -> None:
        self._calendars = policy.calendars
        self._years: dict[tuple[str, str | None, int], Container[date]] = {}

    def counts(self, calendar: str | None, day: date) -> bool:
        found = self._calendars.get(calendar) if calendar else None
        if found is None:
            return True
        return day.weekday() in found.weekdays and day not in self._holidays(found, day.year)

    def next_counting(self, calendar: str | None, day: date) -> date | None:
        """Return the first day that counts, from this one on; None if there is none in more than a year."""
        last = day + HORIZON
        while day <= last:
            if self.counts(calendar, day):
                return day
            day += _ONE_DAY
        return None

    def counting(self, calendar: str | None, *, first: date, last: date) -> Iterator[date]:
        """Yield the days that count, from `first` to `last` with both."""
        day = first
        while day <= last:
            if self.counts(calendar, day):
                yield day
            day += _ONE_DAY

    def _holidays(self, calendar: Calendar, year: int) -> Container[date]:
        if calendar.country is None:
            return ()
        key = (calendar.country, calendar.subdivision, year)
        if key not in self._years:
            found = _public_holidays(*key)
            self._years[key] = () if found is None else found
        return self._years[key]


def calendar_problems(policy: Policy) -> tuple[Problem, ...]:
    """Return one problem for each calendar whose country or region the library of holidays does not know."""
    return tuple(
        _problem(calendar)
        for calendar in policy.calendars.values()
        if calendar.country and _public_holidays(calendar.country, calendar.subdivision, _ANY_YEAR) is None
    )


_ANY_YEAR: Final = 2026


def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date] | None:
    """Return the days off of one year, those observed on another day too; None for a place that is unknown."""
    import holidays  # noqa: PLC0415 - costs 0.3 s, and only calendars with a country need it

    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        return None


def _problem(calendar: Calendar) -> Problem:
    import holidays  # noqa: PLC0415 - as above

    known = holidays.list_supported_countries(include_aliases=False)
    country, region = calendar.country or "", calendar.subdivision or ""
    if country not in known:
        return _unknown(calendar, "country", country, sorted(code for code in known if len(code) == 2))
    return _unknown(calendar, f"region of {country}", region, sorted(known[country]))


def _unknown(calendar: Calendar, what: str, found: str, known: list[str]) -> Problem:
    near = get_close_matches(found, known, n=1, cutoff=0.5)
    place = "country" if what == "country" else "subdivision"
    if near:
        fix = f"did you mean `{near[0]}`? or delete `{place}`: then no day is a public holiday of it"
    elif known:
        fix = f"write one that it knows, as `{known[0]}`, or delete `{place}`"
    else:
        fix = f"delete `{place}`: the library knows no regions there"
    return Problem(
        at=calendar.at,
        message=f"calendar `{calendar.name}`: the public holidays of {what} `{found}` are not known",
        found=found,
        expected="a code of ISO 3166 that the library `holidays` knows",
        fix=fix,
    )
