"""What we read of a run (reference §5.3, §5.4). Whatever is no id may be null, or of a shape that nobody knows."""

from __future__ import annotations

from typing import Any

from reconciler.cloud.wire import Wire

__all__ = ["WireRun", "WireStep"]


class WireStep(Wire):
    index: Any = None
    name: Any = None
    status: Any = None
    logs: Any = None
    truncated_debug_logs: Any = None
    started_at: Any = None
    finished_at: Any = None


class WireRun(Wire):
    id: int
    job_definition_id: Any = None
    job_id: Any = None
    project_id: Any = None
    environment_id: Any = None
    status: Any = None
    status_message: Any = None
    dbt_version: Any = None
    git_branch: Any = None
    git_sha: Any = None
    created_at: Any = None
    started_at: Any = None
    finished_at: Any = None
    trigger: Any = None
    job: Any = None
    environment: Any = None
    repository: Any = None
    run_steps: list[WireStep] | None = None
