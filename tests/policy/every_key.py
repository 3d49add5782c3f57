"""Every key of the policy language, each in the smallest file that holds it: walked from the JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.policy import schema

Json = Any
Write = Callable[[Json], dict[str, Json]]
WHOLE: dict[str, Json] = schema()
_DEFINITIONS: dict[str, Json] = WHOLE["definitions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value stands. `write` returns a file, as plain data, that holds a value there."""

    path: tuple[str | int, ...]
    node: dict[str, Json]
    example: Json
    write: Write

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


def places() -> list[Place]:
    """Return each key of each kind of mapping once, and each list's items, in the file's order."""
    return list(_inside(WHOLE, lambda value: {"team": "finance", **value}, (), set()))


def resolved(node: dict[str, Json]) -> dict[str, Json]:
    """Return a node with what its `$ref` says, its own words first."""
    reference = node.get("$ref") or next((item["$ref"] for item in node.get("allOf", ()) if "$ref" in item), None)
    if reference is None:
        return node
    rest = {word: item for word, item in node.items() if word not in {"$ref", "allOf"}}
    return {**resolved(_DEFINITIONS[reference.rpartition("/")[2]]), **rest}


def alternatives(node: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield what a value may be: a text, a list, one of several mappings."""
    node = resolved(node)
    choices = () if "type" in node else (*node.get("anyOf", ()), *node.get("oneOf", ()))
    for choice in choices:
        yield from alternatives(choice)
    if not choices:
        yield node


def example(node: dict[str, Json]) -> Json:
    """Return a value that fits: the example that editors show, else the smallest."""
    node = resolved(node)
    if node.get("examples"):
        return node["examples"][0]
    first = next(alternatives(node))
    if "const" in first or "enum" in first:
        return first.get("const", first.get("enum", [None])[0])
    simple = {"string": "x", "integer": first.get("minimum", 1), "boolean": True}
    if first["type"] == "array":
        return [example(first["items"])]
    return simple[first["type"]] if first["type"] in simple else smallest(first)


def smallest(node: dict[str, Json]) -> dict[str, Json]:
    """Return a mapping with the keys that it must have."""
    return {name: example(node["properties"][name]) for name in node.get("required", ())}


def _inside(node: dict[str, Json], write: Write, path: tuple[str | int, ...], seen: set[str]) -> Iterator[Place]:
    for choice in alternatives(node):
        kind = str(choice.get("properties", "")) or str(choice)
        if kind in seen:
            continue
        seen.add(kind)
        for step, inner, around in _steps(choice, write):
            yield Place(path=(*path, step), node=inner, example=example(inner), write=around)
            yield from _inside(inner, around, (*path, step), seen)


def _steps(choice: dict[str, Json], write: Write) -> Iterator[tuple[str | int, dict[str, Json], Write]]:
    for name, inner in choice.get("properties", {}).items():
        yield name, inner, _beside(write, smallest(choice), name)
    if choice.get("type") == "array":
        yield 0, choice["items"], lambda value: write([value])
    named = [*choice.get("patternProperties", {}).values(), choice.get("additionalProperties")]
    name = choice.get("propertyNames", {}).get("enum", ["name"])[0]
    for inner in named:
        if isinstance(inner, dict):
            yield name, inner, _beside(write, {}, name)


def _beside(write: Write, others: dict[str, Json], name: str) -> Write:
    return lambda value: write({**others, name: value})
