"""Where a project's code is: what the API shows of its repository when a run is asked for it."""

from __future__ import annotations

import re

from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["repository_of"]

_BACKEND = "github"


def repository_of(state: State, project_id: int) -> Row | None:
    """Return the project's repository, shaped like a recorded one; null for a project that is not there.

    A project's row may carry its own under `repository`, set over the control API; else it is made of its name.
    """
    project = state.store.get("projects", project_id)
    if project is None:
        return None
    created = str(project.get("created_at") or "").replace(" ", "T")
    name = "acme/" + (re.sub(r"[^a-z0-9]+", "-", str(project.get("name", "")).lower()).strip("-") or "dbt") + "-dbt"
    made: Row = {
        "id": project_id + 500,
        "account_id": state.account_id,
        "project_id": project_id,
        "full_name": name,
        "remote_url": f"git://github.com/{name}.git",
        "remote_backend": _BACKEND,
        "git_clone_strategy": "github_app",
        "deploy_key_id": project_id + 600,
        "repository_credentials_id": None,
        "github_installation_id": 98765432,
        "pull_request_url_template": f"https://github.com/{name}/compare/{{{{destination}}}}...{{{{source}}}}",
        "created_at": created,
        "updated_at": created,
        "state": 1,
        "git_provider_id": 9437,
        "github_repo": name,
        "name": name.partition("/")[2],
    }
    return made | (project.get("repository") or {})
