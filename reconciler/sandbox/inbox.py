"""Everything that left the sandbox, or would have, and everything that its vendors took: newest first on one page.

JSON:  GET /_sandbox/inbox?kind=&channel=&state=&run=&job=&since=&wait_for=N&timeout=S   DELETE /_sandbox/inbox
       also by origin ("dbt cloud", "channel"), recipient, status, ts, message_id, dedup_key
Page:  GET /_sandbox/inbox.html
`since` is the id of a message (those after it) or an ISO time. With `wait_for` the answer comes once that many messages
match, or after `timeout` real seconds (10 unless said, 60 at most) with what there is then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.durations import parse_time, run_time
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox_page import POLICY, render
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["Kind", "MessageState", "amend", "drop", "routes"]


class Kind(StrEnum):
    """What a message is."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"
    PAGERDUTY = "pagerduty"
    TEAMS = "teams"
    DATADOG = "datadog"
    MONTE_CARLO = "monte_carlo"
    WEBHOOK_OUT = "webhook_out"
    APPRISE = "apprise"

    @property
    def place(self) -> str:
        """The word in a vendor's path: dbt Cloud's own webhooks go out, so those that come in have the plain name."""
        return "webhook" if self is Kind.WEBHOOK_OUT else self.value


class MessageState(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    SUPPRESSED = "suppressed"
    PENDING = "pending"
    FAILED = "failed"
    NOT_SENT = "not sent"
    DELETED = "deleted"


def drop(state: State, kind: Kind, became: MessageState, details: Row) -> Row:
    """Put a message into the inbox and wake whoever waits for one."""
    head = {"at": run_time(state.clock.now()), "kind": kind.value, "state": became.value}
    row = state.store.insert("messages", {**head, **details})
    state.clock.poke()
    return row


def amend(state: State, message_id: int, changes: Row) -> None:
    """Say what became of a message; one that was cleared away meanwhile stays away."""
    if state.store.get("messages", message_id) is not None:
        state.store.update("messages", message_id, changes)
        state.clock.poke()


def routes(state: State) -> list[BaseRoute]:
    """List the URLs of the inbox."""

    async def as_json(request: Request) -> Response:
        if request.method == "DELETE":
            state.store.clear("messages")
            return Response(status_code=204)
        try:
            messages = await _awaited(state, request)
        except ValueError as problem:
            return json_response({"error": str(problem)}, 400)
        return json_response({"count": len(messages), "messages": messages})

    async def as_page(_request: Request) -> Response:
        found = state.store.find("messages", order_by="-id", limit=_PAGE)
        return HTMLResponse(render(found), headers={"Content-Security-Policy": POLICY})

    return [
        Route("/_sandbox/inbox", as_json, methods=["GET", "DELETE"]),
        Route("/_sandbox/inbox.html", as_page, methods=["GET"]),
    ]


_PAGE = 500
_COLUMNS = ("kind", "channel", "state", "origin", "recipient", "status", "ts", "message_id", "dedup_key")
_LONGEST_WAIT_SECONDS = 60.0


async def _awaited(state: State, request: Request) -> list[Row]:
    query = request.query_params
    wanted = int(query.get("wait_for", "0"))
    seconds = float(query.get("timeout", "10"))
    if not 0 <= seconds <= _LONGEST_WAIT_SECONDS:
        raise ValueError(f"timeout is not a number of seconds from 0 to {_LONGEST_WAIT_SECONDS:g}: {seconds}")
    matches = _filter(dict(query))
    found = _matching(state, matches)
    try:
        async with asyncio.timeout(seconds):
            while len(found) < wanted:
                await state.clock.wait(None)
                found = _matching(state, matches)
    except TimeoutError:
        return _matching(state, matches)
    return found


def _matching(state: State, matches: Callable[[Row], bool]) -> list[Row]:
    return [row for row in state.store.find("messages", order_by="-id") if matches(row)]


def _filter(query: dict[str, str]) -> Callable[[Row], bool]:
    """Read the filters of a query string; raises ValueError for one that makes no sense."""
    wanted: Row = {name: query[name] for name in _COLUMNS if name in query}
    wanted |= {f"{name}_id": int(query[name]) for name in ("run", "job") if name in query}
    newer = _newer(query.get("since"))
    return lambda row: all(row.get(name) == value for name, value in wanted.items()) and newer(row)


def _newer(since: str | None) -> Callable[[Row], bool]:
    if since is None:
        return lambda _row: True
    if since.isdigit():
        return lambda row: row["id"] > int(since)
    moment = run_time(parse_time(since)) or ""
    return lambda row: row["at"] >= moment
