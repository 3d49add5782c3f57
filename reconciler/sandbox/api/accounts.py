"""Accounts (v2 and v3), groups and service tokens: read only."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import Related, Resource, entries
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import Refusal, item, listing, missing
from reconciler.sandbox.paging import integer
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row


def _account(call: Call) -> Row:
    row = call.state.store.get("accounts", call.state.account_id)
    if row is None:
        raise Refusal(missing())
    return row


async def list_accounts(call: Call) -> Response:
    """List what the token can see: one account."""
    filters = {"pk__in": [call.state.account_id]}
    return listing([_account(call)], filters=filters, order_by=None, total=1)


async def get_account(call: Call) -> Response:
    """Show the account."""
    return item(_account(call))


def _plain(_call: Call, row: Row, _related: Related) -> Row:
    return row


GROUPS = Resource(
    table="groups", show=_plain, filters={"name": str, "name__icontains": str, "pk": integer, "pk__in": integer}
)


def _token(_call: Call, row: Row, _related: Related) -> Row:
    grants = [_filled(grant) for grant in row["permission_grants"]]
    return {**_filled(row), "permission_grants": grants}


def _filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


SERVICE_TOKENS = Resource(table="service_tokens", show=_token, state="all")


async def list_grants(call: Call) -> Response:
    """List a service token's permissions."""
    key = call.key("id")
    row = call.state.store.get("service_tokens", key) if key is not None else None
    if row is None:
        return missing()
    now = row["created_at"]
    rows = [
        {
            "id": row["id"] * 10 + number,
            "account_id": call.state.account_id,
            "service_token_id": row["id"],
            **({"project_id": grant["project_id"]} if grant.get("project_id") else {}),
            "all_projects": grant.get("project_id") is None,
            "permission_set": grant["permission_set"],
            "state": 1,
            "writable_environment_categories": grant["writable_environment_categories"],
            "created_at": now,
            "updated_at": now,
        }
        for number, grant in enumerate(row["permission_grants"])
    ]
    return listing(rows, filters={"account_id": call.state.account_id}, order_by="id", total=len(rows))


def routes(state: State) -> list[BaseRoute]:
    """URLs of accounts, groups, service tokens."""
    tokens = "/api/v3/accounts/{account_id}/service-tokens/"
    table = [
        Entry("GET", "/api/v2/accounts/", list_accounts),
        Entry("GET", "/api/v3/accounts/", list_accounts),
        Entry("GET", "/api/v2/accounts/{account_id}/", get_account),
        *entries(GROUPS, "/api/v3/accounts/{account_id}/groups/", writable=False),
        *entries(SERVICE_TOKENS, tokens, writable=False),
        Entry("GET", tokens + "{id}/permissions/", list_grants),
    ]
    return api_routes(state, table)
