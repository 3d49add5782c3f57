"""Where lines end, and how many of them are empty."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from reconciler.policy.editing.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["clean_lines"]

_BLANKS: Final = re.compile(r"(?<![ \t])[ \t]+$", re.MULTILINE)
_EMPTY_LINES: Final = re.compile(r"(?<=\n\n)\n+|\A\n+")
_END: Final = re.compile(r"\n*\Z")


def clean_lines(layout: Layout) -> Iterator[Splice]:
    """Yield what takes away blanks at ends of lines and empty lines in a row. Lines inside of text are left alone."""
    text = layout.text
    spans = [_span(place, layout) for place in layout.scalars]
    inside = [(start, end) for start, end in spans if "\n" in text[start:end]]
    body = len(text.rstrip("\n"))
    for pattern in (_BLANKS, _EMPTY_LINES):
        for match in pattern.finditer(text, 0, body):
            at = bisect_right(inside, (match.start(), len(text))) - 1
            if at < 0 or match.start() >= inside[at][1]:
                yield Splice(*match.span(), "")
    if body and not any(end > body for _start, end in inside) and text[body:] != "\n":
        yield Splice(body, len(text), "\n")


def _span(place: Place, layout: Layout) -> tuple[int, int]:
    """Return which characters of a scalar may be text: blanks behind a line of `|`, empty lines of `|+`."""
    if not place.is_text:
        return place.start, place.end
    header = layout.text[place.start : layout.line_end(place.start)]
    kept: int = place.node.end_mark.index
    return place.start, kept if "+" in header.partition("#")[0] else layout.line_end(place.end)
