"""A run's rows in our words: every field but the id may be absent, and a status that nobody knows is None."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.alerts.remote import first_text, mapping, moment, text, whole
from reconciler.cloud.wire_runs import WireRun, WireStep
from reconciler.model.run import PastRun, Run, RunStatus, RunStep

__all__ = ["LOG_TAIL_CHARACTERS", "LOG_TAIL_LINES", "past_run", "run"]

LOG_TAIL_LINES: Final = 60
LOG_TAIL_CHARACTERS: Final = 8_000

_CODES: Final = {int(each): each for each in RunStatus}
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PULL_REQUESTS: Final = (
    "github_pull_request_id",
    "gitlab_merge_request_id",
    "azure_pull_request_id",
    "non_native_pull_request_id",
)
_NAMED_IN_WEB: Final = re.compile(r"\A((?:https?|git)://)[^/@\s]*@")
_NAMED_WITH_PASSWORD: Final = re.compile(r"\A([a-z+]+://[^/:@\s]*):[^/@\s]*@")


def run(row: WireRun) -> Run:
    trigger, environment = mapping(row.trigger), mapping(row.environment)
    return Run(
        id=row.id,
        job_id=whole(row.job_definition_id) or whole(row.job_id) or 0,
        project_id=whole(row.project_id) or 0,
        environment_id=whole(row.environment_id) or 0,
        status=_status(row.status),
        message=text(row.status_message, most=10_000),
        created_at=moment(row.created_at),
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
        git_branch=first_text(row.git_branch, trigger.get("git_branch")),
        git_sha=first_text(row.git_sha, trigger.get("git_sha")),
        cause=text(trigger.get("cause")),
        pull_request=next((found for key in _PULL_REQUESTS if (found := whole(trigger.get(key)))), None),
        repository=_repository(row.repository, environment),
        subdirectory=text(environment.get("dbt_project_subdirectory")),
        job_name=text(mapping(row.job).get("name")),
        environment_name=text(environment.get("name")),
        dbt_version=text(row.dbt_version),
        steps=_steps(row.run_steps or ()),
    )


def past_run(row: WireRun) -> PastRun:
    return PastRun(
        id=row.id,
        status=_status(row.status),
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
        git_sha=text(row.git_sha),
        message=text(row.status_message),
    )


def _status(code: object) -> RunStatus | None:
    return _CODES.get(whole(code) or 0)


def _repository(related: object, environment: Mapping[str, Any]) -> str:
    """Return the remote's address as dbt Cloud names it, of the run or else of its environment, without credentials."""
    remotes = (mapping(each).get("remote_url") for each in (related, environment.get("repository")))
    named = _NAMED_IN_WEB.sub(r"\1", first_text(*remotes).strip())
    return _NAMED_WITH_PASSWORD.sub(r"\1@", named)


def _steps(rows: Iterable[WireStep]) -> tuple[RunStep, ...]:
    """Return the steps by their index; one without an index, which nothing can be asked for, is left out."""
    found = [_step(row, index) for row in rows if (index := whole(row.index))]
    return tuple(sorted(found, key=lambda step: step.index))


def _step(row: WireStep, index: int) -> RunStep:
    return RunStep(
        index=index,
        name=text(row.name),
        status=_status(row.status),
        log_tail=_tail(row.logs) or _tail(row.truncated_debug_logs),
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
    )


def _tail(logs: object) -> str:
    """Return the last lines, whole ones where they fit."""
    if not isinstance(logs, str):
        return ""
    end = logs[-4 * LOG_TAIL_CHARACTERS :]
    plain = text(_COLOURS.sub("", end), most=len(end)).rstrip()
    lines = plain[-LOG_TAIL_CHARACTERS:].splitlines()
    if len(plain) > LOG_TAIL_CHARACTERS and len(lines) > 1:
        lines = lines[1:]
    return "\n".join(lines[-LOG_TAIL_LINES:])
