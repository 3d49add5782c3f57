"""Judge recorded HTTP exchanges by dbt Labs' published OpenAPI description, with patches that each name their evidence.

The description is not the last word: recorded answers win over it (nulls, date forms, status codes). Every such
correction is one small file in `openapi/patches/`, and `test_openapi_patches.py` proves that each is needed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
from ruamel.yaml import YAML

__all__ = ["DOCUMENTS", "Document", "Exchange", "Judge", "Patch", "load_documents", "load_patches"]

HERE = Path(__file__).parent / "openapi"
DOCUMENTS = ("v2", "v3")
METHODS = ("get", "post", "put", "patch", "delete")
ERROR_SCHEMA = "#/components/schemas/ErrorAnswer"

RFC3339_T = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
BLANK_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00")

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as bytes on the wire; `path` is without the query."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One correction of the description: which document, what contradicts it, and the changes."""

    name: str
    document: str
    why: str
    cites: Mapping[str, str]
    changes: Sequence[Mapping[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    template: str
    pattern: re.Pattern[str]
    responses: Mapping[str, Json]


def _yaml(path: Path) -> Json:
    return YAML(typ="safe").load(path.read_bytes())


def load_documents() -> dict[str, Json]:
    return {name: _yaml(HERE / f"{name}.subset.yaml") for name in DOCUMENTS}


def load_patches() -> list[Patch]:
    return [_patch(path) for path in sorted((HERE / "patches").glob("*.yaml"))]


def _patch(path: Path) -> Patch:
    raw = _yaml(path)
    return Patch(
        name=path.stem, document=raw["document"], why=raw["why"], cites=raw["cites"], changes=tuple(raw["changes"])
    )


def _resolve(document: Json, pointer: str) -> Json:
    node = document
    for part in pointer.strip("/").split("/"):
        node = node.setdefault(part.replace("~1", "/"), {})
    return node


def _apply_change(document: Json, change: Mapping[str, Json]) -> None:
    target = _resolve(document, change["at"])
    for name in change.get("nullable", ()):
        target[name]["nullable"] = True
    for name in change.get("untyped", ()):
        target[name] = {}
    for name in change.get("drop", ()):
        del target[name]
    for name, value in change.get("merge", {}).items():
        target[name] = {**target[name], **value} if isinstance(target.get(name), dict) else value


def _null_is_a_type(node: Json) -> Json:
    """Translate OpenAPI 3.0's `nullable` into JSON Schema, everywhere below `node`."""
    if isinstance(node, list):
        return [_null_is_a_type(item) for item in node]
    if not isinstance(node, dict):
        return node
    rest = {key: _null_is_a_type(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if node.get("nullable") is True else rest


def _without_required(node: Json) -> Json:
    if isinstance(node, list):
        return [_without_required(item) for item in node]
    if isinstance(node, dict):
        return {k: _without_required(v) for k, v in node.items() if not (k == "required" and isinstance(v, list))}
    return node


def _pattern(template: str) -> re.Pattern[str]:
    """Match a path by its template; clients may drop the last slash (reference §1.3), and artifacts have slashes."""
    escaped = re.sub(r"\{(\w+)\}", lambda m: ".+" if m[1] == "remainder" else "[^/]+", template.rstrip("/"))
    return re.compile(escaped + ("/?" if template.endswith("/") else ""))


def _is_written_with_a_t(text: str) -> bool:
    return RFC3339_T.fullmatch(text) is not None


def _is_written_with_a_blank(text: str) -> bool:
    return BLANK_TIME.fullmatch(text) is not None


FORMATS = {"date-time": _is_written_with_a_t, "blank-time": _is_written_with_a_blank}


class Document:
    """One patched description, ready to validate answers."""

    def __init__(self, source: Json, patches: Sequence[Patch] = (), *, demand_required: bool = True) -> None:
        self.source = deepcopy(source)
        for patch in patches:
            for change in patch.changes:
                _apply_change(self.source, change)
        schemas = _null_is_a_type(self.source["components"])
        self._components = schemas if demand_required else _without_required(schemas)
        self.operations = list(self._operations())
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def _operations(self) -> Iterator[Operation]:
        for template, item in self.source["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(
                        method=method.upper(),
                        template=template,
                        pattern=_pattern(template),
                        responses=item[method]["responses"],
                    )

    def find(self, method: str, path: str) -> Operation | None:
        """Answer the operation whose template has the fewest variables, as routers do."""
        fitting = [o for o in self.operations if o.method == method and o.pattern.fullmatch(path)]
        return min(fitting, key=lambda o: o.template.count("{"), default=None)

    def problems(self, schema: Json, answer: Json) -> list[str]:
        """Say every place where `answer` is not what `schema` describes."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {"allOf": [_null_is_a_type(schema)], "components": self._components}
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                whole, formats=FORMATS, validate_formats=True, ignore_unknown_formats=True
            )
        return [f"{_place(e.instance_path)}: {e.message[:300]}" for e in self._validators[key].iter_errors(answer)]


def _place(path: Sequence[object]) -> str:
    return "/" + "/".join(str(part) for part in path)


class Judge:
    """Both documents together: what an exchange with the API got wrong."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents

    @classmethod
    def patched(cls) -> "Judge":
        patches = load_patches()
        return cls(
            {
                name: Document(source, [patch for patch in patches if patch.document == name])
                for name, source in load_documents().items()
            }
        )

    def find(self, exchange: Exchange) -> tuple[Document, Operation] | None:
        document = self.documents["v3" if exchange.path.startswith("/api/v3/") else "v2"]
        operation = document.find(exchange.method, exchange.path)
        return None if operation is None else (document, operation)

    def problems(self, exchange: Exchange) -> list[str]:
        """Say what is wrong with one answer; an empty list is a pass. Answers to URLs that do not exist are free."""
        found = self.find(exchange)
        if found is None:
            return [] if 400 <= exchange.status < 500 else [f"{exchange}: not an operation of the description"]
        document, operation = found
        return [f"{exchange} {text}" for text in self._answer_problems(document, operation, exchange)]

    def _answer_problems(self, document: Document, operation: Operation, exchange: Exchange) -> list[str]:
        documented = operation.responses.get(str(exchange.status))
        if documented is None and exchange.status < 400:
            return [f"is none of the documented {sorted(operation.responses)}"]
        if exchange.status >= 500:
            return ["no answer is a server error"]
        content = (documented or {}).get("content")
        schema = (
            {"$ref": ERROR_SCHEMA} if documented is None else (content or {}).get("application/json", {}).get("schema")
        )
        if schema is None:
            return ["has a body"] if exchange.status == 204 and exchange.body else []
        if not exchange.content_type.startswith("application/json"):
            return [f"is {exchange.content_type!r}, not JSON"]
        return document.problems(schema, exchange.json)
