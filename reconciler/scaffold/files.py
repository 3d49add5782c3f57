"""The files of a new repository, by path; from `templates/init/`, with every answer quoted as YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler import __version__
from reconciler.importing.naming import file_names
from reconciler.importing.yaml_text import scalar
from reconciler.scaffold.answers import Answers, guessed_name
from reconciler.shipped import Shipped, shipped

__all__ = ["around_files", "policy_files"]

WORKFLOWS: Final = ("alert-test.yml", "apply.yml", "drift.yml", "plan.yml", "reconcile.yml", "templates.yml")
"""Of the workflows that ship; the rest is about building dbt-alerts itself."""


def policy_files(answers: Answers, *, imported: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the policy's files by their path below `policies/`: those of an import, or a first one of our own."""
    if imported is not None:
        return {**imported, "ledger.yml": _text("policies/ledger.yml", answers), **_guardrails(answers)}
    team = f"{file_names([answers.team])[answers.team]}.yml"
    return {
        "account.yml": _text("policies/account.yml", answers),
        "channels.yml": _text("policies/channels.yml", answers),
        f"teams/{team}": _text("policies/teams/team.yml", answers, file=team),
        "tests/first.yml": _text("policies/tests/first.yml", answers),
        **_guardrails(answers),
    }


def around_files(answers: Answers) -> dict[str, str]:
    """Return everything beside the policy, by its path in the repository."""
    files = {
        "README.md": _text("readme.md", answers),
        ".gitignore": _text("gitignore", answers),
    }
    if answers.pre_commit:
        files[".pre-commit-config.yaml"] = _text("pre-commit-config.yaml", answers)
    return files | (dict(_github()) if answers.github else {})


def _guardrails(answers: Answers) -> dict[str, str]:
    return {"guardrails.yml": _text("policies/guardrails.yml", answers)}


def _github() -> Iterator[tuple[str, str]]:
    folder = shipped(Shipped.GITHUB)
    for name in WORKFLOWS:
        yield f".github/workflows/{name}", _read(folder / "workflows" / name)
    for path in sorted((folder / "actions" / "dbt-alerts").iterdir()):
        yield f".github/actions/dbt-alerts/{path.name}", _read(path)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _text(name: str, answers: Answers, *, file: str = "") -> str:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(shipped(Shipped.TEMPLATES) / "init"),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.j2").render(
        manager=scalar(answers.manager),
        team=scalar(answers.team),
        timezone=scalar(answers.timezone),
        email=scalar(answers.email),
        channel=scalar(guessed_name(answers.email)),
        projects=[scalar(name) for name in answers.projects],
        git=answers.git,
        github=answers.github,
        file=file,
        version=__version__,
    )
