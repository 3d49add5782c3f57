"""How far each line is indented: two columns for each level, items of a list inside their key.

Lines that a value goes on in (text, brackets) move with their key. A line of comment moves with the line below it that
stands in its column, else with the one above that it stands inside of.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from ruamel.yaml.nodes import MappingNode

from reconciler.policy.editing.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["indented"]

_STEP: Final = 2


class _Line(NamedTuple):
    """A line by its first character, how far its own first character stands in, and what stands there."""

    start: int
    column: int
    text: str


def indented(layout: Layout) -> Iterator[Splice]:
    """Yield what brings each line to its column."""
    lines = _Lines(layout)
    if layout.root is not None and layout.root.is_block:
        lines.block(layout.root, 0)
    yield from lines.gaps
    yield from lines.moved()


class _Lines:
    def __init__(self, layout: Layout) -> None:
        self.gaps: list[Splice] = []
        self._layout = layout
        self._wanted: dict[int, int] = {}
        """By the start of a line: its new column."""
        self._entries: list[tuple[int, ...]] = []
        """Lines that an entry of a block begins: where, its column, its new column."""

    def block(self, place: Place, column: int) -> None:
        """Note the lines of a mapping or a list that shall begin in a column."""
        spans = self._layout.spans(place)
        for number, (start, _end) in enumerate(spans):
            move = column - (start - self._layout.line_start(start))
            self._entry(start, column)
            if isinstance(place.node, MappingNode):
                value = self._layout.places[(*place.path, number, 1)]
            else:
                value = self._layout.places[(*place.path, number)]
                self._gap(start + 1, value.start)
            self._value(value, column + _STEP, move)

    def moved(self) -> Iterator[Splice]:
        """Yield what moves lines."""
        lines = [self._line(start) for start in _starts(self._layout.text)]
        comments = {line for line in lines if line.text.startswith("#") and line.start not in self._wanted}
        for is_comment, group in groupby((line for line in lines), key=lambda line: line in comments):
            own = list(group)
            move = self._move_of_comment(own[0]) if is_comment else 0
            for line in own:
                wanted = max(line.column + move, 0) if is_comment else self._wanted.get(line.start, line.column)
                if line.text and wanted != line.column:
                    yield Splice(line.start, line.start + line.column, " " * wanted)

    def _entry(self, start: int, column: int) -> None:
        line = self._layout.line_start(start)
        if not self._layout.text[line:start].strip():
            self._wanted[line] = column
            self._entries.append((line, start - line, column))

    def _gap(self, dash_end: int, start: int) -> None:
        between = self._layout.text[dash_end:start]
        if between != " " and not between.strip(" "):
            self.gaps.append(Splice(dash_end, start, " "))

    def _value(self, value: Place, column: int, move: int) -> None:
        if value.is_block:
            self.block(value, column)
            return
        self._entry(value.start, column)
        line = self._layout.line_end(value.start) + 1
        while line < value.end:
            self._wanted[line] = max(self._line(line).column + move, 0)
            line = self._layout.line_end(line) + 1

    def _move_of_comment(self, line: _Line) -> int:
        here = bisect_left(self._entries, (line.start,))
        below = self._entries[here] if here < len(self._entries) else None
        if below and below[1] == line.column:
            return below[2] - below[1]
        around = (
            entry for entry in (self._entries[number] for number in range(here - 1, -1, -1)) if entry[1] <= line.column
        )
        entry = next(around, None)
        return entry[2] - entry[1] if entry else 0

    def _line(self, start: int) -> _Line:
        text = self._layout.text[start : self._layout.line_end(start)]
        return _Line(start, len(text) - len(text.lstrip(" ")), text.strip())


def _starts(text: str) -> Iterator[int]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at
        at += len(line)
