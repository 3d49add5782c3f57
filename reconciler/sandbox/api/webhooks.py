"""Webhook subscriptions, their events and receipts (reference §3): another envelope, no trailing slash, text ids."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.durations import run_time
from reconciler.sandbox.envelope import Refusal, missing, webhook_item, webhook_listing
from reconciler.sandbox.fields import accept, anything, boolean, filled, integer, list_of, one_of, optional, required
from reconciler.sandbox.paging import Limits, page_of
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

EVENT_TYPES = ("job.run.started", "job.run.completed", "job.run.errored")
FIELDS = (
    optional("id", anything),
    required("name", filled),
    optional("description", filled),
    required("client_url", filled),
    required("event_types", list_of(one_of(*EVENT_TYPES), least=1)),
    optional("job_ids", list_of(integer), default=[]),
    optional("active", boolean, default=False),
)
_EVENT = (
    "id",
    "subscription_id",
    "account_identifier",
    "job_id",
    "trigger_event_type",
    "payload",
    "http_status_code",
    "account_id",
)
_RECEIPT = (
    "id",
    "event_id",
    "subscription_id",
    "dispatched_at",
    "http_status_code",
    "error_info",
    "request_body",
    "request_headers",
    "response_body",
)
_SHOWN = (
    "id",
    "account_identifier",
    "account_id",
    "name",
    "description",
    "event_types",
    "job_ids",
    "client_url",
    "active",
    "http_status_code",
    "dispatched_at",
    "deactivate_reason",
)
_SHOWN_BEFORE = (*_SHOWN, "created_at", "updated_at")
_ABSENT_WHEN_EMPTY = ("description", "dispatched_at", "deactivate_reason")


def show(state: State, row: Row) -> Row:
    """Show a subscription, without its secret; what is empty is left out (reference §3.3)."""
    names = _SHOWN_BEFORE if state.options.legacy else _SHOWN
    shown = {name: row.get(name) for name in names if row.get(name) is not None or name not in _ABSENT_WHEN_EMPTY}
    if state.options.legacy:
        shown |= {"job_ids": [str(job_id) for job_id in row["job_ids"]], "account_id": str(row["account_id"])}
    return shown


def write(state: State, body: Row, old: Row | None) -> Row:
    """Make a subscription. Terraform's client leaves out a false `active` and an empty description (reference §3.2)."""
    clean = accept(body, FIELDS)
    now = str(int(state.clock.now().timestamp() * 1_000_000))
    if old is None:
        unsent = {"http_status_code": "0", "dispatched_at": None, "deactivate_reason": None}
        return {**clean, **unsent, **_account(state), "created_at": now, "updated_at": now}
    woken = not old["active"] and clean["client_url"] != old["client_url"]
    active = clean["active"] or woken
    reason = None if active else old["deactivate_reason"]
    description = clean["description"] or old["description"]
    changes = {"description": description, "active": active, "deactivate_reason": reason, "updated_at": now}
    return {**old, **clean, **changes}


def _account(state: State) -> Row:
    account = state.store.get("accounts", state.account_id)
    return {"account_id": state.account_id, "account_identifier": account["identifier"] if account else None}


def _find(call: Call) -> Row:
    row = call.state.store.get("webhooks", call.text("subscription_id"))
    if row is None:
        raise Refusal(missing())
    return row


async def list_subscriptions(call: Call) -> Response:
    """List subscriptions, ten at a time unless asked otherwise."""
    options = call.state.options
    limits = Limits(default=options.webhook_page_limit, maximum=options.page_maximum)
    page = page_of(call.request.query_params, "webhooks", {}, limits, state=None)
    rows = call.state.store.find("webhooks", limit=page.limit, offset=page.offset)
    total = call.state.store.count("webhooks")
    return webhook_listing([show(call.state, row) for row in rows], limit=page.limit, offset=page.offset, total=total)


async def create(call: Call) -> Response:
    """Create a subscription: the only answer that holds the secret (reference §3.3)."""
    clean = write(call.state, await call.body(), None)
    identity = {"id": call.state.new_id("wsu_"), "hmac_secret": call.state.new_id("whs_")}
    row = call.state.store.insert("webhooks", {**clean, **identity})
    return webhook_item({**show(call.state, row), "hmac_secret": row["hmac_secret"]}, status=201)


async def get(call: Call) -> Response:
    """Show one subscription."""
    return webhook_item(show(call.state, _find(call)))


async def update(call: Call) -> Response:
    """Replace one subscription; a new URL wakes a sleeping one (reference §3.4)."""
    old = _find(call)
    new = write(call.state, await call.body(), old)
    row = call.state.store.put("webhooks", {**new, "id": old["id"]})
    return webhook_item(show(call.state, row))


async def delete(call: Call) -> Response:
    """Remove one subscription for good."""
    row = _find(call)
    call.state.store.delete("webhooks", row["id"])
    return webhook_item({"id": row["id"]}, is_success=True)


async def test(call: Call) -> Response:
    """Send a test delivery: a GET with a side effect (reference §3.5)."""
    return webhook_item(await call.state.hooks.send_test(_find(call)))


def _texts(row: Row, names: tuple[str, ...]) -> dict[str, str]:
    return {name: "" if row.get(name) is None else str(row[name]) for name in names}


def _kept(state: State, column: str) -> Row:
    """Filter out what is too old: history is kept for seven days (reference §3.6)."""
    return {f"{column}__gte": run_time(state.clock.now() - timedelta(days=state.options.history_days))}


async def list_events(call: Call) -> Response:
    """List a subscription's events, newest first."""
    row = _find(call)
    limits = Limits(default=call.state.options.webhook_page_limit, maximum=call.state.options.page_maximum)
    page = page_of(call.request.query_params, "events", {}, limits, state=None)
    where = {"subscription_id": row["id"], **_kept(call.state, "created_at")}
    rows = call.state.store.find("events", where, order_by="-id", limit=page.limit, offset=page.offset)
    total = call.state.store.count("events", where)
    shown = [_texts(event, _EVENT) for event in rows]
    return webhook_listing(shown, limit=page.limit, offset=page.offset, total=total)


def _event(call: Call, **where: Any) -> Row:
    row = call.state.store.first("events", {"id": call.text("event_id"), **_kept(call.state, "created_at"), **where})
    if row is None:
        raise Refusal(missing())
    return row


def _receipts(call: Call, event: Row) -> Response:
    rows = call.state.store.find("receipts", {"event_id": event["id"], **_kept(call.state, "dispatched_at")})
    return webhook_item([_texts(row, _RECEIPT) for row in rows])


async def list_receipts(call: Call) -> Response:
    """List the receipts of one event of one subscription."""
    return _receipts(call, _event(call, subscription_id=_find(call)["id"]))


async def get_event(call: Call) -> Response:
    """Show one event (deprecated)."""
    return webhook_item(_texts(_event(call), _EVENT))


async def list_event_receipts(call: Call) -> Response:
    """List the receipts of one event (deprecated)."""
    return _receipts(call, _event(call))


async def get_receipt(call: Call) -> Response:
    """Show one receipt (deprecated)."""
    where = {"id": call.text("receipt_id"), **_kept(call.state, "dispatched_at")}
    row = call.state.store.first("receipts", where)
    return missing() if row is None else webhook_item(_texts(row, _RECEIPT))


def routes(state: State) -> list[BaseRoute]:
    """URLs of webhooks: plural for the collection, singular for the item."""
    base = "/api/v3/accounts/{account_id}/webhooks"
    one = base + "/subscription/{subscription_id}"
    table = [
        Entry("GET", base + "/subscriptions", list_subscriptions),
        Entry("POST", base + "/subscriptions", create),
        Entry("GET", one, get),
        Entry("PUT", one, update),
        Entry("DELETE", one, delete),
        Entry("GET", one + "/test", test),
        Entry("GET", one + "/events", list_events),
        Entry("GET", one + "/event/{event_id}/receipt", list_receipts),
        Entry("GET", base + "/event/{event_id}", get_event),
        Entry("GET", base + "/event/{event_id}/receipts", list_event_receipts),
        Entry("GET", base + "/receipt/{receipt_id}", get_receipt),
    ]
    return api_routes(state, table)
