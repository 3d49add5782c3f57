"""Which days count: the days of the week that a calendar names, without the public holidays of its country."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Final

from reconciler.model.calendar import Calendar
from reconciler.model.policy import Policy
from reconciler.model.problem import NOWHERE, Problem

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
_CODE: Final = re.compile("[A-Z0-9]{1,6}")
_MOST_REGIONS: Final = 30


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
    country = calendar.country or ""
    if country not in known:
        return _unknown_country(calendar, country, sorted(code for code in known if len(code) == 2))
    return _unknown_region(calendar, country, sorted(code for code in known[country] if _CODE.fullmatch(code)))


def _unknown_country(calendar: Calendar, country: str, known: list[str]) -> Problem:
    near = get_close_matches(country, known, n=1, cutoff=0.5)
    meant = f"did you mean `{near[0]}`? or" if near else f"write one that it knows, as `{known[0]}`, or"
    return Problem(
        at=calendar.at if calendar.country_at is NOWHERE else calendar.country_at,
        message=f"calendar `{calendar.name}`: the public holidays of country `{country}` are not known",
        found=country,
        expected="a code of ISO 3166 that the library `holidays` knows",
        fix=f"{meant} delete `country`: then no day is a public holiday of it",
    )


def _unknown_region(calendar: Calendar, country: str, known: list[str]) -> Problem:
    """Name only regions that the language can write: the library has towns too, by their names."""
    region = calendar.subdivision or ""
    near = get_close_matches(region, known, n=1, cutoff=0.5)
    listed = ", ".join(f"`{code}`" for code in known[:_MOST_REGIONS])
    more = f" and {len(known) - _MOST_REGIONS} more" if len(known) > _MOST_REGIONS else ""
    meant = f"did you mean `{near[0]}`? or" if near else "write one of these, or"
    return Problem(
        at=calendar.at if calendar.subdivision_at is NOWHERE else calendar.subdivision_at,
        message=f"calendar `{calendar.name}`: `{region}` is no region of {country}",
        found=region,
        expected=f"one of {listed}{more}" if known else "no region",
        fix=f"{meant} delete `subdivision`" if known else "delete `subdivision`: the library knows no regions there",
    )
