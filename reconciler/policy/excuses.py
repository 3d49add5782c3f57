"""Find `# dbt-alerts: ignore[rule-id] reason` in policy files, and which lines each speaks for.

A comment is told from a text that holds a `#` by the places of the scalars: what stands inside one is no comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from reconciler.lint.excuse import Excuse
from reconciler.model.problem import Position
from reconciler.policy.compose import compose, paused_gc
from reconciler.policy.parts import NAMED_SECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ruamel.yaml.nodes import Node

__all__ = ["excuses_in"]

_MARKER: Final = "dbt-alerts:"
_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*dbt-alerts:[ \t]*ignore\b[ \t]*(?:\[([^\]\r\n]*)\])?[ \t]*(.*)$")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BLOCK_STYLES: Final = frozenset({"|", ">"})


def excuses_in(file: str, text: str) -> tuple[Excuse, ...]:
    """Return the excuses of one file; none where the text is no YAML: the loader says what is wrong with it."""
    if _MARKER not in text:
        return ()
    lines = _LINE_BREAK.split(text)
    comments = [(number, found) for number, line in enumerate(lines) for found in _COMMENT.finditer(line)]
    if not comments:
        return ()
    with paused_gc():
        try:
            root = compose(text)
        except YAMLError:
            return ()
        layout = _Layout(root)
    below = _next_code(lines)
    return tuple(
        _excuse(file, lines, number, found, layout, below)
        for number, found in comments
        if not layout.is_text(number, found.start())
    )


def _excuse(
    file: str, lines: Sequence[str], number: int, found: re.Match[str], layout: _Layout, below: Sequence[int]
) -> Excuse:
    """Return the excuse of a comment; `number` counts lines from 0."""
    about = number if lines[number][: found.start()].strip() else below[number + 1]
    named = dict.fromkeys(name.strip() for name in (found[1] or "").split(","))
    return Excuse(
        at=Position(file, number + 1, found.start() + 1),
        rules=tuple(name for name in named if name),
        reason=found[2].strip(),
        first=about + 1,
        last=layout.last_line(about) + 1,
    )


def _next_code(lines: Sequence[str]) -> list[int]:
    """Return for each line, and for the end, the first from there on that is no comment alone; one look at each."""
    below = [len(lines)] * (len(lines) + 1)
    for number in range(len(lines) - 1, -1, -1):
        below[number] = below[number + 1] if lines[number].lstrip().startswith("#") else number
    return below


class _Layout:
    """Where the texts of a file are, and how far down what begins on a line reaches. Lines count from 0."""

    def __init__(self, root: Node | None) -> None:
        self._texts: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._reach: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        if isinstance(root, MappingNode):
            self._top(root)
        self._texts.sort()

    def is_text(self, line: int, column: int) -> bool:
        """Tell whether this place is inside a quoted or a block text."""
        place = bisect_right(self._texts, ((line, column), (line + 1, 0))) - 1
        return place >= 0 and self._texts[place][0] <= (line, column) < self._texts[place][1]

    def last_line(self, line: int) -> int:
        """Return the last line of the longest entry that begins on a line; the line itself without one."""
        return self._reach.get(line, line)

    def _top(self, root: MappingNode) -> None:
        """Look through the file. A whole section of many entries is not one entry."""
        for key, value in root.value:
            self._end(key)
            end = self._end(value)
            is_section = isinstance(value, SequenceNode) or key.value in NAMED_SECTIONS
            if not is_section:
                self._reaches(key, end)

    def _reaches(self, node: Node, end: int) -> None:
        line = node.start_mark.line
        self._reach[line] = max(self._reach.get(line, line), end)

    def _end(self, node: Node) -> int:
        """Return a node's last line. Where a node of another place is repeated, its own line is known already."""
        if id(node) not in self._ends:
            self._ends[id(node)] = node.start_mark.line
            if isinstance(node, ScalarNode):
                self._ends[id(node)] = self._scalar(node)
            elif isinstance(node, (MappingNode, SequenceNode)):
                self._ends[id(node)] = self._collection(node)
        return self._ends[id(node)]

    def _scalar(self, node: ScalarNode) -> int:
        start, end = node.start_mark, node.end_mark
        is_block = node.style in _BLOCK_STYLES
        first = (start.line + 1, 0) if is_block else (start.line, start.column)
        if is_block or node.style in {"'", '"'}:
            self._texts.append((first, (end.line, end.column)))
        return max(start.line, end.line - 1) if end.column == 0 else end.line

    def _collection(self, node: MappingNode | SequenceNode) -> int:
        last = node.end_mark.line if node.flow_style else node.start_mark.line
        if isinstance(node, MappingNode):
            for key, value in node.value:
                end = max(self._end(key), self._end(value))
                self._reaches(key, end)
                last = max(last, end)
            return last
        for item in node.value:
            end = self._end(item)
            self._reaches(item, end)
            last = max(last, end)
        return last
