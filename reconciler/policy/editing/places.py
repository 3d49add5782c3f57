"""Where the nodes of one file stand, character by character, and how each is reached from the root.

Both YAML engines count characters alike, line ends and wide characters included. What they call the end of block
collections and block scalars is too late (it takes in the comments and blank lines below), and of an alias they only
know its anchor; so ends and aliases are found here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.nodes import Node

__all__ = ["CannotEditError", "Layout", "Path", "Place"]

Path = tuple[int, ...]
"""Steps from the root: the number of an item or a pair; below a pair 0 is its key and 1 its value."""

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_ALIAS: Final = re.compile(r"(?:[\s:,\-\[{]|(?<=\s)#[^\r\n]*)*(\*[^\s,\[\]{}]+)")


class CannotEditError(Exception):
    """An edit is refused; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node as it is reached: the characters from `start` (its anchor, if it has one) to before `end`.

    `holder` is the path of the collection that holds it. `shared`: the node, or one around it, has an alias or is one,
    so that it stands for more than one place.
    """

    node: Node
    path: Path
    holder: Path
    start: int
    end: int
    shared: bool = False
    is_alias: bool = False

    @property
    def number(self) -> int:
        """Return which item or pair of its holder this is."""
        return self.path[len(self.holder)]

    @property
    def is_key(self) -> bool:
        return self.path[len(self.holder) + 1 :] == (0,)

    @property
    def is_item(self) -> bool:
        return len(self.path) == len(self.holder) + 1

    @property
    def is_block(self) -> bool:
        """Tell whether this is a mapping or list written in lines, without brackets."""
        return isinstance(self.node, CollectionNode) and not self.node.flow_style and not self.is_alias

    @property
    def is_text(self) -> bool:
        """Tell whether this is a block scalar, `|` or `>`."""
        return isinstance(self.node, ScalarNode) and self.node.style in {"|", ">"} and not self.is_alias


class Layout:
    """One file: its text without a byte-order mark, its nodes in the order of the file, its comments, its line ends."""

    def __init__(self, text: str, root: Node | None) -> None:
        self.text = text
        self.places: dict[Path, Place] = {}
        self._by_start: dict[tuple[int, int], list[Place]] = {}
        self._times: dict[int, int] = {}
        self._met: set[int] = set()
        if root is not None:
            self._count(root)
            self._meet(root, (), (), at=0, shared=False)
        for place in sorted(self.places.values(), key=lambda place: place.path):
            if not place.is_alias:
                mark = place.node.start_mark
                self._by_start.setdefault((mark.line + 1, mark.column + 1), []).append(place)

    @property
    def root(self) -> Place | None:
        return self.places.get(())

    def at(self, line: int, column: int) -> list[Place]:
        """Return what begins there, from the outside in. A block mapping begins with its first key."""
        return self._by_start.get((line, column), [])

    def pairs(self, mapping: Place) -> list[tuple[Place, Place]]:
        """Return the keys and values of a mapping."""
        numbers = range(len(mapping.node.value))
        return [
            (self.places[(*mapping.path, number, 0)], self.places[(*mapping.path, number, 1)]) for number in numbers
        ]

    def items(self, collection: Place) -> list[Place]:
        """Return the items of a list."""
        return [self.places[(*collection.path, number)] for number in range(len(collection.node.value))]

    def spans(self, collection: Place) -> list[tuple[int, int]]:
        """Return where the entries of a collection begin and end; an item of a block begins with its dash."""
        if isinstance(collection.node, MappingNode):
            return [(key.start, value.end) for key, value in self.pairs(collection)]
        items = self.items(collection)
        starts = [item.start for item in items] if not collection.is_block else self._dashes(collection, items)
        return [(start, item.end) for start, item in zip(starts, items, strict=True)]

    def opening(self, flow: Place) -> int | None:
        """Return where what is between the brackets begins; None for a pair that stands in a list without any."""
        found = re.compile(r"(?:[&!]\S+\s+)*[\[{]").match(self.text, flow.start)
        return found.end() if found else None

    def pair(self, mapping: Place, key: str) -> int | None:
        """Return the number of a key's pair in a mapping."""
        return next((number for number, pair in enumerate(mapping.node.value) if pair[0].value == key), None)

    def line_start(self, offset: int) -> int:
        start = self.text.rfind("\n", 0, offset) + 1
        return max(start, self.text.rfind("\r", start, offset) + 1)

    def line_end(self, offset: int) -> int:
        """Return where the line ends that this character stands in, before its line break."""
        found = re.compile(r"[\r\n]").search(self.text, offset)
        return found.start() if found else len(self.text)

    @cached_property
    def newline(self) -> str:
        """The first line break of the file, which is taken for new lines."""
        found = re.search(r"\r\n|\n|\r", self.text)
        return found.group() if found else "\n"

    @property
    def has_key_twice(self) -> bool:
        """Tell whether a mapping gives a key twice, which YAML's composers let pass."""
        mappings = {id(place.node): place.node for place in self.places.values() if isinstance(place.node, MappingNode)}
        return any(len({key.value for key, _ in node.value}) < len(node.value) for node in mappings.values())

    def comment_behind(self, offset: int) -> int:
        """Return where the next comment begins; the end of the text where there is none."""
        found = bisect_left(self.comments, (offset, offset))
        return self.comments[found][0] if found < len(self.comments) else len(self.text)

    def has_comment(self, start: int, end: int) -> bool:
        """Tell whether a comment begins between two characters."""
        return self.comment_behind(start) < end

    @cached_property
    def comments(self) -> list[tuple[int, int]]:
        """Where comments begin and end: what follows a `#` outside of scalars, and beside a block scalar's `|`."""
        found: list[tuple[int, int]] = []
        at = 0
        for place in self.scalars:
            found += self._comments_between(at, place.start)
            at = place.end
            if place.is_text:
                found += self._comments_between(place.start + 1, self.line_end(place.start))
        return found + self._comments_between(at, len(self.text))

    @cached_property
    def scalars(self) -> list[Place]:
        """The scalars and aliases, in the order of the file."""
        leaves = (place for place in self.places.values() if place.is_alias or isinstance(place.node, ScalarNode))
        return sorted(leaves, key=lambda place: place.start)

    def _comments_between(self, start: int, end: int) -> list[tuple[int, int]]:
        return [match.span() for match in _COMMENT.finditer(self.text, start, end)]

    def _dashes(self, collection: Place, items: list[Place]) -> list[int]:
        """Return where the dash of each item of a block stands."""
        found: list[int] = []
        before = collection.start
        for item in items:
            is_first = not found and self.text[before] == "-"
            dash = re.compile(r"-(?=\s)" if is_first else r"^ *-(?=\s)", re.MULTILINE).search(self.text, before)
            if dash is None or dash.end() > item.start:
                raise CannotEditError("the dash of an item is not where it should be")
            found.append(dash.end() - 1)
            before = item.end
        return found

    def _count(self, node: Node) -> None:
        self._times[id(node)] = self._times.get(id(node), 0) + 1
        if self._times[id(node)] == 1:
            for _step, child in _children(node):
                self._count(child)

    def _meet(self, node: Node, path: Path, holder: Path, *, at: int, shared: bool) -> int:
        """Note a node and what it holds, and return where it ends. `at` is where what comes before it ends."""
        shared = shared or self._times[id(node)] > 1
        is_alias = id(node) in self._met
        start, end = self._alias(at) if is_alias else (node.start_mark.index, node.end_mark.index)
        if not is_alias:
            self._met.add(id(node))
            last = start
            for step, child in _children(node):
                last = self._meet(child, (*path, *step), path, at=last, shared=shared)
            end = self._end(node, end, last)
        place = Place(node=node, path=path, holder=holder, start=start, end=end, shared=shared, is_alias=is_alias)
        self.places[path] = place
        return end

    def _end(self, node: Node, end: int, last: int) -> int:
        if isinstance(node, ScalarNode):
            return len(self.text[:end].rstrip()) if node.style in {"|", ">"} else end
        return last if isinstance(node, CollectionNode) and not node.flow_style else end

    def _alias(self, at: int) -> tuple[int, int]:
        found = _ALIAS.match(self.text, at)
        if found is None:
            raise CannotEditError("an alias is not where it should be")
        return found.span(1)


def _children(node: Node) -> Iterator[tuple[Path, Node]]:
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            yield (number,), item
    elif isinstance(node, MappingNode):
        for number, (key, value) in enumerate(node.value):
            yield (number, 0), key
            yield (number, 1), value
