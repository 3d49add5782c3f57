"""One request to a vendor, and the message that it leaves in the inbox."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.envelope import Refusal, json_response
from reconciler.sandbox.inbox import Kind, MessageState, drop
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["NotJson", "Post", "Serve", "keep", "plain", "refuse", "served"]

_MASKED = frozenset({"authorization", "dd-api-key", "dd-application-key", "x-mcd-token", "cookie"})
_RUN = re.compile(r"/runs/(\d{1,18})\b")


class NotJson(ValueError):
    """A body that is no JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request to a vendor. `rest` is its path below /channels/<kind>, with a leading slash."""

    state: State
    kind: Kind
    request: Request
    body: bytes

    @property
    def rest(self) -> str:
        """The path as the vendor's host would see it."""
        return self.request.url.path.removeprefix(f"/channels/{self.kind.place}") or "/"

    def header(self, name: str) -> str:
        """Read a header; empty if it is not there."""
        return self.request.headers.get(name, "")

    def json(self) -> Row:
        """Read the body as one JSON object; raises NotJson."""
        try:
            found = json.loads(self.body)
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as problem:
            raise NotJson(str(problem)) from None
        if not isinstance(found, dict):
            raise NotJson("not an object")
        return found

    def headers(self) -> dict[str, str]:
        """Return what was sent along, keys masked: the inbox is no place for secrets."""
        return {name: _masked(name, value) for name, value in self.request.headers.items()}


Serve: TypeAlias = Callable[[Post], Awaitable[Response]]


def _masked(name: str, value: str) -> str:
    return f"{value[:4]}… ({len(value)} characters)" if name in _MASKED else value


def served(state: State, kind: Kind, table: Sequence[tuple[str, str, Serve]]) -> list[BaseRoute]:
    """Make routes of (methods, path below the kind, handler); a handler may raise Refusal."""

    def endpoint(serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await serve(Post(state=state, kind=kind, request=request, body=await request.body()))
            except Refusal as refusal:
                return refusal.response

        return answer

    return [
        Route(f"/channels/{kind.place}{path}", endpoint(serve), methods=methods.split())
        for methods, path, serve in table
    ]


def plain(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer in plain text."""
    return PlainTextResponse(text, status, dict(headers or {}))


def refuse(content: Any, status: int) -> Refusal:
    """Make a refusal, to be raised: JSON, or plain text for a string."""
    return Refusal(plain(content, status) if isinstance(content, str) else json_response(content, status))


def keep(post: Post, *, to: str, title: str, text: str, **more: Any) -> Row:
    """Put what a vendor took into the inbox; `to` is `channel|what a person calls it`, or one text for both.

    A link to a run of this account makes the message findable by it. `became` and `reason` say what came of it.
    """
    channel, _, name = to.partition("|")
    payload, became = more.pop("payload", None), more.pop("became", MessageState.DELIVERED)
    run = _run_of(post.state, text, payload)
    about = {"run_id": run["id"] if run else None, "job_id": run["job_definition_id"] if run else None}
    words = {"channel": f"{post.kind}:{channel}", "recipient": name or channel, "subject": title, "text": text}
    rest = {"reason": "", "origin": "channel", "headers": post.headers(), "payload": payload, **more}
    return drop(post.state, post.kind, became, {**words, **about, **rest})


def _run_of(state: State, text: str, payload: Any) -> Row | None:
    found = _RUN.search(text) or _RUN.search(json.dumps(payload, default=str))
    return state.store.get("runs", int(found[1])) if found else None
