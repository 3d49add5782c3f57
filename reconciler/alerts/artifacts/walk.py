"""Go through a large JSON file section by section; only what is asked for is ever built.

A file is an object of sections; a section holds entries, by key or in a list, and an entry holds fields. A skipped
field costs time for its bytes and no memory; no paths are built, so a file that is only brackets costs no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import ijson

__all__ = ["MAX_DEPTH", "Broken", "Entry", "Fields", "walk"]

MAX_DEPTH: Final = 64
"""How deep a field may be nested; one that is deeper counts as null. Real configs stay under 20."""

_OPENING: Final = frozenset({"start_map", "start_array"})
_CLOSING: Final = frozenset({"end_map", "end_array"})

Fields = Callable[[str, str], Collection[str] | None]
"""Which fields of the entry (section, key) to build; None leaves the entry out. The key is '' in a list."""
_Events = Iterator[tuple[str, Any]]


class Broken(ValueError):
    """The file breaks off or is no JSON from here on; what came before it was read. The text quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`value` is a dict of the fields that were asked for; where no object stands, the plain value, None for a list."""

    section: str
    key: str
    value: Any


def walk(file: BinaryIO, fields: Fields) -> Iterator[Entry]:
    """Yield the wanted entries in the order of the file, from its beginning. Raises Broken where it cannot go on.

    A number that no machine has breaks it off too: Python's own integers and decimals let one of them end the process.
    """
    file.seek(0)
    try:
        yield from _sections(iter(ijson.basic_parse(file, use_float=True)), fields)
    except (ijson.JSONError, OverflowError, ValueError) as error:
        raise _broken(error) from None


def _sections(events: _Events, fields: Fields) -> Iterator[Entry]:
    if next(events)[0] != "start_map":
        raise Broken("it holds no JSON object")
    for event, section in events:
        if event == "map_key":
            yield from _entries(events, section, fields)


def _entries(events: _Events, section: str, fields: Fields) -> Iterator[Entry]:
    """Yield a section's entries; a section that is one plain value has none."""
    opening, _ = next(events)
    if opening not in _OPENING:
        return
    for event, value in events:
        if event in _CLOSING:
            return
        keyed = event == "map_key"
        key = value if keyed else ""
        first = next(events) if keyed else (event, value)
        wanted = fields(section, key)
        if wanted is None:
            _skip(events, first[0])
        else:
            yield Entry(section=section, key=key, value=_entry(events, first, wanted))


def _entry(events: _Events, first: tuple[str, Any], wanted: Collection[str]) -> Any:  # noqa: ANN401 - any JSON
    event, value = first
    if event != "start_map":
        _skip(events, event)
        return value
    found: dict[str, Any] = {}
    for event, key in events:
        if event == "end_map":
            break
        event, value = next(events)  # noqa: PLW2901 - the field's own
        if key in wanted:
            found[key] = _built(events, event, value)
        else:
            _skip(events, event)
    return found


def _skip(events: _Events, first: str) -> None:
    """Consume the rest of a value whose first event came already."""
    if first not in _OPENING:
        return
    depth = 1
    for event, _ in events:  # most of a manifest passes here: no call for each event
        if event in _OPENING:
            depth += 1
        elif event in _CLOSING:
            depth -= 1
            if depth == 0:
                return


def _built(events: _Events, event: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    builder, depth, too_deep = ijson.ObjectBuilder(), 0, False
    while True:
        if event in _OPENING:
            depth += 1
        elif event in _CLOSING:
            depth -= 1
        too_deep = too_deep or depth > MAX_DEPTH
        if not too_deep:
            builder.event(event, value)
        if depth == 0:
            return None if too_deep else builder.value
        event, value = next(events)


def _broken(error: Exception) -> Broken:
    if isinstance(error, Broken):
        return error
    return Broken("it breaks off in the middle" if "premature EOF" in str(error) else "it is not JSON all through")
