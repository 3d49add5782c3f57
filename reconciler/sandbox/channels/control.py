"""Control of the vendors: what they refuse, and how badly they answer.

GET /_sandbox/channels                     every kind, what can be wrong with it, and what is
POST /_sandbox/channels/{kind} {"mode", "only"?, "times"?, "seconds"?, "path"?}   make something wrong
DELETE /_sandbox/channels, /_sandbox/channels/{kind}                              make it right again
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.channels.facts import add_fact, clear_facts, facts_of
from reconciler.sandbox.channels.modes import FACTS, TRANSPORT, rules_of
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.fields import Mistake, filled, integer, optional, read_fields, required
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

_FIELDS = (
    required("mode", filled),
    optional("only", filled),
    optional("times", integer),
    optional("seconds", integer),
    optional("path", filled, default="*"),
)
_KINDS = {kind.place: kind for kind in FACTS}


def routes(state: State) -> list[BaseRoute]:
    """List the URLs."""
    table: list[tuple[str, str, Callable[[State, Request], Awaitable[Response]]]] = [
        ("GET", "/_sandbox/channels", _show),
        ("DELETE", "/_sandbox/channels", _mend),
        ("POST", "/_sandbox/channels/{kind}", _break),
        ("DELETE", "/_sandbox/channels/{kind}", _mend),
    ]
    return [Route(path, partial(handler, state), methods=[method]) for method, path, handler in table]


async def _show(state: State, _request: Request) -> Response:
    shown = {
        kind.place: {
            "modes": {**FACTS[kind], **({} if kind is Kind.EMAIL else TRANSPORT)},
            "facts": facts_of(state, kind),
            "faults": [rule.shown() for rule in state.faults.rules.values() if _about(kind, rule.asked)],
        }
        for kind in FACTS
    }
    return json_response({"channels": shown})


async def _break(state: State, request: Request) -> Response:
    kind = _KINDS.get(request.path_params["kind"])
    if kind is None:
        return _no_such_kind()
    try:
        asked = read_fields(json.loads(await request.body() or b"{}"), _FIELDS)
        return json_response(_broken(state, kind, asked))
    except Mistake as mistake:
        return json_response({"error": mistake.tree}, 400)
    except ValueError:
        return json_response({"error": "the body is not JSON"}, 400)


def _broken(state: State, kind: Kind, asked: Row) -> Row:
    mode = asked["mode"]
    if mode in FACTS[kind]:
        return {"kind": kind, "fact": add_fact(state, kind, mode, only=asked["only"], times=asked["times"])}
    if mode in TRANSPORT and kind is not Kind.EMAIL:
        return {"kind": kind, "faults": [state.faults.add(rule).shown() for rule in rules_of(kind, asked)]}
    known = [*FACTS[kind], *([] if kind is Kind.EMAIL else TRANSPORT)]
    raise Mistake({"mode": f"{kind} has no {mode!r}; there are {', '.join(known)}"})


async def _mend(state: State, request: Request) -> Response:
    named = request.path_params.get("kind")
    if named is not None and named not in _KINDS:
        return _no_such_kind()
    for kind in FACTS if named is None else [_KINDS[named]]:
        clear_facts(state, kind)
        for number, rule in list(state.faults.rules.items()):
            if _about(kind, rule.asked):
                state.faults.remove(number)
    return Response(status_code=204)


def _no_such_kind() -> Response:
    return json_response({"error": f"no such kind; there are {', '.join(_KINDS)}"}, 404)


def _about(kind: Kind, asked: Row) -> bool:
    return str(asked["path"]).startswith((f"/channels/{kind.place}/", f"/channels/{kind.place}*"))
