"""People: `whoami`, the v2 and v3 lists, and the v3 single user with its own shape (reference §4.3)."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import Related, Resource
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import item, json_response, missing
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

_FLAGS = (
    "azure_active_directory_connected",
    "email_connected",
    "enterprise_connected",
    "github_connected",
    "gitlab_connected",
    "is_staff",
    "sso_only_user",
)
_BLANKS = (
    "apitoken_last_used",
    "azure_active_directory_token_retrieval_failure",
    "azure_active_directory_username",
    "enterprise_authentication_method",
    "github_username",
    "gitlab_username",
    "github_token_retrieval_failure",
    "gitlab_token_retrieval_failure",
)
_STORED = ("id", "first_name", "last_name", "email", "email_verified", "is_active", "last_login", "created_at")


def show(call: Call, row: Row, _related: Related = frozenset()) -> Row:
    """Show a user as lists, `whoami` and v2 do."""
    return {
        **{name: row[name] for name in _STORED},
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_BLANKS),
        "permissions": [_permission(call, row)],
        "auth_provider_infos": {},
        "licenses": {str(call.state.account_id): {"license_type": row["license_type"], "state": 1}},
    }


def _permission(call: Call, row: Row) -> Row:
    groups = [group for group in call.state.store.find("groups") if group["id"] in row["group_ids"]]
    return {
        "id": row["id"] + 1_000_000,
        "user_id": row["id"],
        "account_id": call.state.account_id,
        "license_type": row["license_type"],
        "state": 1,
        "groups": groups,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def show_member(row: Row) -> Row:
    """Show a user as v3 does when asked for one."""
    return {
        **{name: row[name] for name in ("id", "created_at", "updated_at", "email", "first_name", "last_name")},
        "fullname": f"{row['first_name']} {row['last_name']}".strip(),
        "email_verified": row["email_verified"],
        "license": {"id": row["id"] + 2_000_000, "license_type": row["license_type"]},
        "is_active": row["is_active"],
        "is_staff": False,
        "scim_managed": False,
    }


USERS = Resource(table="users", show=show, state=None)


def _find(call: Call) -> Row | None:
    key = call.key("id")
    return call.state.store.get("users", key) if key is not None else None


async def get_user(call: Call) -> Response:
    """Show one user, v2."""
    row = _find(call)
    return missing() if row is None else item(show(call, row))


async def get_member(call: Call) -> Response:
    """Show one user, v3: another envelope too (reference §1.6)."""
    row = _find(call)
    if row is None:
        return missing()
    return json_response({"status": {"code": 200, "is_success": True}, "data": show_member(row)})


async def whoami(call: Call) -> Response:
    """Show whose token this is."""
    row = call.state.store.get("users", call.grant.user_id)
    if row is None:
        return missing()
    shown = show(call, row)
    return item({"user": shown, "permissions": shown["permissions"]})


def routes(state: State) -> list[BaseRoute]:
    """URLs of users."""
    table = [
        Entry("GET", "/api/v2/whoami/", whoami),
        Entry("GET", "/api/v2/users/{id}/", get_user),
        Entry("GET", "/api/v2/accounts/{account_id}/users/", USERS.list),
        Entry("GET", "/api/v2/accounts/{account_id}/users/{id}/", get_user),
        Entry("GET", "/api/v3/accounts/{account_id}/users/", USERS.list),
        Entry("GET", "/api/v3/accounts/{account_id}/users/{id}/", get_member),
    ]
    return api_routes(state, table)
