"""Plain values of a YAML file, each with its place: what the models validate, and where their complaints belong.

YAML 1.2, core schema: `on` and `no` are text, `08:00` is text, `0o17` is 15. Keys are text, values are never null,
tags are refused. Merge keys and aliases are written out, within bounds, in the nodes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from reconciler.model.problem import Position, Problem
from reconciler.policy.compose import MAX_DEPTH, MAX_EXPANDED, PLAIN, TEXT, TooDeepError, compose, paused_gc
from reconciler.policy.report import MAX_PROBLEMS
from reconciler.policy.scalars import MAX_DIGITS, BadNumberError, PlainScalars
from reconciler.policy.syntax import syntax_problem
from reconciler.policy.text import decode, first_control_character
from reconciler.policy.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ruamel.yaml.nodes import Node

__all__ = ["Tree", "parse", "position"]


@dataclass(frozen=True, slots=True)
class Tree:
    """One file as plain values (`data`) and as nodes (`root`, None when the file holds nothing).

    `size` counts its keys and values, what aliases repeat among them.
    """

    file: str
    data: Mapping[str, Any]
    root: MappingNode | None
    size: int = 0
    _members: dict[int, dict[str, tuple[Node, Node]]] = field(default_factory=dict, repr=False, compare=False)

    def value_at(self, loc: Sequence[str | int]) -> Position:
        """Return the place of a value; of the nearest one around it where the path leads nowhere."""
        return position(self.file, self._find(loc)[1])

    def key_at(self, loc: Sequence[str | int]) -> Position:
        """Return the place of the key that a path ends in; of the value where the path ends in no key."""
        key, value = self._find(loc)
        return position(self.file, key or value)

    def source(self, loc: Sequence[str | int]) -> str | None:
        """Return a plain value as it is written, `1e400` or `0x10`; None for what is quoted, or no single value."""
        node = self._find(loc)[1]
        return node.value if type(node) is ScalarNode and node.ctag is PLAIN else None

    def section(self, name: str) -> tuple[Node, Node] | None:
        """Return the nodes of a top-level key and of its value."""
        return self._pairs(self.root).get(name) if self.root else None

    def steps_found(self, loc: Sequence[str | int]) -> tuple[str | int, ...]:
        """Return the steps of a path that the file has, so without the names of union members and implied lists."""
        found: list[str | int] = []
        for step in loc:
            if self._find((*found, step)) != self._find(found):
                found.append(step)
        return tuple(found)

    def _find(self, loc: Sequence[str | int]) -> tuple[Node | None, Node | None]:
        """Follow a path. Steps that the file does not have (names of union members, implied lists) are skipped."""
        key: Node | None = None
        node: Node | None = self.root
        for step in loc:
            if isinstance(node, MappingNode):
                key, node = self._pairs(node).get(str(step), (key, node))
            elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                key, node = None, node.value[step]
        return key, node

    def _pairs(self, node: MappingNode) -> dict[str, tuple[Node, Node]]:
        """Return a mapping's entries by key; remembered, because messages ask again and again."""
        known = self._members.get(id(node))
        if known is None:
            known = {pair[0].value: pair for pair in reversed(node.value) if type(pair[0]) is ScalarNode}
            self._members[id(node)] = known
        return known


_HOW_TO_BEGIN: Final = "begin with one of the keys of a policy file, such as `channels:`"


def position(file: str, node: Node | None) -> Position:
    """Return where a node begins; the file's first line for none."""
    if node is None:
        return Position(file, 1, 1)
    mark = node.start_mark
    return Position(file, mark.line + 1, mark.column + 1)


def parse(file: str, raw: bytes) -> tuple[Tree, list[Problem]]:
    """Return the file's values and everything that is wrong with it as YAML. Never raises for any bytes."""
    text = decode(file, raw)
    if isinstance(text, Problem):
        return Tree(file, {}, None), [text]
    with paused_gc():
        try:
            root = compose(text)
        except YAMLError as error:
            return Tree(file, {}, None), [syntax_problem(file, text, error)]
        return _walk(file, text, root)


def _walk(file: str, text: str, root: Node | None) -> tuple[Tree, list[Problem]]:
    if root is None or (type(root) is ScalarNode and root.ctag is PLAIN and not root.value):
        return Tree(file, {}, None), []
    walker = _Walker(file)
    try:
        data = walker.value(root)
    except TooDeepError as error:
        return Tree(file, {}, None), [*walker.found(), syntax_problem(file, text, error)]
    if type(root) is MappingNode:
        return Tree(file, data, root, walker.size), walker.found()
    if not walker.problems:
        walker.report(
            root,
            "the file does not hold keys and values",
            found="a list" if type(root) is SequenceNode else "one value alone",
            expected="`key: value` lines",
            fix=_HOW_TO_BEGIN
            if type(root) is SequenceNode or ":" not in root.value
            else f"{_HOW_TO_BEGIN}, and a space after each colon",
        )
    return Tree(file, {}, None), walker.found()


class _Walker:
    """Turns nodes into values, once; collects what YAML allows and the language does not."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self.size = 0
        self._untold = 0
        self._file = file
        self._plain = PlainScalars()
        self._known_keys: set[str] = set()
        self._depth = 0
        self._seen: set[int] = set()
        self._expanded = 0

    def report(self, node: Node, message: str, **words: Any) -> None:  # noqa: ANN401 - the fields of a Problem
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(at=position(self._file, node), message=message, **words))
        else:
            self._untold += 1

    def found(self) -> list[Problem]:
        """Return the problems; those beyond the bound say nothing and are only counted by the report."""
        return self.problems + [Problem(at=Position(self._file, 1, 1), message="")] * self._untold

    def value(self, node: Node) -> Any:  # noqa: ANN401 - text, number, truth value, list or mapping
        """Return what a node means. Raises TooDeepError when aliases repeat or nest beyond all measure."""
        if type(node) is ScalarNode:
            return self._scalar(node)
        self._enter(node)
        if type(node) is MappingNode:
            result: Any = self._mapping(node)
        else:
            result = [self._present(item, "") for item in node.value]
        self._depth -= 1
        return result

    def _enter(self, node: Node) -> None:
        self._depth += 1
        self.size += len(node.value) * (2 if type(node) is MappingNode else 1)
        if id(node) in self._seen:
            self._expanded += len(node.value) + 1
        else:
            self._seen.add(id(node))
            if node.ctag.suffix != "collection":
                self._refuse_tag(node)
        if self._depth > MAX_DEPTH or self._expanded > MAX_EXPANDED:
            raise TooDeepError(node.start_mark)

    def _scalar(self, node: ScalarNode) -> Any:  # noqa: ANN401
        text: str = node.value
        if node.ctag is PLAIN:
            try:
                return self._plain[text]
            except BadNumberError:
                expected = f"a number of at most {MAX_DIGITS} digits"
                fix = "correct the number, or put quotes around what must stay text"
                self.report(node, "the number is too big", found=shown(text), expected=expected, fix=fix)
                return 0
        if node.ctag is not TEXT:
            self._refuse_tag(node)
        elif not text.isprintable() and (odd := first_control_character(text)):
            found = f"U+{ord(odd.group()):04X}"
            self.report(node, "the text holds a character that cannot be seen", found=found, fix="leave it out")
            return ""
        return text

    def _present(self, node: Node, name: str, key: Node | None = None) -> Any:  # noqa: ANN401
        value = self.value(node)
        if value is None:
            is_elsewhere = key is not None and key.end_mark.line != node.start_mark.line
            self.report(
                key if key is not None and is_elsewhere else node,
                f"`{shown(name, quote='')}` is empty" if name else "a list item is empty",
                found=node.value or "nothing",
                expected="a value",
                fix="give it a value, or delete the line; text that reads null needs quotes",
            )
            return ""
        return value

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        result: dict[str, Any] = {}
        known, plain = self._known_keys, self._plain
        merges: list[tuple[Node, Node]] = []
        refused: set[int] = set()
        for pair in node.value:
            key, child = pair
            name = key.value if key.ctag is PLAIN and key.value in known else self._key(key)
            if name is None:
                refused.add(id(pair))
            elif name == "<<" and key.ctag is PLAIN:
                merges.append(pair)
            elif name in result:
                self._duplicate(node, key)
                refused.add(id(pair))
            elif child.ctag is PLAIN and (value := plain.get(child.value)) is not None:
                result[name] = value
            else:
                result[name] = self._present(child, name, key)
        if refused:  # whoever asks the nodes where a value stands finds the one that was read
            node.value = [pair for pair in node.value if id(pair) not in refused]
        return self._merge(node, result, merges) if merges else result

    def _key(self, key: Node) -> str | None:
        """Return the key's text; None for what is no text, after saying so."""
        if type(key) is not ScalarNode:
            return self._odd_key(key)
        if key.ctag is not PLAIN:
            return self._scalar(key)
        try:
            if type(self._plain[key.value]) is not str:
                return self._odd_key(key)
        except BadNumberError:
            return self._odd_key(key)
        if key.value != "<<":
            self._known_keys.add(key.value)
        return key.value

    def _merge(self, node: MappingNode, result: dict[str, Any], merges: list[tuple[Node, Node]]) -> dict[str, Any]:
        """Write `<<` out: own keys win, then the earlier source. The node gets the pairs, so that places are found."""
        for _key, extra in merges[1:]:
            self.report(extra, "`<<` is given twice", fix="write one `<<` with a list: `<<: [*a, *b]`")
        merged = set(map(id, merges))
        node.value = [pair for pair in node.value if id(pair) not in merged]
        value = merges[0][1]
        for source in value.value if type(value) is SequenceNode else [value]:
            if type(source) is not MappingNode:
                expected = "an alias of a mapping, or a list of them"
                fix = "write `<<: *name`, where `&name` marks keys and values"
                self.report(source, "`<<` merges keys and values only", expected=expected, fix=fix)
                continue
            data = self.value(source)
            fresh = {key: item for key, item in data.items() if key not in result}
            node.value += [pair for pair in source.value if pair[0].value in fresh]
            result |= fresh
        return result

    def _odd_key(self, key: Node) -> None:
        text = shown(key.value, quote="") if type(key) is ScalarNode else ""
        found = text if type(key) is ScalarNode else "a list or a mapping"
        fix = f'write it in quotes: "{text}":' if text else "use a word as the key"
        self.report(key, "a key must be text", found=found or "nothing", expected="text", fix=fix)

    def _duplicate(self, node: MappingNode, key: Node) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self._untold += 1
            return
        first = next(other for other, _value in node.value if other.value == key.value)
        self.report(
            key,
            f"the key `{shown(key.value, quote='')}` is given twice",
            found="a second value for the same key",
            expected="each key once",
            fix="keep one of the two, or put both values under one key",
            also_at=(position(self._file, first),),
        )

    def _refuse_tag(self, node: Node) -> None:
        self.report(
            node,
            "tags are not read",
            found=shown(str(node.ctag)),
            expected="plain values: nothing in a policy file is ever executed",
            fix="delete the tag; put quotes around what must stay text",
        )
