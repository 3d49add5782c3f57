"""The JSON Schema (draft-07) of a policy file, generated from the models, for editors and other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reconciler.policy.documents.file import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

__all__ = ["schema", "schema_of"]

_TITLES: Final = frozenset({"title", "discriminator", "default"})


def schema() -> dict[str, Any]:
    """Return the schema: one for every file, a description on every key."""
    return schema_of(Document, title="dbt-alerts policy file")


def schema_of(model: type[BaseModel], *, title: str) -> dict[str, Any]:
    """Return the schema of the files that one model describes."""
    generated = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = generated.pop("$defs")
    body = _draft_07(generated)
    body["definitions"] = {name: _draft_07(definition) for name, definition in sorted(definitions.items())}
    for mapping in (body, *body["definitions"].values()):
        _describe(mapping.get("properties", {}).values(), body["definitions"])
    body["title"] = title
    return {"$schema": "http://json-schema.org/draft-07/schema#", **body}


def _describe(keys: Iterable[dict[str, Any]], definitions: Mapping[str, dict[str, Any]]) -> None:
    """Say beside each reference what it is: pydantic leaves out what the definition says too, and editors miss it."""
    for key in keys:
        if "allOf" in key and "description" not in key:
            name = key["allOf"][0]["$ref"].rpartition("/")[2]
            key["description"] = definitions[name]["description"]


def _draft_07(node: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Rewrite what draft-07 reads otherwise. `names`: the keys of this mapping are names, not keywords."""
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {name: _draft_07(item) for name, item in node.items()}
    kept = {word: item for word, item in node.items() if word not in _TITLES and (word, item) != ("examples", None)}
    node = {word: item if word in _LITERAL else _draft_07(item, names=word in _NAMED) for word, item in kept.items()}
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    return _beside_reference(node)


_NAMED: Final = frozenset({"properties", "patternProperties"})
_LITERAL: Final = frozenset({"examples", "enum", "const", "required"})


def _beside_reference(node: dict[str, Any]) -> dict[str, Any]:
    """Draft-07 ignores what stands beside `$ref`."""
    if "$ref" not in node or len(node) == 1:
        return node
    rest = {word: item for word, item in node.items() if word != "$ref"}
    return {**rest, "allOf": [{"$ref": node["$ref"]}]}
