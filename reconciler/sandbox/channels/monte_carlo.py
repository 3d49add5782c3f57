"""Monte Carlo's GraphQL: artifacts through an upload address, and the events about them. 200 may carry errors."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import NotJson, Post, Serve, keep, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.graphql import invented, selection
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_BAD = ("error", "fail", "runtime error", "warn")
_SHOWN = ("unique_id", "status", "message")
_UPLOAD_BYTES = 200 * 1024 * 1024


def routes(state: State) -> list[BaseRoute]:
    """List the URLs: the API, and where uploads go."""
    table: list[tuple[str, str, Serve]] = [
        ("POST", "/graphql", _graphql),
        ("PUT", "/upload/{invocation}/{file}", _upload),
    ]
    return served(state, Kind.MONTE_CARLO, table)


async def _graphql(post: Post) -> Response:
    """Answer an operation: what is known by what it does, the rest by made-up values in the shape asked for."""
    key, token = post.header("x-mcd-id"), post.header("x-mcd-token")
    if not key or not token or holds(post.state, Kind.MONTE_CARLO, "revoked", key):
        raise refuse({"message": "Forbidden"}, 403)
    try:
        asked = post.json()
        fields = selection(str(asked.get("query") or ""))
    except (NotJson, ValueError) as problem:
        return _errors(f"Syntax Error: {problem}")
    variables = asked.get("variables")
    given: Row = variables if isinstance(variables, dict) else {}
    problem = next((words for name in fields if (words := _problem(name, given))), None)
    if problem:
        return _errors(problem)
    answer = {name: _value(post, name, below, given) for name, below in fields.items()}
    if str(asked.get("query")).lstrip().startswith("mutation"):
        _keep(post, next(iter(fields)), asked, given)
    return json_response({"data": answer})


def _errors(words: str) -> Response:
    return json_response({"data": None, "errors": [{"message": words, "locations": [], "path": None}]})


def _problem(name: str, given: Row) -> str | None:
    """Say what is missing for the operations that are known."""
    needed = {
        "getDbtUploadUrl": ("projectName", "invocationId", "fileName"),
        "sendDbtArtifactsEvent": ("projectName", "jobName", "invocationId", "artifacts"),
    }.get(name, ())
    missing = [each for each in needed if not given.get(each)]
    if missing:
        return f'Variable "${missing[0]}" of required type was not provided.'
    if needed and not _UUID.fullmatch(str(given["invocationId"])):
        return f'Variable "$invocationId" got invalid value "{given["invocationId"]}"; Expected type UUID.'
    return None


def _value(post: Post, name: str, below: Any, given: Row) -> Any:
    if name != "getDbtUploadUrl":
        return invented(name, below)
    place = f"/channels/monte_carlo/upload/{given['invocationId']}/{given['fileName']}"
    signed = post.state.random_text("upload", 40)
    url = f"{post.state.base_url}{place}?X-Amz-Signature={signed}"
    return dict.fromkeys(below, url) if below else url


async def _upload(post: Post) -> Response:
    """PUT a file to the address that was given: no key, the address is the permission."""
    signed = post.request.query_params.get("X-Amz-Signature")
    if not signed or holds(post.state, Kind.MONTE_CARLO, "upload_refused"):
        raise refuse("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", 403)
    if len(post.body) > _UPLOAD_BYTES:
        raise refuse("<Error><Code>EntityTooLarge</Code></Error>", 413)
    invocation, file = post.request.path_params["invocation"], post.request.path_params["file"]
    words = f"{file}, {len(post.body)} bytes"
    found = _head(post.body)
    more = {"payload": found, "bytes": len(post.body), "invocation_id": invocation}
    failed = [f"{row['status']} {row['unique_id']}: {row['message']}" for row in (found or {}).get("failed", [])]
    text = "\n".join([f"{words}, invocation {invocation}", *failed])
    keep(post, to="uploads", title=f"Upload: {words}", text=text, **more)
    return Response(status_code=200)


def _head(body: bytes) -> Any:
    """Return a file's metadata, what failed and what its nodes' `meta` says: whole files are too large for an inbox."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    results = found.get("results")
    rows = [row for row in results if isinstance(row, dict)] if isinstance(results, list) else []
    bad = [{name: row.get(name) for name in _SHOWN} for row in rows if row.get("status") in _BAD]
    nodes = found.get("nodes")
    described = {
        name: node.get("meta")
        for name, node in (nodes.items() if isinstance(nodes, dict) else ())
        if isinstance(node, dict) and node.get("meta")
    }
    return {"metadata": found.get("metadata"), "failed": bad[:50], "meta": dict(list(described.items())[:50])}


def _keep(post: Post, name: str, asked: Row, given: Row) -> None:
    flat = dict(_leaves(given))
    title = next((flat[key] for key in ("title", "name", "summary", "jobName") if flat.get(key)), name)
    text = "\n".join(f"{key}: {value}" for key, value in flat.items())
    keep(
        post,
        to=f"{name}|Monte Carlo {name}",
        title=f"{name}: {title}" if title != name else name,
        text=text,
        payload=asked,
    )


def _leaves(value: Row) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, each in value.items():
        found += _leaves(each) if isinstance(each, dict) else [(key, str(each))]
    return found
