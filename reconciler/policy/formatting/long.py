"""Braces and brackets that make a line too long become lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import CollectionNode, MappingNode

from reconciler.policy.editing.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["LONGEST", "unfolded"]

LONGEST: Final = 120
"""How many characters of a line are bearable, a comment at its end not counted."""


def unfolded(layout: Layout) -> Iterator[Splice]:
    """Yield what makes lines of the outermost braces or brackets of each line that is too long."""
    for place in layout.places.values():
        if _is_outermost(place, layout) and _is_too_long(place, layout):
            yield from _in_lines(place, layout)


def _is_outermost(place: Place, layout: Layout) -> bool:
    """Tell whether this stands in brackets on one line, and what holds it in lines."""
    return (
        isinstance(place.node, CollectionNode)
        and bool(place.node.value)
        and not (place.is_block or place.is_alias)
        and place.path != ()
        and layout.places[place.holder].is_block
        and layout.text[place.start] in "[{"
        and "\n" not in layout.text[place.start : place.end]
    )


def _is_too_long(place: Place, layout: Layout) -> bool:
    line, end = layout.line_start(place.start), layout.line_end(place.end)
    end = min(layout.comment_behind(place.end), end)
    return len(layout.text[line:end].rstrip()) > LONGEST


def _in_lines(place: Place, layout: Layout) -> Iterator[Splice]:
    is_mapping = isinstance(place.node, MappingNode)
    entries = [f"{'' if is_mapping else '- '}{layout.text[start:end]}" for start, end in layout.spans(place)]
    end = layout.line_end(place.end)
    rest = layout.text[place.end : end].strip()
    comment = f"  {rest}" if rest else ""
    if place.is_item:
        if is_mapping:
            margin = "\n" + " " * (place.start - layout.line_start(place.start))
            yield Splice(place.start, end, margin.join([entries[0] + comment, *entries[1:]]))
        return
    key = layout.places[(*place.path[:-1], 0)]
    if layout.text[key.end : place.start].strip(" ") == ":":
        margin = "\n" + " " * (key.start - layout.line_start(key.start) + 2)
        yield Splice(key.end, end, margin.join([f":{comment}", *entries]))
