"""Microsoft Teams: a workflow takes a card with 202 and tells nobody what became of it; an old connector says 1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import NotJson, Post, keep, plain, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.inbox import Kind, MessageState
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

_BODY_BYTES = 28 * 1024
_LINK = re.compile(r"(?<!\\)\[([^\[\]\n]*)\]\([^()\s]+\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])")
_CARD = "application/vnd.microsoft.card.adaptive"
_TOO_LARGE = (
    "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId "
    "tcid=0,server=SANDBOX,cv=sandbox."
)


def routes(state: State) -> list[BaseRoute]:
    """List the URLs: any path, as a flow's address has it."""
    return served(state, Kind.TEAMS, [("POST", "/{path:path}", _post)])


async def _post(post: Post) -> Response:
    """Take a card, as a workflow or as an old connector does."""
    path = post.rest
    old = "IncomingWebhook" in path or "webhookb2" in path or holds(post.state, Kind.TEAMS, "connector", path)
    return _connector(post) if old else _workflow(post)


def _workflow(post: Post) -> Response:
    _refuse_by_world(post)
    if len(post.body) > _BODY_BYTES:
        raise refuse({"error": {"code": "RequestEntityTooLarge", "message": "Request Entity Too Large"}}, 413)
    try:
        message = post.json()
    except NotJson:
        wrong = {"code": "InvalidRequestContent", "message": "The request content is not valid JSON."}
        raise refuse({"error": wrong}, 400) from None
    reason = _invisible(message)
    if holds(post.state, Kind.TEAMS, "silent", post.rest):
        reason = "taken with 202, and never shown"
    _keep(post, message, reason)
    return Response(status_code=202, headers={"x-ms-workflow-run-id": post.state.random_text("flow-run", 26)})


def _refuse_by_world(post: Post) -> None:
    for mode, status, code, words in (
        ("wrong_signature", 401, "DirectApiAuthorizationRequired", "The signature does not fit the request."),
        ("gone", 404, "WorkflowNotFound", "The workflow could not be found."),
        ("disabled", 400, "WorkflowTriggerIsNotEnabled", "The workflow's trigger is not enabled."),
    ):
        if holds(post.state, Kind.TEAMS, mode, post.rest):
            raise refuse({"error": {"code": code, "message": words}}, status)


def _connector(post: Post) -> Response:
    """Answer as Office 365 connectors did: 200 even where the text says that nothing was delivered."""
    if len(post.body) > _BODY_BYTES:
        return plain(_TOO_LARGE)
    try:
        message = post.json()
    except NotJson:
        return plain("Bad payload received by generic incoming webhook.", 400)
    if not (message.get("text") or message.get("summary") or message.get("attachments")):
        return plain("Summary or Text is required.", 400)
    _keep(post, message, "")
    return plain("1")


def _invisible(message: Row) -> str:
    """Say why Teams would show nothing of this, though it was taken; empty for a card that it shows."""
    attachments = message.get("attachments")
    if message.get("type") != "message" or not isinstance(attachments, list) or not attachments:
        return "taken with 202, and not shown: no message with attachments"
    for attachment in attachments:
        content = attachment.get("content") if isinstance(attachment, dict) else None
        if not isinstance(content, dict) or attachment.get("contentType") != _CARD:
            return f"taken with 202, and not shown: an attachment is no {_CARD}"
        if content.get("type") != "AdaptiveCard" or not isinstance(content.get("body"), list):
            return "taken with 202, and not shown: the attachment is no Adaptive Card"
    return ""


def _keep(post: Post, message: Row, reason: str) -> None:
    texts = [text for text in _texts(message.get("attachments") or []) if text.strip()]
    text = "\n".join(texts) or str(message.get("text") or message.get("summary") or "")
    title = next(iter(text.strip().splitlines()), "")
    became = MessageState.FAILED if reason else MessageState.DELIVERED
    to = f"{post.rest}|workflow {_flow(post.rest)}"
    keep(post, to=to, title=title[:150], text=text, payload=message, became=became, reason=reason)


def _flow(path: str) -> str:
    """Return a flow's name as its address has it: the part after `workflows`, or the last one."""
    parts = path.strip("/").split("/")
    return parts[parts.index("workflows") + 1] if "workflows" in parts[:-1] else parts[-1]


def _texts(value: Any) -> Iterator[str]:
    """Yield what a reader of the card sees, in order."""
    match value:
        case {"type": "FactSet", "facts": list(facts)}:
            yield from (f"{fact.get('title', '')} {fact.get('value', '')}" for fact in facts if isinstance(fact, dict))
        case {"type": "Action.OpenUrl", "title": str(title)}:
            yield title
        case {"type": "CodeBlock", "codeSnippet": str(text)}:
            yield text
        case {"type": "TextBlock" | "TextRun", "text": str(text)}:
            yield _ESCAPE.sub(r"\1", _LINK.sub(r"\1", text.replace("**", "")))
        case dict():
            for name in ("content", "body", "items", "columns", "inlines", "card", "actions"):
                yield from _texts(value.get(name))
        case list():
            for each in value:
                yield from _texts(each)
        case _:
            return
