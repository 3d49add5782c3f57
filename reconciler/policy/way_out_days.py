"""Ways in which people write days of the week, and the list that they mean."""

from __future__ import annotations

import re
from typing import Final

from reconciler.model.calendar import WEEKDAYS

__all__ = ["days_meant"]

_VARIANTS: Final = (
    "monday mondays mo montag",
    "tuesday tuesdays tues tu di dienstag",
    "wednesday wednesdays weds we mi mittwoch",
    "thursday thursdays thurs thur th do donnerstag",
    "friday fridays fr freitag",
    "saturday saturdays sa samstag sonnabend",
    "sunday sundays su so sonntag",
)
_DAY: Final = {
    word: day
    for day, (name, words) in enumerate(zip(WEEKDAYS, _VARIANTS, strict=True))
    for word in (name, *words.split())
}
_WORKDAYS: Final = frozenset(["weekday", "weekdays", "workday", "workdays", "workingdays", "businessdays", "werktags"])
_WEEKEND: Final = frozenset(["weekend", "weekends", "wochenende"])
_RANGE: Final = re.compile(r"([a-z]+)\s*(?:-|\u2013|\u2014|\.{2,3}|:|\bto\b|\bbis\b)\s*([a-z]+)")
_BETWEEN: Final = re.compile(r"\s*[,;|/+&]\s*|\s+")


def days_meant(text: str) -> tuple[str, ...]:
    """Return the days that `mon-fri`, `Mo-Fr`, `weekdays` or `mon, wed` mean; none if the text is something else.

    A range may go over the end of the week: `sat-mon` is three days.
    """
    written = text.strip().casefold()
    if re.sub(r"[\s_-]", "", written) in _WORKDAYS:
        return WEEKDAYS[:5]
    if written in _WEEKEND:
        return WEEKDAYS[5:]
    ends = _RANGE.fullmatch(written)
    if ends and ends[1] in _DAY and ends[2] in _DAY:
        first, last = _DAY[ends[1]], _DAY[ends[2]]
        return tuple(WEEKDAYS[(first + step) % 7] for step in range((last - first) % 7 + 1))
    parts = _BETWEEN.split(written)
    return tuple(dict.fromkeys(WEEKDAYS[_DAY[part]] for part in parts)) if set(parts) <= _DAY.keys() else ()
