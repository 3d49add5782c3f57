"""One line of a policy file as a terminal shows it, and where under it a caret belongs. Secrets in it are not shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from reconciler.escape import terminal
from reconciler.model.secret import MASK

__all__ = ["pointed_at"]

_TAB: Final = "    "
_CUT: Final = "…"
_SHARE_BEFORE: Final = 2 / 3
"""How much of a long line's window lies before the caret."""


def pointed_at(line: str, column: int, *, width: int, hidden: Sequence[tuple[int, int]] = ()) -> tuple[str, int]:
    """Return the line, or the part of it around the caret, in at most `width` columns, and the caret's column.

    `column` counts characters from 1; `hidden` are the spans, from 0, of which only a mask is shown. A caret inside one
    stands under its beginning.
    """
    if not hidden and line.isascii() and line.isprintable():
        return _plain(line, min(column - 1, len(line)), width)
    pieces, place = _pieces(line, column - 1, hidden)
    widths = [_columns(piece) for piece in pieces]
    first, last = _window(widths, place, width)
    before = _CUT if first > 0 else ""
    after = _CUT if last < len(pieces) else ""
    caret = len(before) + sum(widths[first:place])
    return f"{before}{''.join(pieces[first:last])}{after}", caret


def _plain(line: str, place: int, width: int) -> tuple[str, int]:
    """Do the same, at once, where each character is one column and shown as it is: nearly every line is so."""
    if len(line) <= width:
        return line, place
    room = width - 2 * len(_CUT)
    first = max(place - int(room * _SHARE_BEFORE), 0)
    before = _CUT if first > 0 else ""
    after = _CUT if first + room < len(line) else ""
    return f"{before}{line[first : first + room]}{after}", len(before) + place - first


def _pieces(line: str, column: int, hidden: Sequence[tuple[int, int]]) -> tuple[list[str], int]:
    """Return what each character is shown as, a hidden span as one piece, and which piece the column is in."""
    pieces: list[str] = []
    found: int | None = None
    at = 0
    spans = sorted(hidden)
    while at < len(line):
        while spans and spans[0][1] <= at:
            spans.pop(0)
        end = spans[0][1] if spans and spans[0][0] <= at else at + 1
        if found is None and column < end:
            found = len(pieces)
        pieces.append(MASK if end > at + 1 else _shown(line[at]))
        at = end
    return pieces, len(pieces) if found is None else found


def _shown(character: str) -> str:
    return _TAB if character == "\t" else terminal(character)


def _columns(text: str) -> int:
    return sum(_wide(character) for character in text)


def _wide(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _window(widths: Sequence[int], place: int, width: int) -> tuple[int, int]:
    """Return which pieces fit: all, or those around the place, with room for the marks of a cut."""
    if sum(widths) <= width:
        return 0, len(widths)
    room = width - 2 * len(_CUT)
    first, used = place, 0
    while first > 0 and used + widths[first - 1] <= room * _SHARE_BEFORE:
        first -= 1
        used += widths[first]
    last = first
    used = 0
    while last < len(widths) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    return first, last
