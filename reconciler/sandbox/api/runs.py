"""Runs: start, list, show, cancel, retry (reference §5.1, §5.6)."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import Resource
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.durations import parse_time, run_time
from reconciler.sandbox.envelope import Refusal, error, item, missing
from reconciler.sandbox.fields import Field, accept, boolean, filled, integer, list_of, optional, required
from reconciler.sandbox.paging import boolean as yes_or_no
from reconciler.sandbox.paging import integer as number
from reconciler.sandbox.retries import remaining_commands, retry_refusal, retry_request
from reconciler.sandbox.run_request import RunRequest
from reconciler.sandbox.run_view import public_run
from reconciler.sandbox.runs import cancel, start_run
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

_ACCOUNT = "/api/v2/accounts/{account_id}/"

_BODY: tuple[Field, ...] = (
    required("cause", filled),
    optional("git_sha", filled),
    optional("git_branch", filled),
    optional("schema_override", filled),
    optional("dbt_version_override", filled),
    optional("target_name_override", filled),
    optional("threads_override", integer),
    optional("timeout_seconds_override", integer),
    optional("generate_docs_override", boolean),
    optional("steps_override", list_of(filled)),
    optional("azure_pull_request_id", integer),
    optional("github_pull_request_id", integer),
    optional("gitlab_merge_request_id", integer),
    optional("non_native_pull_request_id", integer),
)


def routes(state: State) -> list[BaseRoute]:
    """List the URLs of runs; set the hook by which jobs show their newest one."""
    state.hooks.latest_run = lambda job_id, finished: _latest(state, job_id, finished_only=finished)
    table = [
        Entry("POST", f"{_ACCOUNT}jobs/{{job_id}}/run/", trigger),
        Entry("POST", f"{_ACCOUNT}jobs/{{job_id}}/rerun/", rerun),
        Entry("GET", f"{_ACCOUNT}runs/", RUNS.list),
        Entry("GET", f"{_ACCOUNT}runs/{{run_id}}/", RUNS.get),
        Entry("POST", f"{_ACCOUNT}runs/{{run_id}}/cancel/", cancel_run),
        Entry("GET", f"{_ACCOUNT}runs/{{run_id}}/retry/", failure_details),
        Entry("POST", f"{_ACCOUNT}runs/{{run_id}}/retry/", retry),
    ]
    return api_routes(state, table)


async def trigger(call: Call) -> Response:
    """POST jobs/{id}/run/: not idempotent, each call is a new run."""
    job = find_job(call)
    body = accept(await call.body(), _BODY)
    cause = body.pop("cause")
    return _started(call, job, RunRequest(cause=cause, overrides=body, actor=_actor(call)))


async def rerun(call: Call) -> Response:
    """POST jobs/{id}/rerun/: from the point of failure if the newest run failed there, else a new run."""
    job = find_job(call)
    newest = call.state.store.first("runs", {"job_definition_id": job["id"]}, order_by="-id")
    if newest is not None and retry_refusal(call.state, newest) is None:
        return _started(call, job, retry_request(newest, actor=_actor(call)))
    return _started(call, job, RunRequest(cause="Triggered via rerun", category="rerun", actor=_actor(call)))


async def cancel_run(call: Call) -> Response:
    """POST runs/{id}/cancel/: a run that has ended is answered as it is (our choice)."""
    return item(public_run(call.state, cancel(call.state, RUNS.find(call), _actor(call))))


async def failure_details(call: Call) -> Response:
    """GET runs/{id}/retry/: what a retry would run."""
    row = _retryable(call)
    failed, *skipped = remaining_commands(row)
    return item({"failed_step": failed, "skipped_steps": skipped})


async def retry(call: Call) -> Response:
    """POST runs/{id}/retry/."""
    row = _retryable(call)
    job = call.state.store.first("jobs", {"id": row["job_definition_id"], "state": 1})
    if job is None:
        raise Refusal(missing())
    return _started(call, job, retry_request(row, actor=_actor(call)))


def find_job(call: Call) -> Row:
    """Fetch the active job that the path names, or refuse with 404."""
    key = call.key("job_id")
    where = {"id": key, "state": 1, **call.grant.scope()}
    job = call.state.store.first("jobs", where) if key is not None else None
    if job is None:
        raise Refusal(missing())
    return job


def _started(call: Call, job: Row, request: RunRequest) -> Response:
    return item(public_run(call.state, start_run(call.state, job, request), frozenset({"trigger"})))


def _retryable(call: Call) -> Row:
    row = RUNS.find(call)
    refusal = retry_refusal(call.state, row)
    if refusal is not None:
        raise Refusal(error(400, f"This run cannot be retried: {refusal}"))
    return row


def _actor(call: Call) -> Row:
    user = call.state.store.get("users", call.grant.user_id) or {}
    name = f"{user.get('first_name', '')} {user.get('last_name', '')}".strip()
    return {"id": str(call.grant.user_id), "type": "user", "name": name}


def _latest(state: State, job_id: int, *, finished_only: bool) -> Row | None:
    ended = {"status__in": [10, 20, 30]} if finished_only else {}
    row = state.store.first("runs", {"job_definition_id": job_id, **ended}, order_by="-id")
    return public_run(state, row) if row else None


def _moment(text: str) -> str | None:
    return run_time(parse_time(text))


RUNS = Resource(
    table="runs",
    key="run_id",
    show=lambda call, row, related: public_run(call.state, row, related),
    scope=lambda call: call.grant.scope(),
    state="all",
    filters={
        "job_definition_id": number,
        "project_id": number,
        "project_id__in": number,
        "environment_id": number,
        "status": number,
        "status__in": number,
        "created_at__range": _moment,
        "finished_at__range": _moment,
        "id__gt": number,
        "pk": number,
        "pk__in": number,
        "deferring_run_id": number,
        "dbt_version": str,
        "dbt_version__in": str,
        "has_docs_generated": yes_or_no,
        "has_sources_generated": yes_or_no,
    },
)
