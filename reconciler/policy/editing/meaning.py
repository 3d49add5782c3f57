"""What a file means, to be compared: the judge of every edit.

A mapping is `["map", [key, value], …]`, a list `["list", item, …]`, a scalar its type and its value in words, so that
`5` and `"5"`, or `true` and `1`, differ. Order counts: an edit moves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from reconciler.policy.compose import PLAIN, compose
from reconciler.policy.scalars import BadNumberError, PlainScalars

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from reconciler.policy.editing.places import Path

__all__ = ["Meaning", "meaning", "meaning_of_text", "put", "step_into", "text_meaning"]

Meaning = Any
"""Nested lists that are made anew for each question, so that an edit's meaning may be written into them."""


def meaning(node: Node | None) -> Meaning:
    """Return what a node means; of no node, that of an empty mapping."""
    return _meaning(node, PlainScalars()) if node is not None else ["map"]


def _meaning(node: Node, plain: PlainScalars) -> Meaning:
    if isinstance(node, ScalarNode):
        return _scalar(node, plain)
    if isinstance(node, MappingNode):
        return ["map", *([_meaning(key, plain), _meaning(value, plain)] for key, value in node.value)]
    return ["list", *(_meaning(item, plain) for item in node.value)]


def text_meaning(text: str) -> Meaning:
    """Return what plain text means as a value or key."""
    return ("str", repr(text))


def meaning_of_text(value: str) -> Meaning | None:
    """Return what a new value means; None where it is no YAML that may stand in one line."""
    if "\n" in value or "\r" in value:
        return None
    try:
        root = compose(f"[{value}\n]")
    except YAMLError:
        return None
    return meaning(root.value[0]) if root is not None and len(root.value) == 1 else None


def step_into(whole: Meaning, path: Path) -> Meaning:
    """Return what stands at the end of a path, to be looked at or changed."""
    at = whole
    for step in path:
        at = at[step + 1] if at[0] in ("map", "list") else at[step]
    return at


def put(whole: Meaning, path: Path, value: Meaning) -> None:
    """Write a value to the end of a path."""
    holder = step_into(whole, path[:-1])
    holder[path[-1] + 1 if holder[0] in ("map", "list") else path[-1]] = value


def _scalar(node: ScalarNode, plain: PlainScalars) -> Meaning:
    if node.ctag is not PLAIN:
        return text_meaning(node.value)
    try:
        value = plain[node.value]
    except BadNumberError:
        value = node.value
    return (type(value).__name__, repr(value))
