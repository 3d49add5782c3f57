"""What others' JSON holds, as plain values: whatever stands there, the answer is a value or nothing, never an error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from decimal import Decimal
from typing import Any, Final

__all__ = ["first_text", "items", "mapping", "moment", "number", "seconds", "text", "texts", "whole"]

_LARGEST: Final = 2**63
_LONGEST: Final = 100 * 366 * 86_400.0
_NOTHING: Final[Mapping[str, Any]] = {}


def text(value: object, *, most: int = 1_000) -> str:
    """Return a text of at most `most` characters, without what UTF-8 cannot write; '' for anything else."""
    if not isinstance(value, str):
        return ""
    return value[:most].encode("utf-8", "replace").decode("utf-8")


def texts(value: object, *, most: int = 1_000) -> tuple[str, ...]:
    """Return the texts of a list, or the one text that stands in its place; at most `most` of them."""
    if isinstance(value, str):
        return (text(value),) if value else ()
    return tuple(text(each) for each in items(value)[:most] if isinstance(each, str) and each)


def first_text(*values: object, most: int = 1_000) -> str:
    """Return the first of the values that is a text with something in it; '' if none is."""
    return next((found for value in values if (found := text(value, most=most))), "")


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _NOTHING


def items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def whole(value: object) -> int | None:
    """Return a number of 0 to 2^63, given as number or as digits; a truth value is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST else None


def number(value: object) -> float | None:
    """Return a finite number, given as one; a truth value is none."""
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None


def seconds(value: object) -> float | None:
    """Return a length of time of 0 to 100 years, given in seconds; nothing that anybody has measured is outside."""
    found = number(value)
    return found if found is not None and 0 <= found <= _LONGEST else None


def moment(value: object) -> datetime | None:
    """Return a time in UTC, from ISO 8601 with T or blank, to the microsecond; without a zone it is UTC.

    The first and the last year that a calendar has are no time: the year 1 is what Go writes for none, and neither
    can be told in every zone.
    """
    try:
        found = datetime.fromisoformat(text(value, most=60).strip())
        at = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if MINYEAR < at.year < MAXYEAR else None
