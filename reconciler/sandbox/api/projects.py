"""Projects, the same in v2 and v3, but for the answer to a DELETE (reference §1.8)."""

from dataclasses import replace

from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import Related, Resource, entries, stamps
from reconciler.sandbox.api.routing import Call, api_routes
from reconciler.sandbox.fields import accept, integer, one_of, optional, required, text
from reconciler.sandbox.fields import filled as filled_text
from reconciler.sandbox.paging import integer as number
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

FIELDS = (
    required("name", filled_text),
    optional("account_id", integer),
    optional("description", text, default=""),
    optional("connection_id", integer),
    optional("repository_id", integer),
    optional("semantic_layer_config_id", integer),
    optional("state", one_of(1, 2), default=1),
    optional("dbt_project_subdirectory", text),
    optional("docs_job_id", integer),
    optional("freshness_job_id", integer),
    optional("type", one_of(0, 1), default=0),
)


def view(row: Row) -> Row:
    """Show a project with every key that was recorded or is described."""
    return {
        "connection": None,
        "repository": None,
        **row,
        "environments": [],
        "group_permissions": [],
        "docs_job": None,
        "freshness_job": None,
        "fusion_readiness": None,
        "default_version": None,
    }


def show(_call: Call, row: Row, _related: Related) -> Row:
    """Show a project to a caller."""
    return view(row)


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make a project."""
    clean = accept(body, FIELDS)
    kept = {name: old[name] for name in ("connection", "repository") if old and name in old}
    times = stamps(old, call.state.stamp_with_space())
    return {**kept, **clean, "account_id": call.state.account_id, "skipped_setup": False, **times}


def _scope(call: Call) -> Row:
    return call.grant.scope("id")


PROJECTS = Resource(
    table="projects",
    show=show,
    write=write,
    scope=_scope,
    filters={"name__icontains": str, "pk": number, "pk__gt": number, "pk__in": number},
    created_code=201,
)
VERSION_2 = replace(PROJECTS, answers_delete=False)


def routes(state: State) -> list[BaseRoute]:
    """URLs of projects."""
    table = [
        *entries(VERSION_2, "/api/v2/accounts/{account_id}/projects/"),
        *entries(PROJECTS, "/api/v3/accounts/{account_id}/projects/"),
    ]
    return api_routes(state, table)
