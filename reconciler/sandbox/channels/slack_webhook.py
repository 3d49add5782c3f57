"""Slack's incoming webhooks: a code and one short word for an answer, and never the id of a message."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import NotJson, Post, keep, plain, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.slack_blocks import block_problems
from reconciler.sandbox.channels.slack_words import spoken
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["message_problem", "routes"]

_WORLD = (
    ("wrong_token", 403, "invalid_token"),
    ("no_service", 404, "no_service"),
    ("no_channel", 404, "channel_not_found"),
    ("archived", 410, "channel_is_archived"),
    ("prohibited", 403, "action_prohibited"),
)
_ATTACHMENTS = 100
_PARTS = 3


def routes(state: State) -> list[BaseRoute]:
    """List the URLs."""
    return served(state, Kind.SLACK, [("POST", "/services/{path:path}", _post), ("GET", "/services/{path:path}", _get)])


async def _get(_post: Post) -> Response:
    return plain("invalid_payload", 400)


async def _post(post: Post) -> Response:
    """Take a message, or refuse it in one word."""
    parts = post.request.path_params["path"].strip("/").split("/")
    if len(parts) != _PARTS or not all(parts):
        raise refuse("no_service", 404)
    for mode, status, word in _WORLD:
        if holds(post.state, Kind.SLACK, mode, post.rest, parts[1]):
            raise refuse(word, status)
    message = _read(post)
    problem = message_problem(message)
    if problem:
        raise refuse(problem, 400)
    title, text = spoken(message)
    to = f"{post.rest}|incoming webhook {parts[1]}"
    keep(post, to=to, title=title, text=text, payload=message, via="incoming webhook", ts=None, thread_ts=None)
    return plain("ok")


def _read(post: Post) -> Row:
    """Read the JSON body, or the form field `payload` that older clients send."""
    try:
        if post.header("content-type").startswith("application/x-www-form-urlencoded"):
            found = json.loads(parse_qs(post.body.decode())["payload"][0])
            if isinstance(found, dict):
                return found
            raise NotJson("not an object")
        return post.json()
    except (ValueError, KeyError):
        raise refuse("invalid_payload", 400) from None


def message_problem(message: Row) -> str | None:
    """Say in Slack's word why a message is refused; None for one that is taken."""
    attachments, blocks = message.get("attachments") or [], message.get("blocks")
    if not isinstance(attachments, list) or len(attachments) > _ATTACHMENTS:
        return "too_many_attachments" if isinstance(attachments, list) else "invalid_attachments"
    if not isinstance(message.get("text", ""), str | None):
        return "invalid_payload"
    if not (message.get("text") or blocks or attachments):
        return "no_text"
    if blocks and block_problems(blocks):
        return "invalid_blocks"
    if any(not isinstance(each, dict) or block_problems(each.get("blocks") or []) for each in attachments):
        return "invalid_blocks"
    return None
