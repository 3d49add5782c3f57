"""Somebody's own endpoint: any path, any body. It verifies nothing and keeps headers and body, signature too."""

from __future__ import annotations

import json

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import Post, keep, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State

__all__ = ["routes"]


def routes(state: State) -> list[BaseRoute]:
    """List the URLs."""
    return served(state, Kind.WEBHOOK_OUT, [("POST PUT PATCH", "/{path:path}", _post)])


async def _post(post: Post) -> Response:
    if holds(post.state, Kind.WEBHOOK_OUT, "gone", post.rest):
        raise refuse({"error": "this endpoint is gone"}, 410)
    if holds(post.state, Kind.WEBHOOK_OUT, "wrong_secret", post.rest):
        raise refuse({"error": "the signature does not fit"}, 401)
    body = post.body.decode("utf-8", "replace")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    shown = payload if isinstance(payload, dict) else {}
    data = shown.get("data") if isinstance(shown.get("data"), dict) else shown
    title = next((str(data[name]) for name in ("title", "subject", "summary", "name") if data.get(name)), "")
    text = next((str(data[name]) for name in ("text", "message", "description") if data.get(name)), body[:2000])
    signed = {name: post.header(name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    more = {"body": body, "signed": {name: value for name, value in signed.items() if value}}
    title = title or str(shown.get("type") or post.rest)
    keep(post, to=post.rest, title=title, text=text, payload=payload, **more)
    return json_response({"ok": True})
