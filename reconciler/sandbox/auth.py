"""Who asks: the token decides what is seen. Order of refusals: 401 token, 403 account, then 404 (reference §8.1)."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from reconciler.sandbox.envelope import MISSING, Refusal, error
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

WRONG_ACCOUNT = "Access denied: Token is not scoped to account."
FORBIDDEN = "You do not have permission to perform this action."


class Permission(StrEnum):
    """What a token may do; the API answers 404 or 403 for the rest."""

    OWNER = "owner"
    READ_ONLY = "readonly"
    WEBHOOKS_ONLY = "webhooks_only"
    JOB_VIEWER = "job_viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the caller's token allows. `projects` None means all of them."""

    user_id: int
    permission: Permission
    projects: frozenset[int] | None = None

    def sees(self, project_id: int | None) -> bool:
        """Whether objects of this project are visible."""
        return self.projects is None or project_id in self.projects

    def scope(self, column: str = "project_id") -> Row:
        """Return the filter that keeps to the projects this token sees."""
        return {} if self.projects is None else {f"{column}__in": sorted(self.projects)}


def admit(state: State, request: Request, *, area: str) -> Grant:
    """Let a request in, or raise the refusal it deserves. `area` is "webhooks" or "account"."""
    grant = _grant(state, request.headers.get("authorization", ""))
    asked = request.path_params.get("account_id")
    if asked is not None and asked != str(state.account_id):
        raise Refusal(error(403, WRONG_ACCOUNT))
    if grant.permission is Permission.WEBHOOKS_ONLY and area not in ("webhooks", "anybody"):
        raise Refusal(error(404, MISSING))
    if request.method not in ("GET", "HEAD") and grant.permission in (Permission.READ_ONLY, Permission.JOB_VIEWER):
        raise Refusal(error(403, FORBIDDEN))
    return grant


def _grant(state: State, header: str) -> Grant:
    word, _, token = header.partition(" ")
    row = state.store.get("tokens", token.strip()) if word.lower() in ("token", "bearer") else None
    if row is None or not row.get("active", True):
        raise Refusal(error(401, "Invalid token.", developer=None))
    projects = row.get("project_ids")
    return Grant(
        user_id=row["user_id"],
        permission=Permission(row.get("permission", "owner")),
        projects=None if projects is None else frozenset(projects),
    )
