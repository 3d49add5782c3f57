"""What a permission set may do, by area of the API.

Sources: the docs' tables of Enterprise permissions and the page's text on Notification Manager (reference §1.2). What
they do not say is our choice, and marked so. A token may hold several sets: the widest access of any of them counts.
"""

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Final


class Access(IntEnum):
    """How far a permission goes. Writing includes reading."""

    NONE = 0
    READ = 1
    WRITE = 2


class Area(StrEnum):
    """The part of the API that a request is about."""

    ANYBODY = "anybody"
    ACCOUNT = "account"
    MEMBERS = "members"
    GROUPS = "groups"
    TOKENS = "service tokens"
    PROJECTS = "projects"
    ENVIRONMENTS = "environments"
    MODELS = "model notifications"
    JOBS = "jobs"
    RUNS = "runs"
    NOTIFICATIONS = "notifications"
    WEBHOOKS = "webhooks"


_N, _R, _W = Access.NONE, Access.READ, Access.WRITE
_COLUMNS: Final = (
    Area.ACCOUNT,
    Area.MEMBERS,
    Area.GROUPS,
    Area.TOKENS,
    Area.PROJECTS,
    Area.ENVIRONMENTS,
    Area.JOBS,
    Area.RUNS,
    Area.NOTIFICATIONS,
    Area.WEBHOOKS,
)
_EVERYTHING: Final = (_W,) * len(_COLUMNS)
_NOTHING: Final = (_N,) * len(_COLUMNS)

# account, members, groups, tokens, projects, environments, jobs, runs, notifications, webhooks
_TABLE: Final[Mapping[str, tuple[Access, ...]]] = {
    "owner": _EVERYTHING,
    "account_admin": _EVERYTHING,
    # The tables give the viewer no webhooks. Notifications stand in no table: "all settings" is read as including them.
    "account_viewer": (_R, _R, _R, _R, _R, _R, _R, _R, _R, _N),
    "notification_manager": (_N, _R, _N, _N, _N, _N, _N, _N, _W, _N),
    "webhooks_only": (_N, _N, _N, _N, _N, _N, _N, _N, _N, _W),
    # Notifications through a project's set: one's own only (§1.2), which a service token has none of. Our choice: none.
    "admin": (_R, _W, _R, _N, _W, _W, _W, _W, _N, _W),
    "analyst": (_N, _N, _N, _N, _W, _R, _R, _R, _N, _N),
    "analyst_read": (_N, _N, _N, _N, _R, _R, _R, _R, _N, _N),
    "database_admin": (_R, _R, _R, _N, _W, _R, _R, _R, _N, _N),
    "developer": (_N, _R, _R, _N, _W, _R, _R, _R, _N, _W),
    "git_admin": (_R, _R, _R, _N, _W, _R, _R, _R, _N, _N),
    "job_admin": (_N, _N, _N, _N, _R, _W, _W, _W, _N, _N),
    "job_creator": (_N, _N, _N, _N, _R, _R, _W, _W, _N, _N),
    "job_runner": (_N, _N, _N, _N, _N, _N, _R, _W, _N, _N),
    "job_viewer": (_N, _N, _N, _N, _R, _R, _R, _R, _N, _N),
    "stakeholder": (_N, _R, _R, _N, _R, _R, _R, _R, _N, _N),
    "team_admin": (_R, _R, _R, _N, _W, _R, _R, _R, _N, _N),
    "project_creator": (_R, _W, _R, _N, _W, _W, _W, _W, _N, _N),
    "security_admin": (_R, _W, _W, _R, _R, _N, _N, _N, _N, _N),
    # Sets of older plans stand in no table. Our choice: what their names say.
    "member": (_R, _W, _R, _N, _W, _W, _W, _W, _N, _W),
    "readonly": (_R,) * len(_COLUMNS),
}
_WITHOUT_ACCESS: Final = (
    "billing_admin",
    "cost_insights_admin",
    "cost_insights_viewer",
    "cost_management_admin",
    "cost_management_viewer",
    "fusion_admin",
    "manage_marketplace_apps",
    "metadata_only",
    "scim_only",
    "semantic_layer_only",
)

SETS: Final = (*_TABLE, *_WITHOUT_ACCESS)
"""The names of all sets that a service token can hold (reference §1.2)."""


def access(sets: Iterable[str], area: Area) -> Access:
    """Return how far these sets reach in one area."""
    if area is Area.ANYBODY:
        return Access.WRITE
    # Models' notifications are an environment's setting; that they ask for the environment's access is our choice.
    column = _COLUMNS.index(Area.ENVIRONMENTS if area is Area.MODELS else area)
    return max((_TABLE.get(name, _NOTHING)[column] for name in sets), default=Access.NONE)


_PATH: Final = re.compile(r"^/api/(?:v2|v3|private)/accounts/[^/]+/(?P<rest>.*)$")
_FIRST: Final[Mapping[str, Area]] = {
    "": Area.ACCOUNT,
    "users": Area.MEMBERS,
    "groups": Area.GROUPS,
    "service-tokens": Area.TOKENS,
    "projects": Area.PROJECTS,
    "environments": Area.ENVIRONMENTS,
    "jobs": Area.JOBS,
    "runs": Area.RUNS,
    "steps": Area.RUNS,
    "notifications": Area.NOTIFICATIONS,
    "notification-settings": Area.NOTIFICATIONS,
    "webhooks": Area.WEBHOOKS,
}
_LATER: Final[Mapping[str, Area]] = {
    "environments": Area.ENVIRONMENTS,
    "environment-variables": Area.ENVIRONMENTS,
    "model-notifications": Area.MODELS,
    "run": Area.RUNS,
    "rerun": Area.RUNS,
    "artifacts": Area.RUNS,
}


def area_of(path: str) -> Area:
    """Return the area that a URL belongs to; `whoami` and the list of accounts are anybody's."""
    found = _PATH.match(path)
    if found is None:
        return Area.ANYBODY
    first, *later = found["rest"].strip("/").split("/")
    deepest = [_LATER[part] for part in later if part in _LATER]
    return deepest[-1] if deepest else _FIRST.get(first, Area.ACCOUNT)
