"""Quotes only where they are needed. Words that older YAML takes for truth values keep theirs, and so do times.

In a list of which one item needs quotes the others keep theirs too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import ScalarNode

from reconciler.policy.editing.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.editing.places import Layout, Place

__all__ = ["unquoted"]

_WORDS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*|\$[A-Z][A-Z0-9_]*")
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SIMPLE: Final = re.compile(r'[^"\\\n]*')


def unquoted(layout: Layout) -> Iterator[Splice]:
    """Yield what takes quotes away, and makes the ones that stay double where nothing inside minds."""
    quoted = [place for place in layout.scalars if _is_quoted(place, layout)]
    kept = {place.holder for place in quoted if place.is_item and not _is_plain(place)}
    for place in quoted:
        value = place.node.value
        if _is_plain(place) and not (place.is_item and place.holder in kept):
            yield Splice(place.start, place.end, value)
        elif layout.text[place.start] == "'" and _SIMPLE.fullmatch(value) and value.isprintable():
            yield Splice(place.start, place.end, f'"{value}"')


def _is_quoted(place: Place, layout: Layout) -> bool:
    source = layout.text[place.start : place.end]
    return not place.is_alias and isinstance(place.node, ScalarNode) and source[:1] in {"'", '"'} and "\n" not in source


def _is_plain(place: Place) -> bool:
    value = place.node.value
    return bool(_WORDS.fullmatch(value)) and value.casefold() not in _RESERVED
