"""A small description of an account, in YAML, for examples of rules that look at live; see `cases.py` for its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import (
    ALL_JOBS,
    Environment,
    Inventory,
    Job,
    NotificationRow,
    Project,
    Subscription,
    User,
)
from reconciler.model.outcome import NATIVE_OUTCOMES, WebhookEvent
from tests.builders import inventory, job, project, row, user

__all__ = ["read_live", "today_of"]

Words = Mapping[str, Any]

_TOP = {"today", "projects", "environments", "jobs", "users", "rows", "webhooks"}


def today_of(path: Path, otherwise: date) -> date:
    """Return the day on which the description says that lint runs."""
    return _read(path).get("today", otherwise)


def read_live(path: Path) -> Inventory:
    """Return the account that a file describes. A word that nobody knows fails the test that uses it."""
    words = _read(path)
    users = [_user(each, number) for number, each in enumerate(words.get("users", [{}]), start=1)]
    projects = [_project(each, number) for number, each in enumerate(words.get("projects", ["Finance"]), start=1)]
    environments = _environments(words, projects)
    return inventory(
        projects=projects,
        environments=environments,
        jobs=[_job(each, number, projects, environments) for number, each in enumerate(words.get("jobs", ()), 101)],
        users=users,
        rows=[_row(each, number, users) for number, each in enumerate(words.get("rows", ()), start=901)],
        subscriptions=[_webhook(each, number) for number, each in enumerate(words.get("webhooks", ()), start=1)],
    )


def _read(path: Path) -> Words:
    words = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}
    _only(words, _TOP, path.name)
    return words


def _only(words: Words, known: set[str], where: str) -> None:
    unknown = sorted(words.keys() - known)
    assert not unknown, f"{where}: nobody knows {', '.join(unknown)}; there are {', '.join(sorted(known))}"


def _project(said: str | Words, number: int) -> Project:
    words: Words = {"name": said} if isinstance(said, str) else said
    _only(words, {"id", "name", "deleted"}, "projects")
    return project(id=words.get("id", number), name=words["name"], deleted=words.get("deleted", False))


def _environments(words: Words, projects: Sequence[Project]) -> list[Environment]:
    said = words.get("environments")
    if said is None:
        return [_environment({"project": each.name}, 10 + each.id, projects) for each in projects]
    return [_environment(each, number, projects) for number, each in enumerate(said, start=11)]


def _environment(words: Words, number: int, projects: Sequence[Project]) -> Environment:
    _only(words, {"id", "name", "type", "project", "deleted"}, "environments")
    kind = words.get("type", "production")
    return Environment(
        id=words.get("id", number),
        project_id=_named(projects, words.get("project", projects[0].name), "project").id,
        name=words.get("name", "Production"),
        type="development" if kind == "development" else "deployment",
        deployment_type=kind if kind in {"production", "staging"} else None,
        deleted=words.get("deleted", False),
    )


def _job(words: Words, number: int, projects: Sequence[Project], environments: Sequence[Environment]) -> Job:
    known = {"id", "name", "project", "environment", "job_type", "cron", "scheduled", "deactivated", "deleted"}
    _only(words, known | {"generate_docs", "execute_steps"}, "jobs")
    inside = _named(projects, words.get("project", projects[0].name), "project")
    of_project = [each for each in environments if each.project_id == inside.id]
    where = _named(of_project, words["environment"], "environment") if "environment" in words else of_project[0]
    made = job(
        id=words.get("id", number),
        name=words["name"],
        project_id=inside.id,
        environment_id=where.id,
        job_type=words.get("job_type", "scheduled"),
        cron=words.get("cron", ""),
        deleted=words.get("deleted", False),
        deactivated=words.get("deactivated", False),
    )
    return replace(
        made,
        scheduled=words.get("scheduled", made.scheduled),
        generate_docs=words.get("generate_docs", False),
        execute_steps=tuple(words.get("execute_steps", ("dbt build",))),
    )


def _user(words: Words, number: int) -> User:
    _only(words, {"id", "email", "active", "name"}, "users")
    made = user(
        id=words.get("id", number), email=words.get("email", "maria@acme.example"), active=words.get("active", True)
    )
    return replace(made, name=words.get("name", made.name))


def _row(words: Words, number: int, users: Sequence[User]) -> NotificationRow:
    outcomes = {outcome.value: outcome for outcome in NATIVE_OUTCOMES}
    _only(words, {"id", "to", "by", "channel_name", "deleted", *outcomes}, "rows")
    kind, _, value = words["to"].partition(":")
    if kind == "user":
        value = str(_user_id(value, users))
    by = words.get("by")
    return row(
        id=words.get("id", number),
        key=RecipientKey(RecipientKind(kind), value),
        jobs={outcomes[word]: ids for word, ids in words.items() if word in outcomes},
        user_id=users[0].id if by is None and users else _user_id(str(by), users),
        slack_channel_name=words.get("channel_name"),
        deleted=words.get("deleted", False),
    )


def _user_id(said: str, users: Sequence[User]) -> int:
    """Return the id of a user, who may be gone: then only the number is left."""
    return int(said) if said.isdigit() else next(each.id for each in users if each.email == said)


def _webhook(words: Words, number: int) -> Subscription:
    _only(words, {"id", "name", "url", "on", "jobs", "active", "description", "last_status"}, "webhooks")
    jobs = words.get("jobs", "all")
    return Subscription(
        id=words.get("id", f"wsu_{number}"),
        name=words["name"],
        url=words.get("url", "https://catalog.acme.example/dbt"),
        events=frozenset(WebhookEvent[word.upper()].value for word in words.get("on", ["completed"])),
        jobs=ALL_JOBS if jobs == "all" else frozenset(jobs),
        active=words.get("active", True),
        description=words.get("description", ""),
        last_status=words.get("last_status"),
    )


def _named(things: Sequence[Any], name: str, what: str) -> Any:  # noqa: ANN401 - a Project or an Environment
    found = [each for each in things if each.name == name]
    assert found, f"the live description has no {what} called {name!r}"
    return found[0]
