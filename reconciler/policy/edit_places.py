"""Where the nodes of one file stand, character by character, and how each is reached from the root.

Both YAML engines count characters alike, line ends and wide characters included. What they call the end of block
collections and block scalars is too late (it takes in the comments and blank lines below), so ends are found here.
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

__all__ = ["CannotEditError", "Layout", "Path", "Place", "end_of", "is_block", "last_of", "start_of"]

Path = tuple[int, ...]
"""Steps from the root: the number of an item or a pair; below a pair 0 is its key and 1 its value."""

_ALIAS: Final = "an alias stands beside it"
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)


class CannotEditError(Exception):
    """An edit is refused; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node as it is reached: `parent` holds it as its item or pair `number`.

    `shared`: the node, or one around it, has an alias, so that it stands for more than one place.
    """

    node: Node
    path: Path
    parent: Place | None = None
    is_key: bool = False
    shared: bool = False

    @property
    def number(self) -> int:
        """Return which item or pair of its parent this is."""
        return self.path[len(self.parent.path)] if self.parent else 0


def start_of(node: Node) -> int:
    """Return where a node begins; one with an anchor begins there."""
    return node.start_mark.index


def end_of(node: Node, text: str) -> int:
    """Return where a node ends, without the blank lines and comments below it.

    Raises CannotEditError where it ends with an alias: the engines only know where its anchor stands.
    """
    if is_block(node):
        last = last_of(node)
        if start_of(last) < start_of(node):
            raise CannotEditError(_ALIAS)
        return end_of(last, text)
    end: int = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return len(text[:end].rstrip())
    return end


def last_of(collection: Node) -> Node:
    """Return the last item, or the value of the last pair."""
    last = collection.value[-1]
    return last[1] if isinstance(last, tuple) else last


def is_block(node: Node) -> bool:
    """Tell whether this is a mapping or list written in lines, without brackets."""
    return isinstance(node, CollectionNode) and not node.flow_style


class Layout:
    """One file: its text without a byte-order mark, its nodes by where they begin, its comments and its line ends."""

    def __init__(self, text: str, root: Node | None) -> None:
        self.text = text
        self.newline = _first_newline(text)
        self.root = Place(node=root, path=()) if root is not None else None
        self._by_start: dict[tuple[int, int], list[Place]] = {}
        self._times: dict[int, int] = {}
        self._scalars: list[ScalarNode] = []
        if self.root is not None:
            self._count(self.root.node)
            self._meet(self.root, set())

    def at(self, line: int, column: int) -> list[Place]:
        """Return what begins there, from the outside in. A block mapping begins with its first key."""
        return self._by_start.get((line, column), [])

    def children(self, place: Place) -> list[Place]:
        """Return what a collection holds, in order; of a pair its key, then its value."""
        steps = _children(place.node)
        return [self._child(place, node, *step) for step, node in steps]

    def value(self, mapping: Place, number: int) -> Place:
        return self._child(mapping, mapping.node.value[number][1], number, 1)

    def pair(self, mapping: Place, key: str) -> int | None:
        """Return the number of a key's pair in a mapping."""
        return next((number for number, pair in enumerate(mapping.node.value) if pair[0].value == key), None)

    def line_start(self, offset: int) -> int:
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line ends that this character stands in, before its line break."""
        found = re.compile(r"[\r\n]|\Z").search(self.text, offset)
        return found.start() if found else len(self.text)

    def has_comment(self, start: int, end: int) -> bool:
        """Tell whether a comment begins between two characters."""
        found = bisect_left(self.comments, (start, start))
        return found < len(self.comments) and self.comments[found][0] < end

    @cached_property
    def comments(self) -> list[tuple[int, int]]:
        """Where comments begin and end: what follows a `#` outside of scalars, and beside a block scalar's `|`."""
        found: list[tuple[int, int]] = []
        at = 0
        for node in sorted(self._scalars, key=start_of):
            found += self._comments_between(at, start_of(node))
            at = end_of(node, self.text)
            if node.style in {"|", ">"}:
                found += self._comments_between(start_of(node) + 1, self.line_end(start_of(node)))
        return found + self._comments_between(at, len(self.text))

    def _comments_between(self, start: int, end: int) -> list[tuple[int, int]]:
        return [match.span() for match in _COMMENT.finditer(self.text, start, end)]

    def _count(self, node: Node) -> None:
        self._times[id(node)] = self._times.get(id(node), 0) + 1
        if self._times[id(node)] == 1:
            for _step, child in _children(node):
                self._count(child)

    def _meet(self, place: Place, met: set[int]) -> None:
        """Note a node and what it holds. What an alias repeats was met at its anchor."""
        if id(place.node) in met:
            return
        met.add(id(place.node))
        mark = place.node.start_mark
        self._by_start.setdefault((mark.line + 1, mark.column + 1), []).append(place)
        if isinstance(place.node, ScalarNode):
            self._scalars.append(place.node)
        for child in self.children(place):
            self._meet(child, met)

    def _child(self, parent: Place, node: Node, *steps: int) -> Place:
        return Place(
            node=node,
            path=(*parent.path, *steps),
            parent=parent,
            is_key=steps[1:] == (0,),
            shared=parent.shared or self._times[id(node)] > 1,
        )


def _children(node: Node) -> Iterator[tuple[Path, Node]]:
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            yield (number,), item
    elif isinstance(node, MappingNode):
        for number, (key, value) in enumerate(node.value):
            yield (number, 0), key
            yield (number, 1), value


def _first_newline(text: str) -> str:
    found = re.search(r"\r\n|\n|\r", text)
    return found.group() if found else "\n"
