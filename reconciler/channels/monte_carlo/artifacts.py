"""The smallest pair of dbt artifacts that says what failed: manifest version 12 and run results version 6.

The manifest holds the failed nodes and nothing else, so it stands under a project name of its own: Monte Carlo must
not take it for what is left of the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from reconciler.channels.fit import clip, sound
from reconciler.model.alert import Alert, Audience, FailedThing
from reconciler.model.message import Message
from reconciler.model.telling import NodeKind

__all__ = ["artifacts", "artifacts_problems"]

_MANIFEST: Final = "https://schemas.getdbt.com/dbt/manifest/v12.json"
_RUN_RESULTS: Final = "https://schemas.getdbt.com/dbt/run-results/v6.json"
_TYPES: Final = frozenset({"model", "test", "seed", "snapshot"})
_EMPTY: Final = (
    *(
        "sources",
        "macros",
        "docs",
        "exposures",
        "metrics",
        "groups",
        "selectors",
        "disabled",
        "parent_map",
        "child_map",
    ),
    *("group_map", "saved_queries", "semantic_models", "unit_tests"),
)
_RELATION: Final = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^.]+)')
_MOST_NODES: Final = 200
_MOST_ERROR: Final = 4000
_MOST_TEXT: Final = 1000
_MOST_NAME: Final = 200
_MOST_BYTES: Final = 4_000_000


def artifacts(message: Message, *, invocation: UUID) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what is sent to Monte Carlo, and what of the alert it does not take."""
    alert = message.alert
    known = {each.unique_id: (each, status) for each, status in _nodes(alert) if _type(each) in _TYPES}
    left_out = [each.name for each, _ in _nodes(alert) if _type(each) not in _TYPES]
    cut = [f"{clip(sound(name), 80)!a}: Monte Carlo takes models and tests only" for name in left_out[:10]]
    if len(left_out) > 10:
        cut.append(f"{len(left_out) - 10} more that are neither models nor tests")
    if len(known) > _MOST_NODES:
        cut.append(f"{len(known) - _MOST_NODES} of {len(known)} failed nodes")
    chosen = list(known.values())[:_MOST_NODES]
    metadata = {
        "invocation_id": str(invocation),
        "generated_at": alert.at.isoformat(),
        "dbt_version": "0.0.0",
        "env": {},
    }
    manifest = {
        "metadata": {**metadata, "dbt_schema_version": _MANIFEST},
        "nodes": {_id(each): _node(each, message) for each, _ in chosen},
        **{key: {} for key in _EMPTY},
    }
    results = {
        "metadata": {**metadata, "dbt_schema_version": _RUN_RESULTS},
        "results": [_result(each, status, message) for each, status in chosen],
        "elapsed_time": sum(each.seconds or 0.0 for each, _ in chosen),
        "args": {},
    }
    project = _text(alert.job.project, _MOST_NAME) or "dbt"
    content = {
        "projectName": f"{project} (dbt-alerts)",
        "jobName": _text(alert.job.name, _MOST_NAME) or "dbt",
        "invocationId": str(invocation),
        "manifest": manifest,
        "runResults": results,
    }
    return content, tuple(cut)


def _nodes(alert: Alert) -> Iterator[tuple[FailedThing, str]]:
    """Yield what failed or warned with the status that dbt has for it. Of a test, rows that fail are no error.

    Of several failures told together, those of each.
    """
    for member in alert.grouped.members if alert.grouped else ():
        yield from _nodes(member)
    for each in alert.failed:
        is_test = each.kind is NodeKind.TEST
        yield each, "fail" if is_test and each.failures is not None else "error"
    for each in alert.warned:
        if each.kind is NodeKind.TEST:
            yield each, "warn"


def _type(each: FailedThing) -> str:
    return each.unique_id.partition(".")[0]


def _id(each: FailedThing) -> str:
    return sound(each.unique_id)


def _node(each: FailedThing, message: Message) -> dict[str, Any]:
    database, schema, alias = _relation(sound(each.relation))
    parts = _id(each).split(".")
    meta = _meta(each, message)
    return {
        "unique_id": _id(each),
        "name": sound(each.name),
        "resource_type": parts[0],
        "package_name": parts[1] if len(parts) > 1 else "",
        "database": database,
        "schema": schema or "",
        "alias": alias or sound(each.name),
        "relation_name": sound(each.relation) or None,
        "path": sound(each.file),
        "original_file_path": sound(each.file),
        "fqn": [part for part in parts[1:3] if part],
        "checksum": {"name": "none", "checksum": ""},
        "tags": [sound(tag) for tag in each.tags],
        "description": _text(each.description, _MOST_TEXT),
        "meta": meta,
        "config": {"meta": meta, "tags": [sound(tag) for tag in each.tags]},
    }


def _meta(each: FailedThing, message: Message) -> dict[str, str]:
    """Return what is known about the node beside the failure; `include` may leave the owner out."""
    alert, include = message.alert, message.include
    owner = (each.owner or alert.owner, each.owner_email) if not include or "owner" in include else ("", "")
    runbook = alert.runbook if not include or "runbook" in include else ""
    found = {
        "owner": owner[0],
        "owner_email": owner[1],
        "documentation": each.docs_url,
        "file": each.file_url,
        "dbt_cloud_run": alert.run.url if alert.run else "",
        "runbook": runbook,
        "alert": message.parts.get("title", ""),
        "alert_description": message.parts.get("description", ""),
    }
    return {key: _text(value, _MOST_TEXT) for key, value in found.items() if value}


def _relation(text: str) -> tuple[str | None, str | None, str | None]:
    """Return database, schema and table of a relation as warehouses write it, whichever of them it names."""
    names = [next((part for part in found.groups() if part is not None), "") for found in _RELATION.finditer(text)]
    padded = [None, None, None, *names][-3:]
    return padded[0], padded[1], padded[2]


def _result(each: FailedThing, status: str, message: Message) -> dict[str, Any]:
    return {
        "unique_id": _id(each),
        "status": status,
        "message": _said(each, message),
        "failures": each.failures,
        "execution_time": each.seconds or 0.0,
        "thread_id": "",
        "timing": [],
        "adapter_response": {},
        "compiled": None,
        "compiled_code": None,
        "relation_name": sound(each.relation) or None,
    }


def _said(each: FailedThing, message: Message) -> str | None:
    """Return the node's error, where the channel's readers are to see errors. A test says so in front of it."""
    title = message.parts.get("title", "")
    shown = message.audience is not Audience.STAKEHOLDERS and (not message.include or "error" in message.include)
    error = each.error if shown else message.parts.get("description", "") or title
    if message.alert.test is not None and title:
        error = f"{title}\n{error}"
    return _text(error, _MOST_ERROR) or None


def _text(text: str, most: int) -> str:
    return clip(sound(text[: most + 1]).replace("\0", "\ufffd"), most)


def artifacts_problems(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Monte Carlo, or dbt's own schemas, would refuse about the pair."""
    found = [f"no {key}" for key in ("projectName", "jobName", "invocationId") if not content.get(key)]
    for key in ("manifest", "runResults"):
        one = content.get(key) or {}
        if one.get("metadata", {}).get("invocation_id") != content.get("invocationId"):
            found.append(f"{key} is of another invocation")
        if len(json.dumps(one)) > _MOST_BYTES:
            found.append(f"{key} is larger than {_MOST_BYTES} bytes")
    return tuple(found)
