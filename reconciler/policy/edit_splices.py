"""Taking an entry out of a collection, or putting one in, by touching only the characters that are its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ruamel.yaml.nodes import MappingNode

from reconciler.policy.edit_places import CannotEditError, end_of, is_block, last_of, start_of

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from reconciler.policy.edit_places import Layout, Place

__all__ = ["Splice", "insertion", "removal"]

_COLON: Final = re.compile(r"[ \t]*:\s*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*,?[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_ALIAS: Final = "an alias stands beside it"
_COMMENT_IN_THE_WAY: Final = "a comment stands in the way"


class Splice(NamedTuple):
    """The characters from `start` to before `end` become `text`."""

    start: int
    end: int
    text: str


def insertion(collection: Node, entry: str, layout: Layout) -> Splice:
    """Return how an entry is put behind the last one: on a line of its own in a block, behind a comma in brackets."""
    if is_block(collection):
        return _new_line(collection, entry, layout)
    if not collection.value:
        start = re.compile(r"[\[{]").search(layout.text, start_of(collection))
        at = start.end() if start else start_of(collection) + 1
        return Splice(at, at, entry)
    at = end_of(last_of(collection), layout.text)
    if at < start_of(collection):
        raise CannotEditError(_ALIAS)
    return Splice(at, at, f", {entry}")


def _new_line(collection: Node, entry: str, layout: Layout) -> Splice:
    first = collection.value[0]
    if isinstance(first, tuple):
        column = first[0].start_mark.column
    elif layout.text[start_of(collection)] == "-":
        column = collection.start_mark.column
    else:
        raise CannotEditError("an anchor stands in front of the list")
    at = layout.line_end(end_of(collection, layout.text))
    return Splice(at, at, f"{layout.newline}{' ' * column}{entry}")


def removal(collection: Place, number: int, layout: Layout) -> Splice:
    """Return how an entry is taken out, with its comma or its lines and the comment beside it."""
    spans = _spans(collection.node, layout)
    edges = [edge for span in spans for edge in span]
    if edges != sorted(edges):
        raise CannotEditError(_ALIAS)
    if len(spans) == 1:
        return _emptied(collection, spans[0], layout)
    remove = _from_block if is_block(collection.node) else _from_brackets
    return remove(spans, number, layout)


def _spans(collection: Node, layout: Layout) -> list[tuple[int, int]]:
    """Return where the entries of a collection begin and end; an item of a block begins with its dash."""
    if isinstance(collection, MappingNode):
        return [(start_of(key), end_of(value, layout.text)) for key, value in collection.value]
    if not is_block(collection):
        return [(start_of(item), end_of(item, layout.text)) for item in collection.value]
    spans: list[tuple[int, int]] = []
    before = start_of(collection)
    for item in collection.value:
        dash = re.compile(r"-(?=\s)" if not spans else r"^ *-(?=\s)", re.MULTILINE).search(layout.text, before)
        if dash is None or dash.end() > start_of(item) or (not spans and dash.start() != before):
            raise CannotEditError("the dash of an item is not where it should be")
        before = end_of(item, layout.text)
        spans.append((dash.end() - 1, before))
    return spans


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
    node = collection.node
    start, end = start_of(node), node.end_mark.index
    if not is_block(node):
        opened = re.compile(r"[\[{]").search(layout.text, start)
        if opened is None or opened.start() > span[0] or layout.has_comment(opened.end(), end):
            raise CannotEditError(_COMMENT_IN_THE_WAY)
        return Splice(opened.end(), end - 1, "")
    empty = "{}" if isinstance(node, MappingNode) else "[]"
    key = collection.parent.node.value[collection.number] if collection.parent else None
    if isinstance(key, tuple):
        after_key = end_of(key[0], layout.text)
        if _COLON.fullmatch(layout.text, after_key, span[0]):
            return Splice(after_key, span[1], f": {empty}")
    return Splice(span[0], span[1], empty)


def _behind_break(text: str, at: int) -> int:
    return at + (2 if text.startswith("\r\n", at) else 1)
