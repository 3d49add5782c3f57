"""One step of a run by its own id (reference §5.4)."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import Refusal, item, missing
from reconciler.sandbox.paging import related
from reconciler.sandbox.run_view import public_step
from reconciler.sandbox.state import State


def routes(state: State) -> list[BaseRoute]:
    """List the URL of a step."""
    return api_routes(state, [Entry("GET", "/api/v2/accounts/{account_id}/steps/{id}/", show_step)])


async def show_step(call: Call) -> Response:
    """GET steps/{id}/."""
    key, store = call.key("id"), call.state.store
    step = store.get("steps", key) if key is not None else None
    run = store.first("runs", {"id": step["run_id"], **call.grant.scope()}) if step else None
    if step is None or run is None:
        raise Refusal(missing())
    return item(public_step(step, run, full_debug_logs="debug_logs" in related(call.request.query_params)))
