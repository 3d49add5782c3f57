"""Slack's Web API: 200 for everything, and `ok` says whether it worked. Tokens, scopes, methods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels import slack_chat, slack_rooms
from reconciler.sandbox.channels.exchange import NotJson, Post, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.slack_call import SlackCall, SlackError
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

Work: TypeAlias = Callable[[SlackCall], Row]

_SCOPES = (
    "chat:write,channels:read,channels:history,groups:read,groups:history,usergroups:read,users:read,users:read.email"
)


@dataclass(frozen=True, slots=True)
class _Method:
    """One method and the scope that it asks for."""

    work: Work
    scope: str = ""


_METHODS: Mapping[str, _Method] = {
    "api.test": _Method(lambda _call: {}),
    "auth.test": _Method(slack_rooms.auth_test),
    "chat.postMessage": _Method(slack_chat.post_message, "chat:write"),
    "chat.update": _Method(slack_chat.update, "chat:write"),
    "chat.delete": _Method(slack_chat.delete, "chat:write"),
    "chat.getPermalink": _Method(slack_chat.permalink),
    "conversations.history": _Method(slack_chat.history, "channels:history"),
    "conversations.replies": _Method(slack_chat.replies, "channels:history"),
    "conversations.info": _Method(slack_rooms.info, "channels:read"),
    "conversations.members": _Method(slack_rooms.members, "channels:read"),
    "conversations.list": _Method(slack_rooms.rooms, "channels:read"),
    "usergroups.list": _Method(slack_rooms.usergroups, "usergroups:read"),
    "users.lookupByEmail": _Method(slack_rooms.lookup_by_email, "users:read.email"),
}


def routes(state: State) -> list[BaseRoute]:
    """List the URLs: one, with the method's name in it."""
    return served(state, Kind.SLACK, [("GET POST", "/api/{method}", _answer)])


async def _answer(post: Post) -> Response:
    method = post.request.path_params["method"]
    try:
        found = _METHODS.get(method, _Method(_unknown))
        call = SlackCall(post=post, arguments=_arguments(post))
        if method != "api.test":
            _admit(call, found.scope)
        answer = {"ok": True, **found.work(call)}
    except SlackError as error:
        answer = error.answer
    headers = {"X-OAuth-Scopes": _SCOPES, "X-Slack-Req-Id": post.state.random_text("slack-request", 32)}
    return json_response(answer, 200, headers)


def _unknown(call: SlackCall) -> Row:
    raise SlackError("unknown_method", req_method=call.post.request.path_params["method"])


def _arguments(post: Post) -> Row:
    """Read the arguments of a call: the query, and a form or JSON body; nested values of a form are JSON texts."""
    query: Row = dict(post.request.query_params)
    if post.header("content-type").startswith("application/json"):
        try:
            return query | (post.json() if post.body else {})
        except NotJson:
            raise SlackError("invalid_json") from None
    form = parse_qs(post.body.decode("utf-8", "replace"), keep_blank_values=True)
    return query | {name: _nested(name, values[-1]) for name, values in form.items()}


_JSON_VALUES = frozenset({"blocks", "attachments", "metadata"})


def _nested(name: str, value: str) -> object:
    if name not in _JSON_VALUES:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(f"invalid_{name}_format") from None


def _admit(call: SlackCall, scope: str) -> None:
    """Check the token as Slack does: there, of a kind that bots have, not revoked, and allowed to do this."""
    token, fact = call.token, partial(holds, call.post.state, Kind.SLACK)
    if not token:
        raise SlackError("not_authed")
    if not token.startswith(("xoxb-", "xoxp-", "xoxe.")) or fact("wrong_token", token):
        raise SlackError("invalid_auth")
    if fact("revoked", token):
        raise SlackError("token_revoked")
    if scope and fact("missing_scope", scope):
        provided = ",".join(each for each in _SCOPES.split(",") if each != scope)
        raise SlackError("missing_scope", needed=scope, provided=provided)
