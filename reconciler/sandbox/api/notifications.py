"""Job notifications: a row per recipient, four lists of job ids, replaced whole (reference §2); model notifications."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import ACTIVE, DELETED, Related, Resource, entries, stamps
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import INVALID, Refusal, error, invalid, item, missing
from reconciler.sandbox.fields import accept, boolean, filled, integer, list_of, one_of, optional, required
from reconciler.sandbox.options import Revival
from reconciler.sandbox.paging import integer as number
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

EXTERNAL_EMAIL = 4
OUTCOMES = ("on_cancel", "on_failure", "on_success", "on_warning")
FIELDS = (
    required("account_id", integer),
    required("user_id", integer),
    required("type", one_of(1, 2, 3, 4, 5)),
    optional("external_email", filled),
    optional("slack_channel_id", filled),
    optional("slack_channel_name", filled),
    *(required(outcome, list_of(integer)) for outcome in OUTCOMES),
    required("state", one_of(ACTIVE, DELETED)),
)


def show(call: Call, row: Row, _related: Related = frozenset()) -> Row:
    """Show a notification with the name of its user."""
    user = call.state.store.get("users", row["user_id"])
    name = {"first_name": user["first_name"], "last_name": user["last_name"]} if user else None
    return {**row, "user": name}


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make a notification: all of it is replaced; there is no version to compare (reference §2.3)."""
    clean = accept(body, FIELDS)
    if call.state.store.get("users", clean["user_id"]) is None:
        raise Refusal(invalid({"user_id": "no such user"}))
    if clean["state"] == ACTIVE:
        _refuse_duplicate(call, clean, old)
    return {**newer(body, old, clean), **clean, "account_id": call.state.account_id, **stamps(old, call.state.stamp())}


def newer(body: Row, old: Row | None, known: Row) -> Row:
    """Keep what a later version of the API might have: fields of the stored row that are unknown here and are sent."""
    return {name: value for name, value in body.items() if name in (old or {}) and name not in {*known, "user"}}


def _refuse_duplicate(call: Call, clean: Row, old: Row | None) -> None:
    """Only external addresses are unique; a second row for one user is taken (reference §2.5, §8.6)."""
    if clean["type"] != EXTERNAL_EMAIL or clean["external_email"] is None:
        return
    where = {"type": EXTERNAL_EMAIL, "external_email": clean["external_email"], "state": ACTIVE}
    others = [row for row in call.state.store.find("notifications", where) if old is None or row["id"] != old["id"]]
    if others:
        key = f"({call.state.account_id}, {clean['external_email']})"
        message = f"Key (account_id, external_email)={key} already exists."
        raise Refusal(error(call.state.options.duplicate_status, INVALID, data={"external_email": message}))


NOTIFICATIONS = Resource(
    table="notifications",
    show=show,
    write=write,
    filters={"type": number, "user_id": number, "external_email": str, "slack_channel_id": str, "pk": number},
    answers_delete=False,
)


async def update(call: Call) -> Response:
    """POST on one row. Deleting this way answers without an id (reference §2.6, §8.6)."""
    key = call.key("id")
    old = call.state.store.get("notifications", key) if key is not None else None
    if old is None:
        return missing()
    new = write(call, await call.body(), old)
    if old["state"] == DELETED and (refusal := _revival(call.state.options.revival)):
        return refusal
    stored = call.state.store.put("notifications", {"id": old["id"], **new})
    shown = show(call, stored)
    return item({**shown, "id": None} if stored["state"] == DELETED else shown)


def _revival(choice: Revival) -> Response | None:
    match choice:
        case Revival.REVIVE:
            return None
        case Revival.REFUSE:
            return invalid({"state": "a deleted notification cannot be changed"})
        case Revival.MISSING:
            return missing()


async def unsubscribe(call: Call) -> Response:
    """Wipe every e-mail notification of the token's user (reference §2.1)."""
    store = call.state.store
    with store.transaction():
        for row in store.find("notifications", {"type": 1, "user_id": call.grant.user_id, "state": ACTIVE}):
            empty: dict[str, Any] = {outcome: [] for outcome in OUTCOMES}
            store.update("notifications", row["id"], {**empty, "updated_at": call.state.stamp()})
    return item(None)


MODEL_FIELDS = (
    optional("environment_id", integer),
    optional("enabled", boolean, default=True),
    *(optional(f"on_{outcome}", boolean, default=False) for outcome in ("success", "failure", "warning", "skipped")),
)


def _environment(call: Call) -> int:
    key = call.key("environment_id")
    row = call.state.store.get("environments", key) if key is not None else None
    if row is None or row["state"] != ACTIVE or not call.grant.sees(row["project_id"]):
        raise Refusal(missing())
    return int(row["id"])


async def get_model(call: Call) -> Response:
    """Show an environment's model notifications (reference §2.8); switched off until somebody writes them."""
    environment_id = _environment(call)
    row = call.state.store.first("model_notifications", {"environment_id": environment_id})
    return item(row or {"id": None, **accept({"enabled": False}, MODEL_FIELDS), "environment_id": environment_id})


async def post_model(call: Call) -> Response:
    """Replace an environment's model notifications."""
    environment_id = _environment(call)
    body = await call.body()
    old = call.state.store.first("model_notifications", {"environment_id": environment_id})
    clean = {**accept(body, MODEL_FIELDS), "environment_id": environment_id}
    kept = newer(body, old, clean)
    return item(call.state.store.put("model_notifications", {**kept, **clean, "id": old["id"] if old else None}))


def routes(state: State) -> list[BaseRoute]:
    """URLs of notifications."""
    collection = "/api/v2/accounts/{account_id}/notifications/"
    model = "/api/v3/accounts/{account_id}/environments/{environment_id}/model-notifications/"
    table = [
        *entries(NOTIFICATIONS, collection),
        Entry("POST", collection + "{id}/", update),
        Entry("POST", "/api/v2/notifications/unsubscribe/", unsubscribe),
        Entry("GET", model, get_model),
        Entry("POST", model, post_model),
    ]
    return api_routes(state, table)
