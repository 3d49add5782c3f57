"""How a URL of dbt Cloud's API becomes a call of a handler: one table of (method, path, handler), one gate in front.

A part writes:

    def routes(state: State) -> list[BaseRoute]:
        return api_routes(state, [Entry("GET", "/api/v2/accounts/{account_id}/runs/", list_runs), ...])

    async def list_runs(call: Call) -> Response: ...

The gate has checked the token (401) and the account (403) before a handler runs; parameters that stand for integers
are `{name}`, parsed by `call.key(name)` (None when it is none: answer `missing()`). A handler answers with the
functions of `envelope`, or raises `Refusal`. Both slash forms reach the handler, but
for PUT and PATCH (reference §1.3).
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.auth import Grant, admit
from reconciler.sandbox.envelope import Refusal, invalid, method_not_allowed
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

_LARGEST_ID = 2**63 - 1
_NOTHING: Row = {"id__in": []}


@dataclass(slots=True, kw_only=True)
class Call:
    """One admitted request."""

    state: State
    request: Request
    grant: Grant

    def key(self, name: str) -> int | None:
        """Read an integer of the path; None if it cannot be an id."""
        text = self.request.path_params[name]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
        return number if number is not None and number <= _LARGEST_ID else None

    def text(self, name: str) -> str:
        """Read a text of the path."""
        return str(self.request.path_params[name])

    @property
    def query(self) -> dict[str, str]:
        """The query string; the last of equal names counts."""
        return dict(self.request.query_params)

    def narrow(self, asked: Row, scope: Row) -> Row:
        """Join a filter that was asked for with one that is imposed: both must hold."""
        joined = dict(asked)
        for column, value in scope.items():
            if column.endswith("__in") and column in asked:
                joined[column] = [entry for entry in asked[column] if entry in value]
            elif not column.endswith("__in") and joined.get(column, value) != value:
                joined |= _NOTHING
            else:
                joined[column] = value
        return joined

    async def body(self) -> Row:
        """Read the JSON object that was sent. Refuses (400) what is not one."""
        return await read_object(self.request)


async def read_object(request: Request) -> Row:
    """Read a body that must be one JSON object. Refuses (400) what is not one."""
    try:
        found = json.loads(await request.body(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(invalid({"non_field_errors": "malformed JSON"})) from None
    if not isinstance(found, dict):
        raise Refusal(invalid({"non_field_errors": "expected a dictionary"}))
    return _encodable(found)


def _encodable(found: Row) -> Row:
    """Refuse half surrogate pairs, which are legal in JSON and cannot be written as UTF-8."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise Refusal(invalid({"non_field_errors": "malformed text"})) from None
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


Handler: TypeAlias = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a route table."""

    method: str
    path: str
    handler: Handler


def api_routes(state: State, entries: Sequence[Entry]) -> list[BaseRoute]:
    """Turn a table into routes: one per path, in both slash forms, with the gate in front."""
    tables: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        tables.setdefault(entry.path, {})[entry.method] = entry
    return [route for path, methods in tables.items() for route in _both_forms(state, path, methods)]


def _both_forms(state: State, path: str, methods: dict[str, Entry]) -> list[BaseRoute]:
    canonical = Route(path, _endpoint(state, methods), methods=list(_METHODS))
    if path.endswith("}") and ":path}" in path:
        return [canonical]
    other = path.removesuffix("/") if path.endswith("/") else path + "/"
    tolerated = {method: entry for method, entry in methods.items() if method in _EITHER_FORM}
    return [canonical, Route(other, _endpoint(state, tolerated), methods=list(_METHODS))]


_EITHER_FORM = ("GET", "POST", "DELETE")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def _endpoint(state: State, methods: dict[str, Entry]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            entry = methods.get(request.method)
            grant = admit(state, request)
            if entry is None:
                return method_not_allowed(request.method, sorted(methods))
            return await entry.handler(Call(state=state, request=request, grant=grant))
        except Refusal as refusal:
            return refusal.response

    return answer
