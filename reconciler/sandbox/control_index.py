"""What the control endpoints are, each with a request that works: GET /_sandbox/ lists them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Key, Row

__all__ = ["Example", "examples", "routes", "unknown"]

HOME = "/_sandbox/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing to do: `call` is the endpoint as in the tables of routes, `path` and `body` one request to it."""

    call: str
    what: str
    path: str = ""
    body: Row = field(default_factory=dict)

    def shown(self, base_url: str) -> Row:
        """Return it as JSON, with the line to paste."""
        method, _, pattern = self.call.partition(" ")
        url = shlex.quote(f"{base_url}{HOME}{self.path or pattern}")
        body = f" -d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}" if self.body else ""
        verb = "" if method == "GET" else f" -X {method}"
        return {
            "endpoint": self.call,
            "what": self.what,
            "body": self.body or None,
            "curl": f"curl -s{verb} {url}{body}",
        }


def examples(state: State) -> Iterator[Example]:
    """Yield every endpoint, with ids that are there; those that need a run or a rule name the first one."""
    job, user, webhook = _id(state, "jobs"), _id(state, "users"), _id(state, "webhooks")
    project = _id(state, "projects")
    yield from _of_life(job, user)
    yield from _of_objects(user, webhook)
    yield from _of_faults()
    yield from _of_channels()
    yield Example(
        call="POST tokens",
        what="a token that sees fewer projects or may do less; without `permission` it is an owner's",
        body={"permission": "readonly", "project_ids": [project]},
    )
    yield Example(call="POST settings", what="slower, or stricter", body={"latency_ms": 200, "rate_limit": 300})
    yield Example(call="POST generate", what="many jobs and alerts", body={"jobs": 50, "recipients": 5, "edges": 200})
    yield Example(call="GET log", what="what arrived, in order, and what took effect")
    yield Example(call="DELETE log", what="forget what arrived")
    yield Example(call="GET counts", what="how many rows each table has")
    yield Example(call="GET state", what="the whole state, to keep")
    yield Example(call="PUT state", what="replace the state by one that was kept; the body is what GET gave")
    yield Example(call="POST reset", what="go back to the seed")


def _of_life(job: Key, user: Key) -> Iterator[Example]:
    yield Example(
        call="POST runs",
        what="start a run that ends as asked: success, warning, failure, cancel, timeout, slow",
        body={"job_id": job, "outcome": "failure"},
    )
    yield Example(
        call="POST runs",
        what="say which models and tests fail, with which message, and how long it all took",
        body={
            "job_id": job,
            "duration": 754,
            "nodes": [
                {
                    "name": "fct_revenue",
                    "message": 'relation "raw.orders" does not exist',
                    "owner": "maria@acme.example",
                }
            ],
        },
    )
    yield Example(call="POST runs/{id}/finish", what="end a run that is under way, now", body={"outcome": "failure"})
    yield Example(call="GET jobs/{id}/outcome", what="how a job's runs end", path=f"jobs/{job}/outcome")
    yield Example(
        call="POST jobs/{id}/outcome",
        what="how a job's runs end from now on",
        path=f"jobs/{job}/outcome",
        body={"outcome": "warning"},
    )
    yield Example(call="GET clock", what="the sandbox's time")
    yield Example(
        call="POST clock",
        what="seconds to advance, how fast time runs, whether schedules start runs",
        body={"advance": 3600, "speed": 60, "schedules": True},
    )
    yield Example(call="POST idle", what="wait until nothing is under way; `fast` moves the clock", body={"fast": True})
    yield Example(call="POST slack", what="who linked the Slack app", body={"linked_by": user})
    yield Example(call="GET inbox", what="every mail, message and webhook; `?wait_for=1` waits for one")
    yield Example(call="DELETE inbox", what="empty it")


def _of_objects(user: Key, webhook: Key) -> Iterator[Example]:
    yield Example(
        call="GET objects/{table}", what="a table as it is stored: users, webhooks, jobs…", path="objects/users"
    )
    yield Example(call="GET objects/{table}/{id}", what="one row", path=f"objects/users/{user}")
    yield Example(
        call="PATCH objects/{table}/{id}",
        what="a person leaves",
        path=f"objects/users/{user}",
        body={"is_active": False},
    )
    yield Example(
        call="PATCH objects/{table}/{id}",
        what="dbt Cloud switches a webhook off; without a reason, a person did",
        path=f"objects/webhooks/{webhook}",
        body={"active": False, "deactivate_reason": "Webhook deactivated after 7 days of failed deliveries."},
    )
    yield Example(
        call="POST objects/{table}",
        what='add a row, or several: {"rows": […]}',
        path="objects/groups",
        body={"name": "Analysts", "state": 1},
    )
    yield Example(call="PUT objects/{table}", what="write a row over the one with its id; the body is the whole row")
    yield Example(call="DELETE objects/{table}/{id}", what="remove a row for good", path=f"objects/webhooks/{webhook}")


def _of_faults() -> Iterator[Example]:
    yield Example(
        call="POST faults",
        what="which requests, and what happens: status, headers, body, reset, latency_ms, short_page, vanish or hold",
        body={
            "method": "POST",
            "path": "*/notifications/*",
            "status": 503,
            "headers": {"Retry-After": "2"},
            "times": 2,
        },
    )
    yield Example(call="GET faults", what="the rules, and how often each hit")
    yield Example(call="DELETE faults", what="remove all rules")
    yield Example(call="DELETE faults/{id}", what="remove one rule", path="faults/1")
    yield Example(call="POST faults/{id}/release", what="let what one rule holds go on", path="faults/1/release")


def _of_channels() -> Iterator[Example]:
    yield Example(call="GET channels", what="what can be wrong with each vendor, and what is")
    yield Example(
        call="POST channels/{kind}",
        what="make something wrong: a fact of the vendor's world, or how it answers; `only` one channel or key",
        path="channels/slack",
        body={"mode": "archived", "only": "C0987654321", "times": 2},
    )
    yield Example(call="DELETE channels", what="make every vendor right again")
    yield Example(call="DELETE channels/{kind}", what="make one vendor right again", path="channels/slack")


def _id(state: State, table: str) -> Key:
    return (state.store.first(table) or {}).get("id", "ID")


def routes(state: State) -> list[BaseRoute]:
    """URL of the list."""
    return [Route(path, partial(_index, state), methods=["GET"]) for path in (HOME, HOME.rstrip("/"))]


async def _index(state: State, _request: Request) -> Response:
    return json_response({"endpoints": [each.shown(state.base_url) for each in examples(state)]})


def unknown(request: Request) -> Response | None:
    """Answer what no control endpoint answers; None where the request is none of theirs."""
    if not request.url.path.startswith(HOME):
        return None
    return json_response({"error": f"no such control endpoint; GET {HOME} lists them with examples"}, 404)
