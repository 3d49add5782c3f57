"""Models and tests that a control call names: as rows of run_results, and as nodes of the manifest.

A named node stands beside the recorded ones, shaped like the recorded node of its type; one that is recorded already
(by name or unique id) only takes the result that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from reconciler.sandbox.fields import Field, filled, integer, list_of, object_of, one_of, optional, required, text
from reconciler.sandbox.store import Row

__all__ = ["NODES", "with_nodes", "with_results"]

Json = dict[str, Any]

_STATUSES = ("error", "fail", "runtime error", "warn", "skipped", "pass", "success")
_TYPES = ("model", "test", "seed", "snapshot", "unit_test")

_FIELDS: tuple[Field, ...] = (
    required("name", filled),
    optional("type", one_of(*_TYPES), default="model"),
    optional("status", one_of(*_STATUSES), default="error"),
    optional("message", text),
    optional("failures", integer),
    optional("seconds", integer),
    optional("file", filled),
    optional("owner", filled),
    optional("group", filled),
    optional("description", text, default=""),
    optional("tags", list_of(filled), default=[]),
    optional("relation", filled),
    optional("depends_on", list_of(filled), default=[]),
    optional("column", filled),
)
NODES = list_of(object_of(*_FIELDS), least=1)
"""How a control call's `nodes` are read."""

_FOLDERS = {"model": "models/marts", "test": "tests", "seed": "seeds", "snapshot": "snapshots", "unit_test": "models"}


def with_results(rows: Sequence[Json], nodes: Sequence[Row], manifest: Json) -> list[Json]:
    """Return results where the named nodes ended as asked; the others stay as they are.

    `exact_seconds` of a row is how long its node took: the one time that is not squeezed into the run's.
    """
    found, package = list(deepcopy(rows)), manifest["metadata"]["project_name"]
    for node in nodes:
        place = next((at for at, row in enumerate(found) if _is(row["unique_id"], node)), None)
        base = found[place] if place is not None else _like(rows, node, package)
        recorded = manifest["nodes"].get(base["unique_id"], {})
        made = base | _result(node, base["unique_id"], recorded.get("original_file_path"))
        if place is None:
            found.append(made)
        else:
            found[place] = made
    return found


def with_nodes(manifest: Json, nodes: Sequence[Row]) -> Json:
    """Return a manifest that knows the named nodes: their files, owners, groups, tags, parents and children."""
    package = manifest["metadata"]["project_name"]
    known = dict(manifest["nodes"])
    groups = dict(manifest.get("groups") or {})
    for node in nodes:
        key = next((each for each in known if _is(each, node)), _unique_id(node, package))
        base = known.get(key) or _node_like(manifest, node, package, key)
        known[key] = base | _described(node, base)
        if node["group"]:
            groups[f"group.{package}.{node['group']}"] = _group(node, package)
    linked = _linked(known, nodes)
    parents = {key: list(node.get("depends_on", {}).get("nodes", [])) for key, node in linked.items()}
    parent_map = dict(manifest["parent_map"]) | parents
    maps: Json = {"parent_map": parent_map, "child_map": _children(parent_map)}
    return manifest | {"nodes": linked, "groups": groups} | maps


def _is(unique_id: str, node: Row) -> bool:
    return unique_id == node["name"] or unique_id.split(".")[2:3] == [node["name"]]


def _unique_id(node: Row, package: str) -> str:
    return node["name"] if node["name"].count(".") >= 2 else f"{node['type']}.{package}.{node['name']}"


def _like(rows: Sequence[Json], node: Row, package: str) -> Json:
    """Copy the recorded row of the node's type, or any."""
    same = [row for row in rows if row["unique_id"].startswith(f"{node['type']}.")] or list(rows)
    name = node["name"].rsplit(".", 1)[-1]
    unique_id = _unique_id(node, package)
    relation = node["relation"] or (f'"analytics"."marts"."{name}"' if node["type"] != "test" else None)
    compiled = _compiled(node) if node["type"] == "test" else None
    return deepcopy(same[-1]) | {"unique_id": unique_id, "relation_name": relation, "compiled_code": compiled}


def _compiled(node: Row) -> str:
    """Write the query of a test on a column: what it returns are the failing rows."""
    parent = next(iter(node["depends_on"]), "orders")
    return f'select *\nfrom "analytics"."marts"."{parent}"\nwhere {node["column"] or "id"} is null'


def _result(node: Row, unique_id: str, recorded_file: str | None) -> Json:
    kind, name = unique_id.split(".", 1)[0], unique_id.split(".")[2]
    failures = node["failures"]
    if failures is None and node["status"] in ("fail", "warn"):
        failures = 1
    return {
        "status": node["status"],
        "failures": failures,
        "message": _message(node if node["file"] else {**node, "file": recorded_file}, kind, name, failures),
        **({} if node["seconds"] is None else {"exact_seconds": float(node["seconds"])}),
    }


def _message(node: Row, kind: str, name: str, failures: int | None) -> str | None:
    """Write dbt's sentence around what the warehouse said; a message of several lines stands as it is."""
    said = node["message"]
    match node["status"]:
        case "fail" | "warn" if not said:
            word = "fail if != 0" if node["status"] == "fail" else "warn if != 0"
            return f"Got {failures} result{'' if failures == 1 else 's'}, configured to {word}"
        case "error" | "runtime error" if said and "\n" not in said and " Error in " not in said:
            file = _file(node, name)
            return f"Database Error in {kind} {name} ({file})\n  {said}\n  compiled code at target/run/{file}"
        case "pass" | "success" | "skipped":
            return said or ("OK" if node["status"] == "success" else None)
        case _:
            return said or f"Database Error in {kind} {name} ({_file(node, name)})\n  something went wrong"


def _file(node: Row, name: str) -> str:
    return node["file"] or f"{_FOLDERS[node['type']]}/{name}.sql"


def _node_like(manifest: Json, node: Row, package: str, key: str) -> Json:
    """Copy the recorded node of the type; its file, name and relation are the new node's."""
    kind = "test" if node["type"] == "unit_test" else node["type"]
    recorded = manifest["nodes"].values()
    like = next((each for each in recorded if each["resource_type"] == kind), next(iter(recorded)))
    name = node["name"].rsplit(".", 1)[-1]
    file = _file(node, name)
    where: Json = {"path": file.partition("/")[2], "original_file_path": file, "fqn": [package, name]}
    named: Json = {"name": name, "alias": name, "unique_id": key, "package_name": package, "resource_type": kind}
    relation = None if kind == "test" else node["relation"] or f'"analytics"."marts"."{name}"'
    empty: Json = {"depends_on": {"macros": [], "nodes": []}, "refs": [], "raw_code": "select 1", "patch_path": None}
    return deepcopy(like) | where | named | empty | {"relation_name": relation, "meta": {}, "tags": [], "group": None}


def _described(node: Row, base: Json) -> Json:
    meta = {**(base.get("meta") or {}), **({"owner": node["owner"]} if node["owner"] else {})}
    tags = [*(base.get("tags") or []), *(each for each in node["tags"] if each not in (base.get("tags") or []))]
    config = {**(base.get("config") or {}), "meta": meta, "tags": tags, "group": node["group"] or base.get("group")}
    more: Json = {"meta": meta, "tags": tags, "group": config["group"], "config": config}
    if node["column"]:
        more["column_name"] = node["column"]
    return more | {"description": node["description"] or base.get("description") or ""}


def _group(node: Row, package: str) -> Json:
    owner = node["owner"] or "data@acme.example"
    return {
        "name": node["group"],
        "resource_type": "group",
        "package_name": package,
        "path": "groups.yml",
        "original_file_path": "models/groups.yml",
        "unique_id": f"group.{package}.{node['group']}",
        "owner": {"email": owner, "name": node["group"]},
        "description": None,
        "config": {"meta": {}},
    }


def _linked(known: Json, nodes: Sequence[Row]) -> Json:
    """Give named nodes the parents that they name, by name or unique id; a name that nobody has is left out."""
    by_name = {key.split(".")[2]: key for key in known} | {key: key for key in known}
    linked = dict(known)
    for node in nodes:
        if node["depends_on"]:
            key = next(each for each in known if _is(each, node))
            parents = [by_name[each] for each in node["depends_on"] if each in by_name]
            linked[key] = known[key] | {"depends_on": {"macros": [], "nodes": parents}}
            if known[key]["resource_type"] == "test" and parents:
                linked[key]["attached_node"] = parents[0]
    return linked


def _children(parent_map: Json) -> Json:
    children: dict[str, list[str]] = {key: [] for key in parent_map}
    for key, parents in parent_map.items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    return children
