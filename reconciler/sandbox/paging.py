"""Query strings: paging and its clamps, filters, ordering, the soft-delete filter, include_related (reference §1.5)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams

from reconciler.sandbox.envelope import Refusal, invalid
from reconciler.sandbox.fields import INT64
from reconciler.sandbox.store import Row
from reconciler.sandbox.tables import TABLES

Parser: TypeAlias = Callable[[str], Any]

STATES: dict[str, int | None] = {"1": 1, "active": 1, "2": 2, "deleted": 2, "all": None}
STATE_NAMES = {1: "active", 2: "deleted", None: "all"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as asked for, after clamping, with the filters that apply and their echo."""

    limit: int
    offset: int
    order_by: str
    where: Row
    echo: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Page sizes: what applies when none is asked for, and the most that is given."""

    default: int = 100
    maximum: int = 100


def refuse(name: str, message: str) -> Refusal:
    """400 for one query parameter."""
    return Refusal(invalid({name: message}))


def integer(value: str) -> int:
    """Read an int64."""
    number = int(value)
    if abs(number) > INT64:
        raise ValueError(value)
    return number


def boolean(value: str) -> bool:
    """Read true or false, in the spellings that clients send."""
    word = value.strip().lower()
    if word not in ("true", "false", "1", "0"):
        raise ValueError(value)
    return word in ("true", "1")


def moment(value: str) -> str:
    """Read a point in time; it is compared as the text that runs show."""
    datetime.fromisoformat(value)
    return value.replace("T", " ")


def split(values: list[str]) -> list[str]:
    """Read a list however it travels: repeated, `a,b`, `["a","b"]`, `[a]`."""
    found: list[str] = []
    for value in values:
        found.extend(_split_one(value.strip()))
    return found


def _split_one(value: str) -> list[str]:
    if value.startswith("[") and value.endswith("]"):
        try:
            return [str(entry) for entry in json.loads(value)]
        except (ValueError, RecursionError):
            value = value[1:-1]
    return [entry.strip().strip("\"'") for entry in value.split(",") if entry.strip()]


def related(query: QueryParams) -> frozenset[str]:
    """Read `include_related`."""
    return frozenset(split(query.getlist("include_related")))


def page_of(
    query: QueryParams, table: str, filters: Mapping[str, Parser], limits: Limits, *, state: str | None
) -> Page:
    """Read the whole query string of a list. `state` is the soft-delete filter's default; None means there is none."""
    limit = _number(query, "limit") or limits.default
    where, echo = _filters(query, filters)
    if state is not None:
        asked = query.get("state") or state
        if asked not in STATES:
            raise refuse("state", "value must be one of ['1', 'active', '2', 'deleted', 'all']")
        if STATES[asked] is not None:
            where["state"] = STATES[asked]
        echo["state"] = STATE_NAMES[STATES[asked]]
    limit, offset = min(limit, limits.maximum), _number(query, "offset") or 0
    echo = {"limit": limit, "offset": offset, **echo}
    return Page(limit=limit, offset=offset, order_by=_order(query, table), where=where, echo=echo)


def _number(query: QueryParams, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise refuse(name, "expected a non-negative int")
    return min(int(text[:20]), INT64)


def _filters(query: QueryParams, filters: Mapping[str, Parser]) -> tuple[Row, Row]:
    where: Row = {}
    echo: Row = {}
    for name, parser in filters.items():
        values = [value for value in query.getlist(name) if value != ""]
        if not values:
            continue
        value = _parse(name, values, parser)
        where[_column(name)] = value
        echo[name] = value
    return where, echo


def _parse(name: str, values: list[str], parser: Parser) -> Any:
    try:
        if name.endswith(("__in", "__range")):
            many = [parser(value) for value in split(values)]
            if name.endswith("__range") and len(many) != 2:
                raise refuse(name, "expected two values")
            return many
        return parser(values[-1])
    except ValueError:
        raise refuse(name, "invalid value") from None


def _column(name: str) -> str:
    column, separator, operator = name.partition("__")
    return ("id" if column == "pk" else column) + separator + operator


def _order(query: QueryParams, table: str) -> str:
    asked = query.get("order_by") or "id"
    descending = asked.startswith("-")
    name = asked.removeprefix("-")
    name = "id" if name == "pk" else name
    if name != "id" and name not in TABLES[table].columns:
        raise refuse("order_by", "unknown field")
    return f"-{name}" if descending else name
