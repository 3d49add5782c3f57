"""Teams notifications of the undocumented API: channels and rules under one name (reference §2.8)."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import stamps
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import Refusal, item, json_response, missing, no_content
from reconciler.sandbox.fields import (
    Mistake,
    accept,
    boolean,
    filled,
    integer,
    list_of,
    object_of,
    one_of,
    optional,
    required,
    text,
)
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

TRIGGERS = ("run_successful", "run_errored", "run_cancelled", "run_warning")
_LONGEST_NAME = 1024
_FIRST_PART = 70403103908001


def _name(value: object) -> str:
    if len(filled(value)) > _LONGEST_NAME:
        raise Mistake(f"length of value must be at most {_LONGEST_NAME}")
    return filled(value)


FIELDS = (
    required("name", _name),
    optional("description", text),
    optional("is_active", boolean, default=True),
    optional(
        "channels",
        list_of(
            object_of(
                optional("id", integer),
                required("channel_type", one_of("teams")),
                optional("teams_team_id", filled),
                optional("teams_channel_id", filled),
            )
        ),
        default=[],
    ),
    optional(
        "rules",
        list_of(
            object_of(optional("id", integer), required("trigger_on", one_of(*TRIGGERS)), optional("job_id", integer))
        ),
        default=[],
    ),
)


def show(state: State, row: Row) -> Row:
    """Show a setting; each rule tells the name of its job."""
    return {**row, "rules": [{**rule, "job_name": _job_name(state, rule["job_id"])} for rule in row["rules"]]}


def _job_name(state: State, job_id: int | None) -> str | None:
    job = state.store.get("jobs", job_id) if job_id is not None else None
    return str(job["name"]) if job else None


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make a setting; channels and rules are replaced, and numbered if they come without an id."""
    clean = accept(body, FIELDS)
    parts = {name: [_numbered(call.state, part) for part in clean[name]] for name in ("channels", "rules")}
    return {**clean, **parts, "account_id": call.state.account_id, **stamps(old, call.state.stamp())}


def _numbered(state: State, part: Row) -> Row:
    return part if part["id"] else {**part, "id": state.store.next_number("notification_parts", _FIRST_PART)}


def _find(call: Call) -> Row:
    key = call.key("id")
    row = call.state.store.get("notification_settings", key) if key is not None else None
    if row is None:
        raise Refusal(missing())
    return row


async def list_settings(call: Call) -> Response:
    """List all settings."""
    rows = [show(call.state, row) for row in call.state.store.find("notification_settings")]
    return json_response({"data": rows, "status": {"code": 200, "is_success": True}})


async def create(call: Call) -> Response:
    """Create a setting."""
    row = call.state.store.insert("notification_settings", write(call, await call.body(), None))
    return item(show(call.state, row))


async def get(call: Call) -> Response:
    """Show one setting."""
    return item(show(call.state, _find(call)))


async def update(call: Call) -> Response:
    """Change a setting: what the body leaves out stays as it was."""
    old = _find(call)
    new = write(call, {**old, **await call.body()}, old)
    return item(show(call.state, call.state.store.put("notification_settings", {**new, "id": old["id"]})))


async def delete(call: Call) -> Response:
    """Remove one setting for good."""
    call.state.store.delete("notification_settings", _find(call)["id"])
    return no_content()


def routes(state: State) -> list[BaseRoute]:
    """URLs of the settings."""
    collection = "/api/private/accounts/{account_id}/notification-settings/"
    table = [
        Entry("GET", collection, list_settings),
        Entry("POST", collection, create),
        Entry("GET", collection + "{id}/", get),
        Entry("PATCH", collection + "{id}/", update),
        Entry("DELETE", collection + "{id}/", delete),
    ]
    return api_routes(state, table)
