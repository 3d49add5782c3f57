"""What a write may hold: one table of fields per object, read into clean values or into a 400 tree (reference §1.7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.sandbox.envelope import REQUIRED, Refusal, invalid
from reconciler.sandbox.store import Row

Reader: TypeAlias = Callable[[Any], Any]

INT64 = 2**63 - 1


class Mistake(Exception):
    """A value that does not fit; `tree` is its message, or field → message for an object."""

    def __init__(self, tree: str | Row) -> None:
        super().__init__(tree)
        self.tree = tree


def integer(value: Any) -> int:
    """Accept an int64; a boolean is not a number."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INT64:
        raise Mistake("expected int")
    return value


def boolean(value: Any) -> bool:
    """Accept true and false only."""
    if not isinstance(value, bool):
        raise Mistake("expected bool")
    return value


def text(value: Any) -> str:
    """Accept any text."""
    if not isinstance(value, str):
        raise Mistake("expected str")
    return value


def filled(value: Any) -> str:
    """Accept a text of at least one character."""
    if not text(value):
        raise Mistake("length of value must be at least 1")
    return value


def one_of(*allowed: str | int) -> Reader:
    """Accept one of a few constants."""

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in allowed:
            raise Mistake(f"value must be one of {list(allowed)}")
        return value

    return read


def list_of(reader: Reader, *, least: int = 0) -> Reader:
    """Accept a list whose items all fit."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Mistake("expected a list")
        if len(value) < least:
            raise Mistake(f"length of value must be at least {least}")
        return [reader(entry) for entry in value]

    return read


def anything(value: Any) -> Any:
    """Accept any JSON."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: how to read it, whether it must be there, whether null is allowed, and what stands in for it."""

    name: str
    reader: Reader
    required: bool = False
    nullable: bool = True
    default: Any = None


def required(name: str, reader: Reader) -> Field:
    """Name a field that must be there and not be null."""
    return Field(name=name, reader=reader, required=True, nullable=False)


def optional(name: str, reader: Reader, default: Any = None) -> Field:
    """Name a field that may be left out or null; both mean `default`."""
    return Field(name=name, reader=reader, default=default)


def read_fields(body: Any, fields: Sequence[Field]) -> Row:
    """Pick the known fields out of an object; unknown ones are dropped. Raises Mistake with a tree of all problems."""
    if not isinstance(body, Mapping):
        raise Mistake("expected a dictionary")
    clean: Row = {}
    problems: Row = {}
    for field in fields:
        try:
            clean[field.name] = _read(body, field)
        except Mistake as mistake:
            problems[field.name] = mistake.tree
    if problems:
        raise Mistake(problems)
    return clean


def _read(body: Mapping[str, Any], field: Field) -> Any:
    if field.name not in body:
        if field.required:
            raise Mistake(REQUIRED)
        return _fresh(field.default)
    value = body[field.name]
    if value is None:
        if not field.nullable:
            raise Mistake("expected a value, not null")
        return _fresh(field.default)
    return field.reader(value)


def _fresh(default: Any) -> Any:
    return default.copy() if isinstance(default, (list, dict)) else default


def object_of(*fields: Field) -> Reader:
    """Accept an object of known fields."""

    def read(value: Any) -> Row:
        return read_fields(value, fields)

    return read


def accept(body: Row, fields: Sequence[Field]) -> Row:
    """Read a request body, or answer 400 with the tree."""
    try:
        return read_fields(body, fields)
    except Mistake as mistake:
        tree = mistake.tree if isinstance(mistake.tree, dict) else {"non_field_errors": mistake.tree}
        raise Refusal(invalid(tree)) from None
