"""The control endpoints, apart from dbt Cloud's API, under `/_sandbox/`.

GET/POST/DELETE faults, DELETE faults/{id}, POST faults/{id}/release      see `faults`
GET/DELETE log                                                            see `journal`
GET objects/{table}, POST {"rows": […]} or a row, GET/PUT/PATCH/DELETE objects/{table}/{id}, PUT objects/{table}
GET counts, POST settings {"latency_ms", "rate_limit"}, POST tokens, POST generate, GET/PUT state, POST reset, GET ready
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.api.routing import read_object
from reconciler.sandbox.envelope import Refusal, invalid, json_response, missing
from reconciler.sandbox.faults import Mistake
from reconciler.sandbox.fields import accept, integer, list_of, optional, text
from reconciler.sandbox.generate import SIZES, generate
from reconciler.sandbox.permissions import SETS
from reconciler.sandbox.seed import OWNER, fill
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Key
from reconciler.sandbox.tables import TABLES

Endpoint: TypeAlias = Callable[[State, Request], Awaitable[Any]]


async def show_faults(state: State, _request: Request) -> Any:
    """List the rules and what they did."""
    return {"faults": [rule.shown() for rule in state.faults.rules.values()]}


async def add_fault(state: State, request: Request) -> Any:
    """Add one rule."""
    try:
        return state.faults.add(await read_object(request)).shown()
    except Mistake as mistake:
        raise Refusal(invalid(mistake.tree if isinstance(mistake.tree, dict) else {"rule": mistake.tree})) from None


async def clear_faults(state: State, _request: Request) -> Any:
    """Remove all rules."""
    state.faults.clear()
    return None


async def remove_fault(state: State, request: Request) -> Any:
    """Remove one rule; what it holds goes on."""
    if not state.faults.remove(_number(request)):
        raise Refusal(missing())
    return None


async def release_fault(state: State, request: Request) -> Any:
    """Let what one rule holds go on."""
    if not state.faults.release(_number(request)):
        raise Refusal(missing())
    return None


def _number(request: Request) -> int:
    text_id = str(request.path_params["id"])
    return int(text_id) if text_id.isascii() and text_id.isdigit() and len(text_id) < 19 else -1


async def show_log(state: State, request: Request) -> Any:
    """Read what arrived."""
    return {"requests": state.journal.select(dict(request.query_params))}


async def clear_log(state: State, _request: Request) -> Any:
    """Forget what arrived."""
    state.journal.clear()
    return None


def _table(request: Request) -> str:
    table = str(request.path_params["table"])
    if table not in TABLES:
        raise Refusal(missing())
    return table


def _key(request: Request, table: str) -> Key:
    return str(request.path_params["id"]) if TABLES[table].text_key else _number(request)


async def show_rows(state: State, request: Request) -> Any:
    """Read a table as it is stored."""
    return {"rows": state.store.find(_table(request))}


async def add_rows(state: State, request: Request) -> Any:
    """Add rows as they are: `{"rows": […]}`, or one row."""
    table, body = _table(request), await read_object(request)
    rows = body.get("rows", [body])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(invalid({"rows": "expected a list of dictionaries"}))
    try:
        return {"ids": [row["id"] for row in state.store.insert_many(table, rows)]}
    except (ValueError, state.store.Duplicate) as problem:
        raise Refusal(invalid({"rows": str(problem)})) from None


async def put_row(state: State, request: Request) -> Any:
    """Write a row as it is, over the one with its id."""
    return state.store.put(_table(request), await read_object(request))


async def show_row(state: State, request: Request) -> Any:
    """Read one row as it is stored."""
    table = _table(request)
    row = state.store.get(table, _key(request, table))
    if row is None:
        raise Refusal(missing())
    return row


async def change_row(state: State, request: Request) -> Any:
    """Merge changes into a row."""
    table = _table(request)
    try:
        return state.store.update(table, _key(request, table), await read_object(request))
    except KeyError:
        raise Refusal(missing()) from None


async def remove_row(state: State, request: Request) -> Any:
    """Remove a row for good."""
    table = _table(request)
    if not state.store.delete(table, _key(request, table)):
        raise Refusal(missing())
    return None


async def counts(state: State, _request: Request) -> Any:
    """Count the rows of every table."""
    return {table: state.store.count(table) for table in TABLES}


_SETTINGS = (optional("latency_ms", integer), optional("rate_limit", integer))


async def change_settings(state: State, request: Request) -> Any:
    """Change what may change while running; a new rate limit also ends a cool-down."""
    clean = accept(await read_object(request), _SETTINGS)
    if clean["latency_ms"] is not None:
        state.latency_ms = float(max(0, clean["latency_ms"]))
    if clean["rate_limit"] is not None:
        state.limiter.limit = replace(state.limiter.limit, requests=clean["rate_limit"])
        state.limiter.forget()
    return {"latency_ms": state.latency_ms, "rate_limit": state.limiter.limit.requests}


def _sets(value: Any) -> str:
    """Accept one permission set, or several with commas between."""
    names = text(value).split(",")
    if unknown := sorted(set(names) - set(SETS)):
        raise Mistake(f"no such permission set: {', '.join(unknown)}")
    return ",".join(names)


_TOKEN = (
    optional("token", text),
    optional("permission", _sets, default="owner"),
    optional("project_ids", list_of(integer)),
    optional("user_id", integer),
)


async def add_token(state: State, request: Request) -> Any:
    """Add a token that sees fewer projects or may do less."""
    clean = accept(await read_object(request), _TOKEN)
    owner = state.store.first("users", {"email": OWNER}) or {}
    token = clean.pop("token") or "dbts_" + state.random_text("extra-token", 40)
    row = {**clean, "user_id": clean["user_id"] or owner.get("id"), "id": token}
    state.store.put("tokens", row)
    return {"token": token, **{name: value for name, value in row.items() if name != "id"}}


async def fill_up(state: State, request: Request) -> Any:
    """Generate many jobs, recipients and edges."""
    return generate(state, accept(await read_object(request), SIZES))


async def dump(state: State, _request: Request) -> Any:
    """Copy the whole state out."""
    return state.store.dump()


async def load(state: State, request: Request) -> Any:
    """Replace the whole state by a copy."""
    image = await read_object(request)
    try:
        state.store.load(image)
        state.agenda.clear()
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise Refusal(invalid({"state": f"not a dump: {problem!r}"})) from None
    return None


async def reset(state: State, _request: Request) -> Any:
    """Go back to the seed: objects, faults, log, limit, latency."""
    state.agenda.clear()
    state.store.wipe()
    fill(state)
    state.faults.clear()
    state.journal.clear()
    state.limiter.forget()
    state.latency_ms = state.options.latency_ms
    return None


def routes(state: State) -> list[BaseRoute]:
    """URLs of the control endpoints."""
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "faults", show_faults),
        ("POST", "faults", add_fault),
        ("DELETE", "faults", clear_faults),
        ("DELETE", "faults/{id}", remove_fault),
        ("POST", "faults/{id}/release", release_fault),
        ("GET", "log", show_log),
        ("DELETE", "log", clear_log),
        ("GET", "objects/{table}", show_rows),
        ("POST", "objects/{table}", add_rows),
        ("PUT", "objects/{table}", put_row),
        ("GET", "objects/{table}/{id}", show_row),
        ("PATCH", "objects/{table}/{id}", change_row),
        ("DELETE", "objects/{table}/{id}", remove_row),
        ("GET", "counts", counts),
        ("POST", "settings", change_settings),
        ("POST", "tokens", add_token),
        ("POST", "generate", fill_up),
        ("GET", "state", dump),
        ("PUT", "state", load),
        ("POST", "reset", reset),
    ]
    return [Route(f"/_sandbox/{path}", _endpoint(state, work), methods=[method]) for method, path, work in table]


def _endpoint(state: State, work: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            found = await work(state, request)
        except Refusal as refusal:
            return refusal.response
        return Response(status_code=204) if found is None else json_response(found)

    return answer
