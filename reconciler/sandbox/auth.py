"""Who asks: the token decides what is seen. Order of refusals: 401 token, 403 account, then 404 (reference §8.1)."""

from dataclasses import dataclass

from starlette.requests import Request

from reconciler.sandbox.envelope import MISSING, Refusal, error
from reconciler.sandbox.permissions import Access, access, area_of
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

WRONG_ACCOUNT = "Access denied: Token is not scoped to account."
FORBIDDEN = "You do not have permission to perform this action."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the caller's token allows. `projects` None means all of them."""

    user_id: int
    sets: tuple[str, ...]
    projects: frozenset[int] | None = None

    def sees(self, project_id: int | None) -> bool:
        """Whether objects of this project are visible."""
        return self.projects is None or project_id in self.projects

    def scope(self, column: str = "project_id") -> Row:
        """Return the filter that keeps to the projects this token sees."""
        return {} if self.projects is None else {f"{column}__in": sorted(self.projects)}


def admit(state: State, request: Request) -> Grant:
    """Let a request in, or raise the refusal it deserves.

    404 hides what may not be read (reference §1.7); 403 for a write where reading is allowed is our choice.
    """
    grant = _grant(state, request.headers.get("authorization", ""))
    asked = request.path_params.get("account_id")
    if asked is not None and asked != str(state.account_id):
        raise Refusal(error(403, WRONG_ACCOUNT))
    allowed = access(grant.sets, area_of(request.url.path))
    if allowed is Access.NONE:
        raise Refusal(error(404, MISSING))
    if request.method not in ("GET", "HEAD") and allowed is not Access.WRITE:
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
        sets=tuple(row.get("permission", "owner").split(",")),
        projects=None if projects is None else frozenset(projects),
    )
