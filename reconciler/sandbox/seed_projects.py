"""The example company's three projects and their environments."""

from collections.abc import Mapping
from typing import TypeAlias

from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

Places: TypeAlias = Mapping[tuple[str, str], tuple[int, int]]

PROJECTS = ("Finance", "Growth", "Platform")
_ENVIRONMENTS: tuple[tuple[str, str, str | None], ...] = (
    ("Production", "deployment", "production"),
    ("Staging", "deployment", "staging"),
    ("CI", "deployment", None),
    ("Development", "development", None),
)


def seed_projects(state: State, created: str) -> Places:
    """Add projects and environments; return (project id, environment id) by their names."""
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for name in PROJECTS:
        project = state.store.insert("projects", _project(state, name, created))
        for environment in _ENVIRONMENTS:
            row = state.store.insert("environments", _environment(state, project, environment, created))
            places[name, environment[0]] = (int(project["id"]), int(row["id"]))
    return places


def _project(state: State, name: str, created: str) -> Row:
    at = created.replace("T", " ")
    return {
        "name": name,
        "account_id": state.account_id,
        "description": "",
        "connection_id": None,
        "repository_id": None,
        "semantic_layer_config_id": None,
        "skipped_setup": False,
        "state": 1,
        "dbt_project_subdirectory": None,
        "docs_job_id": None,
        "freshness_job_id": None,
        "type": 0,
        "created_at": at,
        "updated_at": at,
    }


def _environment(state: State, project: Row, spec: tuple[str, str, str | None], created: str) -> Row:
    name, kind, deployment = spec
    return {
        "dbt_project_subdirectory": None,
        "project_id": project["id"],
        "account_id": state.account_id,
        "connection_id": None,
        "repository_id": None,
        "credentials_id": None,
        "extended_attributes_id": None,
        "primary_profile_id": None,
        "name": name,
        "use_custom_branch": name == "Staging",
        "custom_branch": "staging" if name == "Staging" else None,
        "dbt_version": "latest",
        "supports_docs": False,
        "state": 1,
        "type": kind,
        "deployment_type": deployment,
        "enable_model_query_history": False,
        "enable_dbt_state": False,
        "created_at": created,
        "updated_at": created,
    }
