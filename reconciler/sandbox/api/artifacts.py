"""The files of a run: a list of paths, and each file raw, without an envelope (reference §5.5)."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.api.runs import RUNS, find_job
from reconciler.sandbox.envelope import Refusal, item, missing
from reconciler.sandbox.paging import refuse
from reconciler.sandbox.run_steps import artifact_of_run, artifacts_of_run
from reconciler.sandbox.state import State

_RUN = "/api/v2/accounts/{account_id}/runs/{run_id}/artifacts/"
_JOB = "/api/v2/accounts/{account_id}/jobs/{job_id}/artifacts/"


def routes(state: State) -> list[BaseRoute]:
    """List the URLs of artifacts; a file's path has no trailing slash."""
    table = [
        Entry("GET", _RUN, list_artifacts),
        Entry("GET", _RUN + "{path:path}", show_artifact),
        Entry("GET", _JOB + "{path:path}", show_latest_artifact),
    ]
    return api_routes(state, table)


async def list_artifacts(call: Call) -> Response:
    """GET runs/{id}/artifacts/: 404 until they are saved."""
    found = artifacts_of_run(RUNS.find(call), _step(call))
    if found is None:
        raise Refusal(missing())
    return item(list(found))


async def show_artifact(call: Call) -> Response:
    """GET runs/{id}/artifacts/{path}: as it was after `?step=N`, the last step if not said."""
    return _raw(artifact_of_run(RUNS.find(call), call.text("path"), _step(call)))


async def show_latest_artifact(call: Call) -> Response:
    """GET jobs/{id}/artifacts/{path}: from the newest run that has it."""
    job, path = find_job(call), call.text("path")
    runs = call.state.store.find("runs", {"job_definition_id": job["id"]}, order_by="-id", limit=50)
    found = (artifact_of_run(run, path, _step(call)) for run in runs)
    return _raw(next((content for content in found if content is not None), None))


def _step(call: Call) -> int | None:
    text = call.query.get("step", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise refuse("step", "expected int")
    return int(text)


def _raw(content: bytes | None) -> Response:
    if content is None:
        raise Refusal(missing())
    return Response(content, media_type="application/json")
