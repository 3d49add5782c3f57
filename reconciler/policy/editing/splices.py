"""Taking an entry out of a collection, or putting one in, by touching only the characters that are its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ruamel.yaml.nodes import MappingNode

from reconciler.policy.editing.places import CannotEditError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["Splice", "insertion", "removal", "spliced"]

_COLON: Final = re.compile(r"[ \t]*:\s*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*,?[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_COMMENT_IN_THE_WAY: Final = "a comment stands in the way"


class Splice(NamedTuple):
    """The characters from `start` to before `end` become `text`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str | None:
    """Carry out splices; at one place in the order in which they come. None where two of them overlap."""
    pieces: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < at:
            return None
        pieces += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join((*pieces, text[at:]))


def insertion(collection: Place, entry: str, layout: Layout) -> Splice:
    """Return how an entry is put behind the last one: on a line of its own in a block, behind a comma in brackets."""
    if collection.is_block:
        return _new_line(collection, entry, layout)
    opening = layout.opening(collection)
    if opening is None:
        raise CannotEditError("it stands in a list without braces")
    if not collection.node.value:
        return Splice(opening, opening, entry)
    at = layout.spans(collection)[-1][1]
    return Splice(at, at, f", {entry}")


def _new_line(collection: Place, entry: str, layout: Layout) -> Splice:
    start = layout.spans(collection)[0][0]
    column = start - layout.line_start(start)
    at = layout.line_end(collection.end)
    return Splice(at, at, f"{layout.newline}{' ' * column}{entry}")


def removal(collection: Place, number: int, layout: Layout) -> Splice:
    """Return how an entry is taken out, with its comma or its lines and the comment beside it."""
    spans = layout.spans(collection)
    if len(spans) == 1:
        return _emptied(collection, spans[0], layout)
    remove = _from_block if collection.is_block else _from_brackets
    return remove(spans, number, layout)


def _from_block(spans: list[tuple[int, int]], number: int, layout: Layout) -> Splice:
    start, end = spans[number]
    line, stop = layout.line_start(start), layout.line_end(end)
    if layout.text[line:start].strip():
        return _from_shared_line(spans, number, layout)
    if stop < len(layout.text):
        return Splice(line, _behind_break(layout.text, stop), "")
    return Splice(layout.line_end(spans[number - 1][1]) if number else line, stop, "")


def _from_shared_line(spans: list[tuple[int, int]], number: int, layout: Layout) -> Splice:
    """Take out what follows a dash on its line; the next entry moves up to there."""
    start, end = spans[number]
    if number + 1 == len(spans):
        raise CannotEditError("it shares its line with something else")
    after = spans[number + 1][0]
    if layout.has_comment(layout.line_end(end), after):
        raise CannotEditError(_COMMENT_IN_THE_WAY)
    return Splice(start, after, "")


def _from_brackets(spans: list[tuple[int, int]], number: int, layout: Layout) -> Splice:
    start, end = spans[number]
    line, rest = layout.line_start(start), _REST_OF_LINE.match(layout.text, end)
    if rest and not layout.text[line:start].strip():
        return Splice(line, rest.end(), "")
    cut = (spans[number - 1][1], end) if number else (start, spans[1][0])
    gap = (cut[0], start) if number else (end, cut[1])
    if layout.has_comment(*gap):
        raise CannotEditError(_COMMENT_IN_THE_WAY)
    return Splice(*cut, "")


def _emptied(collection: Place, span: tuple[int, int], layout: Layout) -> Splice:
    """Take out the only entry: what stays is `[]` or `{}`."""
    if not collection.is_block:
        opening = layout.opening(collection)
        if opening is None or layout.has_comment(opening, collection.end):
            raise CannotEditError(_COMMENT_IN_THE_WAY)
        return Splice(opening, collection.end - 1, "")
    empty = "{}" if isinstance(collection.node, MappingNode) else "[]"
    key = None if collection.is_item else layout.places.get((*collection.path[:-1], 0))
    if key and _COLON.fullmatch(layout.text, key.end, span[0]):
        return Splice(key.end, span[1], f": {empty}")
    return Splice(span[0], span[1], empty)


def _behind_break(text: str, at: int) -> int:
    return at + (2 if text.startswith("\r\n", at) else 1)
