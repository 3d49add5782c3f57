"""What stands before every request: the log, the faults, the request limit; and the guard of the control endpoints."""

import asyncio
import hmac
import ipaddress
import json
import math
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.api.resource import DELETED
from reconciler.sandbox.envelope import error, json_response
from reconciler.sandbox.faults import Rule
from reconciler.sandbox.journal import WRITES, Arrival
from reconciler.sandbox.limits import MESSAGE
from reconciler.sandbox.protocol import EXTENSION
from reconciler.sandbox.state import State

CONTROL = "/_sandbox"
CHANNELS = "/channels/"
_TABLE_OF_LIST = {"subscriptions": "webhooks"}


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or hand the lifespan through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(CONTROL):
            refusal = _refuse_control(self._state, Headers(scope=scope))
            await (refusal or self._app)(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        state, started = self._state, time.perf_counter()
        entry = state.journal.open(at=state.stamp(), method=method, path=path, query=query)
        rule = state.faults.choose(method, path, query)
        entry.fault = rule.name if rule else None
        try:
            body = await Request(scope, receive).body()
            await _wait((state.latency_ms + (rule.asked["latency_ms"] if rule else 0.0)) / 1000)
            answer = await self._answer(scope, body, entry, rule)
            if answer is None:
                await _reset(scope, receive)
            else:
                entry.status = answer.status_code
                await answer(scope, receive, send)
        finally:
            entry.seconds = time.perf_counter() - started
            entry.done = True

    async def _answer(self, scope: Scope, body: bytes, entry: Arrival, rule: Rule | None) -> Response | None:
        """Work out what the client gets; None means a reset."""
        asked = rule.asked if rule else {}
        if rule and asked["hold"] == "before":
            await rule.released.wait()
        if rule and asked["reset"] == "before":
            return None
        if rule and asked["status"] and asked["when"] == "before":
            return _fault_response(rule)
        if (seconds := self._over_the_limit(scope["path"])) is not None:
            retry = self._state.limiter.limit.send_retry_after
            return error(429, MESSAGE, headers={"Retry-After": str(math.ceil(seconds))} if retry else None)
        if rule and asked["vanish"]:
            _vanish(self._state, scope["path"], asked["vanish"])
        answer = await _collect(self._app, scope, body)
        entry.effect = answer.status_code < 400 and _changes_something(scope)
        if rule and asked["hold"] == "after":
            await rule.released.wait()
        if rule and asked["reset"] == "after":
            return None
        if rule and asked["status"]:
            return _fault_response(rule)
        return _shortened(answer, asked["short_page"]) if rule and asked["short_page"] else answer

    def _over_the_limit(self, path: str) -> float | None:
        """Tell for how long the account's limit refuses this; a message to a vendor is none of dbt Cloud's business."""
        return None if path.startswith(CHANNELS) else self._state.limiter.refused()


def _changes_something(scope: Scope) -> bool:
    return scope["method"] in WRITES or scope["path"].rstrip("/").endswith("/test")


def _refuse_control(state: State, headers: Headers) -> Response | None:
    """Keep web pages out (a foreign Host is a rebound name), and whoever lacks the control token, if there is one."""
    host = headers.get("host", "").rsplit(":", 1)[0].strip("[]")
    token = state.options.control_token
    if host != "localhost" and not _is_loopback(host):
        return error(403, "The control endpoints answer to loopback only.")
    if token and not hmac.compare_digest(headers.get("x-sandbox-control", "").encode(), token.encode()):
        return error(403, "X-Sandbox-Control is missing or wrong.")
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _wait(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


async def _collect(app: ASGIApp, scope: Scope, body: bytes) -> Response:
    """Run the application to its end, whatever the client does meanwhile, and keep its answer."""
    sent = False
    start: Message = {}
    chunks: list[bytes] = []

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    response = Response(b"".join(chunks), start["status"])
    response.raw_headers = list(start["headers"])
    return response


async def _reset(scope: Scope, receive: Receive) -> None:
    extension = scope.get("extensions", {}).get(EXTENSION)
    if extension is not None:
        extension["abort"]()
        while (await receive())["type"] != "http.disconnect":
            pass


def _fault_response(rule: Rule) -> Response:
    status, body, headers = rule.asked["status"], rule.asked["body"], rule.asked["headers"]
    if isinstance(body, str):
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
        return Response(body.ljust(rule.asked["size"]), status, headers, media_type=kind)
    if body is not None:
        return json_response(body, status, headers)
    if status >= 500:
        page = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
        return Response(page, status, headers, media_type="text/html")
    return error(status, MESSAGE if status == 429 else f"Fault injected: {status}.", headers=headers)


def _shortened(answer: Response, rows: int) -> Response:
    """Drop the last rows of a page: `count` says what is left, `total_count` stays."""
    try:
        content: Any = json.loads(bytes(answer.body))
    except ValueError:
        return answer
    if not isinstance(content, dict) or not isinstance(content.get("data"), list):
        return answer
    content["data"] = content["data"][: max(0, len(content["data"]) - rows)]
    pagination = content.get("extra", {}).get("pagination")
    if pagination:
        pagination["count"] = len(content["data"])
    return json_response(content, answer.status_code)


def _vanish(state: State, path: str, asked: Any) -> None:
    """Take away the row that is named, or the oldest visible one of the list that the path names."""
    named = asked if isinstance(asked, dict) else {}
    last = path.rstrip("/").rsplit("/", 1)[-1]
    table = named.get("table") or _TABLE_OF_LIST.get(last, last)
    soft = table not in ("webhooks", "users")
    key = named.get("id")
    if key is None:
        row = state.store.first(table, {"state": 1} if soft else {})
        key = row["id"] if row else None
    if key is None:
        return
    if soft:
        state.store.update(table, key, {"state": DELETED})
    else:
        state.store.delete(table, key)
