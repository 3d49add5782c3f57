"""What Apprise posts to a `json://` address: it stands for the long tail of services."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import NotJson, Post, keep, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State

__all__ = ["routes"]


def routes(state: State) -> list[BaseRoute]:
    """List the URLs: with and without a path behind the kind."""
    return served(state, Kind.APPRISE, [("POST", "", _post), ("POST", "/{path:path}", _post)])


async def _post(post: Post) -> Response:
    if holds(post.state, Kind.APPRISE, "gone", post.rest):
        raise refuse({"error": "gone"}, 404)
    try:
        message = post.json()
    except NotJson:
        raise refuse({"error": "the body is not JSON"}, 400) from None
    title, text = str(message.get("title") or ""), str(message.get("message") or "")
    to = f"{post.rest}|Apprise {post.rest}"
    keep(post, to=to, title=title or text[:150], text=text, payload=message, level=message.get("type"))
    return json_response({"ok": True})
