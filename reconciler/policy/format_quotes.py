"""Quotes only where they are needed. Words that older YAML takes for truth values keep theirs, and so do times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import ScalarNode

from reconciler.policy.edit_splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.edit_places import Layout

__all__ = ["unquoted"]

_WORDS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*|\$[A-Z][A-Z0-9_]*")
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SIMPLE: Final = re.compile(r'[^"\\\n]*')


def unquoted(layout: Layout) -> Iterator[Splice]:
    """Yield what takes quotes away, and makes the ones that stay double where nothing inside minds."""
    for place in layout.scalars:
        source = layout.text[place.start : place.end]
        if place.is_alias or not isinstance(place.node, ScalarNode) or source[0] not in "\"'" or "\n" in source:
            continue
        value = place.node.value
        if _WORDS.fullmatch(value) and value.casefold() not in _RESERVED:
            yield Splice(place.start, place.end, value)
        elif source[0] == "'" and _SIMPLE.fullmatch(value) and value.isprintable():
            yield Splice(place.start, place.end, f'"{value}"')
