"""One file of the policy after validation: its document, and the nodes that tell where each entry stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from reconciler.policy.documents.file import Document
from reconciler.policy.mistakes import mistakes, unlike
from reconciler.policy.yaml_tree import Tree, parse, position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.nodes import Node

    from reconciler.model.problem import Position, Problem

__all__ = ["LIST_SECTIONS", "NAMED_SECTIONS", "Part", "read_part"]

NAMED_SECTIONS: Final = frozenset({"channels", "tiers", "escalations", "calendars", "rules"})
"""The sections whose entries have names, and that several files may share."""
LIST_SECTIONS: Final = (
    "jobs",
    "notifications",
    "webhooks",
    "model_notifications",
    "mutes",
    "ignore_drift",
    "release",
)
"""The sections whose entries stand in a list and belong to the team of their file."""
_DEFAULT_TEAM: Final = "default"
_MOST_SALVAGED: Final = 10_000
"""Mistakes of one file beyond which none of it is looked at again: there is enough to correct."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file. `dropped` names the entries that were wrong and are left out of `document`."""

    tree: Tree
    document: Document
    dropped: frozenset[tuple[str | int, ...]] = field(default_factory=frozenset)

    @property
    def team(self) -> str:
        return self.document.team or _DEFAULT_TEAM

    def entries(self, section: str) -> Iterator[tuple[Any, Node]]:
        """Yield each entry of a list section with its node."""
        documents = getattr(self.document, section)
        if not documents:
            return
        node = self.section_node(section)
        nodes = node.value if node is not None and isinstance(self.tree.data[section], list) else [node]
        kept = [item for index, item in enumerate(nodes) if (section, index) not in self.dropped]
        yield from zip(documents, kept, strict=True)

    def section_node(self, section: str) -> Node | None:
        pair = self.tree.section(section)
        return pair[1] if pair else None

    def key_at(self, *loc: str | int) -> Position:
        return self.tree.key_at(loc)

    def at(self, node: Node | None) -> Position:
        return position(self.tree.file, node)


def read_part(file: str, raw: bytes) -> tuple[Part | None, list[Problem]]:
    """Read and validate one file. None when nothing of it could be read; entries that are wrong are left out."""
    tree, problems = parse(file, raw)
    if tree.root is None and problems:
        return None, problems
    try:
        return Part(tree, Document.model_validate(tree.data)), problems
    except ValidationError as refusal:
        return _salvaged(tree, refusal), problems + unlike(mistakes(tree, Document, refusal), problems)


def _salvaged(tree: Tree, refusal: ValidationError) -> Part:
    """Validate again without the wrong entries, so that the rest can be checked against the other files."""
    if refusal.error_count() > _MOST_SALVAGED:
        return _nothing(tree)
    dropped = {_entry(tree, error["loc"]) for error in refusal.errors(include_url=False, include_context=False)}
    data = {name: _without(name, value, dropped) for name, value in tree.data.items() if (name,) not in dropped}
    try:
        return Part(tree, Document.model_validate(data), frozenset(dropped))
    except ValidationError:
        return _nothing(tree)


def _nothing(tree: Tree) -> Part:
    return Part(tree, Document(), frozenset((name,) for name in tree.data))


def _entry(tree: Tree, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the smallest entry that can be left out: one of a list or of a section by name, else the whole key."""
    has_entries = loc[0] in NAMED_SECTIONS or (loc[0] in LIST_SECTIONS and isinstance(tree.data.get(str(loc[0])), list))
    return loc[:2] if has_entries else loc[:1]


def _without(name: str, value: Any, dropped: set[tuple[str | int, ...]]) -> Any:  # noqa: ANN401 - plain data
    if isinstance(value, list):
        return [item for index, item in enumerate(value) if (name, index) not in dropped]
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if (name, key) not in dropped}
    return value
