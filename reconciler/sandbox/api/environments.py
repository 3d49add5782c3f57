"""Environments: by project and by account in v3, by account in v2 (reference §1.8)."""

from dataclasses import replace
from functools import partial

from starlette.routing import BaseRoute

from reconciler.sandbox.api import projects
from reconciler.sandbox.api.resource import Related, Resource, entries, stamps
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import Refusal, invalid, missing
from reconciler.sandbox.fields import accept, boolean, filled, integer, one_of, optional, required, text
from reconciler.sandbox.paging import integer as number
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

FIELDS = (
    required("name", filled),
    optional("account_id", integer),
    optional("project_id", integer),
    optional("connection_id", integer),
    optional("credentials_id", integer),
    optional("repository_id", integer),
    optional("extended_attributes_id", integer),
    optional("primary_profile_id", integer),
    optional("dbt_version", text, default="latest"),
    optional("type", one_of("development", "deployment"), default="deployment"),
    optional("deployment_type", one_of("production", "staging")),
    optional("use_custom_branch", boolean, default=False),
    optional("custom_branch", text),
    optional("dbt_project_subdirectory", text),
    optional("supports_docs", boolean, default=False),
    optional("enable_model_query_history", boolean, default=False),
    optional("enable_dbt_state", boolean, default=False),
    optional("state", one_of(1, 2), default=1),
)


def view(state: State, row: Row, related: Related = frozenset()) -> Row:
    """Show an environment; project, connection and repository only when asked for."""
    shown: Row = {
        **row,
        "raw_dbt_version": row["dbt_version"],
        "is_deferrable": False,
        "created_by_id": None,
        "repository": None,
        "connection": None,
        "project": None,
        "credentials": None,
        "fusion_readiness": None,
    }
    project = state.store.get("projects", row["project_id"]) if related else None
    if project is not None and "project" in related:
        shown["project"] = projects.view(project)
    for name in ("connection", "repository"):
        if project is not None and name in related:
            shown[name] = project.get(name)
    return shown


def show(call: Call, row: Row, related: Related) -> Row:
    """Show an environment to a caller."""
    return view(call.state, row, related)


def show_v2(call: Call, row: Row, related: Related) -> Row:
    """Show an environment as v2 does: with two lists that v3 lacks (Terraform's client cannot read them there)."""
    return {**view(call.state, row, related), "jobs": [], "custom_environment_variables": []}


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make an environment; what is left out becomes null (reference §4.3)."""
    clean = accept(body, FIELDS)
    project_id = call.request.path_params.get("project_id", clean["project_id"])
    clean["project_id"] = int(project_id) if project_id is not None else (old or {}).get("project_id")
    if clean["project_id"] is None:
        raise Refusal(invalid({"project_id": "required key not provided"}))
    project = call.state.store.get("projects", clean["project_id"])
    if project is None or project["state"] != 1 or not call.grant.sees(project["id"]):
        raise Refusal(missing())
    return {**clean, "account_id": call.state.account_id, **stamps(old, call.state.stamp())}


def _by_account(call: Call) -> Row:
    return call.grant.scope()


def _by_project(call: Call) -> Row:
    project_id = call.key("project_id")
    project = call.state.store.get("projects", project_id) if project_id is not None else None
    if project is None or project["state"] != 1 or not call.grant.sees(project_id):
        raise Refusal(missing())
    return {"project_id": project_id}


ENVIRONMENTS = Resource(
    table="environments",
    show=show,
    write=write,
    scope=_by_account,
    filters={
        "credentials_id": number,
        "dbt_version": str,
        "dbt_version__in": str,
        "deployment_type": str,
        "deployment_type__in": str,
        "id__gt": number,
        "name": str,
        "name__icontains": str,
        "pk": number,
        "pk__in": number,
        "project_id": number,
        "project_id__in": number,
        "type": str,
    },
)
IN_PROJECT = replace(ENVIRONMENTS, scope=_by_project)
VERSION_2 = replace(ENVIRONMENTS, show=show_v2, answers_delete=False)


def _public(state: State, key: int) -> Row | None:
    row = state.store.get("environments", key)
    return view(state, row) if row else None


def routes(state: State) -> list[BaseRoute]:
    """URLs of environments, and the hook by which runs show theirs."""
    state.hooks.public_environment = partial(_public, state)
    table: list[Entry] = [
        *entries(VERSION_2, "/api/v2/accounts/{account_id}/environments/"),
        *entries(ENVIRONMENTS, "/api/v3/accounts/{account_id}/environments/"),
        *entries(IN_PROJECT, "/api/v3/accounts/{account_id}/projects/{project_id}/environments/"),
    ]
    return api_routes(state, table)
