"""Blanks inside of lines: one behind a colon or a comma, none inside brackets; columns that authors made stay."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import MappingNode, ScalarNode

from reconciler.policy.editing.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["spaced"]

_BETWEEN: Final = re.compile(r" *([:,]) *")
_AT_THE_END: Final = re.compile(r" *,? *")


def spaced(layout: Layout) -> Iterator[Splice]:
    """Yield what makes blanks one or none."""
    columns = _Columns(layout)
    for place in layout.places.values():
        if isinstance(place.node, ScalarNode) or place.is_alias:
            continue
        pairs = layout.pairs(place) if isinstance(place.node, MappingNode) else []
        gaps = [(key.end, value.start) for key, value in pairs]
        if place.is_block:
            columns.keep(gaps)
        else:
            spans = layout.spans(place)
            gaps += [(one[1], other[0]) for one, other in pairwise(spans)]
            yield from _brackets(place, spans, layout)
        yield from (splice for gap in gaps for splice in _between(gap, columns, layout))


def _between(gap: tuple[int, int], columns: _Columns, layout: Layout) -> Iterator[Splice]:
    found = _BETWEEN.fullmatch(layout.text, *gap)
    if found is None:
        return
    width = gap[1] - gap[0] - 1 if columns.shared(gap[1]) else 1
    wanted = found[1] + " " * max(width, 1)
    if found[0] != wanted:
        yield Splice(*gap, wanted)


def _brackets(place: Place, spans: list[tuple[int, int]], layout: Layout) -> Iterator[Splice]:
    """Yield what takes blanks and a last comma out of brackets that end on the line on which they begin."""
    opening = layout.opening(place)
    if opening is None or "\n" in layout.text[opening : place.end]:
        return
    last = spans[-1][1] if spans else opening
    if spans and spans[0][0] > opening and layout.text[opening : spans[0][0]].isspace():
        yield Splice(opening, spans[0][0], "")
    if last < place.end - 1 and _AT_THE_END.fullmatch(layout.text, last, place.end - 1):
        yield Splice(last, place.end - 1, "")


class _Columns:
    """Which characters stand below each other on purpose."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._begun = {place.start for place in layout.places.values()}
        lines = [(at, line) for at, line in _lines(layout.text) if not line.lstrip(" ").startswith("#")]
        self._starts = [at for at, _line in lines]
        self._lengths = [len(line) for _at, line in lines]
        self._kept: set[int] = set()

    def keep(self, gaps: list[tuple[int, int]]) -> None:
        """Note the values of one mapping that stand in a column with others of it, on the lines of their keys."""
        columns = [(start, start - self._layout.line_start(end)) for end, start in gaps]
        many = Counter(column for _start, column in columns)
        self._kept |= {start for start, column in columns if many[column] > 1}

    def shared(self, offset: int) -> bool:
        """Tell whether something begins in the same column of the line above or below, lines of comment left out."""
        if offset in self._kept:
            return True
        number = bisect_right(self._starts, offset) - 1
        column = offset - self._starts[number]
        return any(
            self._starts[other] + column in self._begun and self._after_blank(self._starts[other] + column)
            for other in (number - 1, number + 1)
            if 0 <= other < len(self._starts) and column < self._lengths[other]
        )

    def _after_blank(self, offset: int) -> bool:
        return self._layout.text[offset - 1 : offset] == " "


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line
        at += len(line)
