"""Control of runs, outcomes and time: apart from dbt Cloud's API, under /_sandbox/.

POST /_sandbox/runs {"job_id", "outcome"?, "seconds"?, "cause"?, "category"?}   start a run that ends as asked
    and "nodes": [{"name", "type"?, "status"?, "message"?, "failures"?, "file"?, "owner"?, "group"?, "tags"?, …}]
    which models and tests fail with which message; "duration" seconds that it says it ran; "git_sha", "git_branch",
    "steps", "generate_docs", "github_pull_request_id"; "artifacts_after" seconds; "docs_after_failure";
    "finished_at": a run of the past, that nobody is told of
POST /_sandbox/runs/{id}/finish {"outcome"}       end a run that is under way, now
GET, POST /_sandbox/jobs/{id}/outcome {"outcome"} how this job's runs end unless said otherwise
GET, POST /_sandbox/clock {"advance"?: seconds, "speed"?: x, "schedules"?: bool}
POST /_sandbox/idle {"fast"?: bool, "timeout"?: real seconds}   wait until nothing is under way; `fast` moves the clock
POST /_sandbox/slack {"linked_by": user id}       who linked the user-level Slack app
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox.control_runs import RUN_FIELDS, begin, outcome_name, up_to
from reconciler.sandbox.durations import run_time
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.fields import (
    INT64,
    Field,
    Mistake,
    boolean,
    integer,
    optional,
    read_fields,
    required,
)
from reconciler.sandbox.native import link_slack
from reconciler.sandbox.outcomes import Outcome, default_outcome, set_default_outcome
from reconciler.sandbox.run_view import public_run
from reconciler.sandbox.runs import finish
from reconciler.sandbox.scheduler import scheduling, set_scheduling
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

Handler: TypeAlias = Callable[[State, Request], Awaitable[Response]]

_CATEGORIES = ("api", "ci", "scheduled", "ui", "rerun", "job completion", "merge", "adaptive", "ingest")


class _Problem(Exception):
    """A control request that cannot be done; answered in plain words."""

    def __init__(self, status: int, text: object) -> None:
        super().__init__(text)
        self.response = json_response({"error": text}, status)


def routes(state: State) -> list[BaseRoute]:
    """List the control URLs."""
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/_sandbox/runs", _start),
        ("POST", "/_sandbox/runs/{id:int}/finish", _finish),
        ("GET", "/_sandbox/jobs/{id:int}/outcome", _show_outcome),
        ("POST", "/_sandbox/jobs/{id:int}/outcome", _set_outcome),
        ("GET", "/_sandbox/clock", _show_clock),
        ("POST", "/_sandbox/clock", _set_clock),
        ("POST", "/_sandbox/idle", _wait_idle),
        ("POST", "/_sandbox/slack", _link_slack),
    ]
    return [Route(path, partial(_answer, state, handler), methods=[method]) for method, path, handler in table]


async def _answer(state: State, handler: Handler, request: Request) -> Response:
    try:
        return await handler(state, request)
    except _Problem as problem:
        return problem.response


async def _read(request: Request, fields: Sequence[Field]) -> Row:
    try:
        return read_fields(json.loads(await request.body() or b"{}"), fields)
    except ValueError:
        raise _Problem(400, "the body is not JSON") from None
    except Mistake as mistake:
        raise _Problem(400, mistake.tree) from None


_seconds = up_to(366 * 86_400.0)
_speed = up_to(100_000.0)


async def _start(state: State, request: Request) -> Response:
    body = await _read(request, (required("job_id", integer), *RUN_FIELDS))
    row = begin(state, _find(state, "jobs", body.pop("job_id")), body)
    return json_response(public_run(state, row, frozenset({"trigger"})))


async def _finish(state: State, request: Request) -> Response:
    body = await _read(request, (required("outcome", outcome_name),))
    run_id = _find(state, "runs", request.path_params["id"])["id"]
    finish(state, run_id, body["outcome"])
    return json_response(public_run(state, _find(state, "runs", run_id)))


async def _show_outcome(state: State, request: Request) -> Response:
    job = _find(state, "jobs", request.path_params["id"])
    return json_response({"job_id": job["id"], "outcome": default_outcome(state.store, job["id"]) or Outcome.SUCCESS})


async def _set_outcome(state: State, request: Request) -> Response:
    body = await _read(request, (required("outcome", outcome_name),))
    set_default_outcome(state.store, _find(state, "jobs", request.path_params["id"])["id"], body["outcome"])
    return await _show_outcome(state, request)


def _find(state: State, table: str, key: int) -> Row:
    row = state.store.get(table, key) if key <= INT64 else None
    if row is None:
        raise _Problem(404, f"{table} has no {key}")
    return row


async def _show_clock(state: State, _request: Request) -> Response:
    shown = {"now": run_time(state.clock.now()), "speed": state.clock.speed, "schedules": scheduling(state)}
    return json_response({**shown, "idle": state.agenda.idle})


async def _set_clock(state: State, request: Request) -> Response:
    fields = (optional("advance", _seconds), optional("speed", _speed), optional("schedules", boolean))
    body = await _read(request, fields)
    if body["schedules"] is not None:
        set_scheduling(state, on=body["schedules"])
    if body["speed"] is not None:
        state.clock.set_speed(body["speed"])
    if body["advance"] is not None:
        await state.agenda.advance(timedelta(seconds=body["advance"]))
    return await _show_clock(state, request)


async def _wait_idle(state: State, request: Request) -> Response:
    body = await _read(request, (optional("fast", boolean), optional("timeout", _seconds, default=30.0)))
    try:
        async with asyncio.timeout(body["timeout"]):
            if body["fast"]:
                await state.agenda.settle()
            while not state.agenda.idle:
                await state.clock.wait(None)
    except TimeoutError:
        raise _Problem(504, f"still busy after {body['timeout']:g} seconds") from None
    return await _show_clock(state, request)


async def _link_slack(state: State, request: Request) -> Response:
    body = await _read(request, (required("linked_by", integer),))
    link_slack(state.store, body["linked_by"])
    return json_response({"linked_by": body["linked_by"]})
