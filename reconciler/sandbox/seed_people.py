"""The example company's people, groups and service tokens."""

from collections.abc import Mapping

from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

_PEOPLE = (
    ("platform@acme.example", "Platform", "Team", "developer", True),
    ("maria@acme.example", "Maria", "Rossi", "developer", True),
    ("jonas@acme.example", "Jonas", "Lind", "developer", True),
    ("priya@acme.example", "Priya", "Natarajan", "developer", True),
    ("sam@acme.example", "Sam", "O'Neill <&>", "analyst", True),
    ("viewer@acme.example", "Vera", "Viewer", "read_only", True),
    ("leo@acme.example", "Leo", "Departed", "developer", False),
)


def seed_people(state: State, created: str) -> Mapping[str, int]:
    """Add people, groups and two service tokens; return user ids by e-mail."""
    groups = [_group(state, name, created) for name in ("Owner", "Member")]
    ids: dict[str, int] = {}
    for number, (email, first, last, licence, active) in enumerate(_PEOPLE):
        row = {
            "email": email,
            "first_name": first,
            "last_name": last,
            "license_type": licence,
            "is_active": active,
            "email_verified": True,
            "last_login": created if active else "2025-03-04T08:00:00.000000+00:00",
            "group_ids": [groups[0 if number == 0 else 1]["id"]],
            "created_at": created,
            "updated_at": created,
        }
        ids[email] = int(state.store.insert("users", row)["id"])
    _service_token(state, "alerts", "account_admin", state_code=1, created=created)
    _service_token(state, "old webhook tool", "webhooks_only", state_code=2, created=created)
    return ids


def _group(state: State, name: str, created: str) -> Row:
    permission = "owner" if name == "Owner" else "member"
    row = state.store.insert(
        "groups",
        {
            "account_id": state.account_id,
            "name": name,
            "state": 1,
            "assign_by_default": name == "Member",
            "sso_mapping_groups": [],
            "created_at": created,
            "updated_at": created,
            "member_count": 1 if name == "Owner" else len(_PEOPLE) - 1,
            "scim_managed": False,
        },
    )
    grant: Row = {
        "id": row["id"] * 10,
        "account_id": state.account_id,
        "group_id": row["id"],
        "all_projects": True,
        "permission_set": permission,
        "state": 1,
        "writable_environment_categories": [],
    }
    return state.store.update("groups", row["id"], {"group_permissions": [grant]})


def _service_token(state: State, name: str, permission: str, *, state_code: int, created: str) -> None:
    grant: Row = {"permission_set": permission, "writable_environment_categories": []}
    state.store.insert(
        "service_tokens",
        {
            "created_at": created,
            "updated_at": created,
            "account_id": state.account_id,
            "uid": state.random_text("service-token", 20),
            "name": name,
            "state": state_code,
            "permission_grants": [grant],
            "last_used": created,
            "semantic_layer_credentials": [],
            "metadata_only": False,
            "webhooks_only": permission == "webhooks_only",
        },
    )
