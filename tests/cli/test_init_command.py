"""`init` as people call it: an empty folder becomes a repository that lints, plans and has its workflows."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from reconciler.policy import load
from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

MARIA = ("--email", "maria@acme.example")


@pytest.fixture
def empty(run: Run) -> Run:
    """Run commands in a folder without any policy."""
    Path("policies/alerts.yml").unlink()
    Path("policies").rmdir()
    return run


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_repository_loads_and_plans(empty: Run, sandbox: RunningSandbox) -> None:
    told = empty("init", "acme", *MARIA, "--project", "Finance", "--no-github")
    assert (told.code, told.err) == (0, "")
    os.chdir("acme")
    plan = empty("plan", "--json")
    assert (plan.code, plan.json["blocked"]) == (0, [])
    assert {action["do"] for action in plan.json["actions"]} <= {"add", "adopt"}
    assert plan.json["actions"]


def test_what_is_written_is_whole(empty: Run) -> None:
    assert empty("init", "acme", *MARIA).code == 0
    written = files_below(Path("acme"))
    assert {"README.md", ".gitignore", ".pre-commit-config.yaml", "policy.schema.json"} <= written
    assert {
        f".github/workflows/{name}.yml" for name in ("plan", "apply", "drift", "reconcile", "alert-test", "templates")
    } <= written
    for script in Path("acme/.github/actions/dbt-alerts").glob("*.sh"):
        assert script.stat().st_mode & stat.S_IXUSR, script
    assert ".github/workflows/ci.yml" not in written


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("--project", 'Finance: "EU" # {old}'),
        ("--project", "no"),
        ("--team", "Revenue & Co: [x]"),
        ("--team", "../../etc"),
        ("--email", "yes@acme.example"),
    ],
)
def test_answers_stay_values_whatever_they_hold(empty: Run, answer: str, value: str) -> None:
    given = MARIA if answer != "--email" else ()
    told = empty("init", "acme", *given, answer, value)
    if told.code != 0:
        assert told.code == 64
        assert not Path("acme").exists()
        return
    policy = load([Path("acme/policies")])
    said = {*(policy.scope.projects or ()), *policy.teams, *(rule.to[0] for rule in policy.notifications)}
    assert value in said or value.partition("@")[0] in said
    assert all(path.startswith("acme/") for path in files_below(Path()))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "--email"),
        (("--email", "maria"), "--email"),
        ((*MARIA, "--manager", "a b"), "--manager"),
        ((*MARIA, "--timezone", "Mars/Olympus"), "--timezone"),
    ],
)
def test_a_wrong_answer_writes_nothing(empty: Run, arguments: tuple[str, ...], word: str) -> None:
    told = empty("init", "acme", *arguments)
    assert told.code == 64
    assert word in told.err
    assert not Path("acme").exists()


def test_a_policy_that_is_there_is_refused(run: Run) -> None:
    before = files_below(Path())
    told = run("init", ".", *MARIA)
    assert told.code == 4
    assert "import" in told.err
    assert files_below(Path()) == before


def test_files_that_are_there_stay_as_they_are(empty: Run) -> None:
    Path("README.md").write_text("mine\n")
    Path(".gitignore").write_text("*.log\n")
    told = empty("init", ".", *MARIA)
    assert told.code == 0
    assert (Path("README.md").read_text(), Path(".gitignore").read_text()) == ("mine\n", "*.log\n")
    assert ".gitignore was there and is left as it is: add the line `.dbt-alerts/` to it" in told.out


def test_an_account_becomes_a_repository_that_plans_adoptions_only(empty: Run) -> None:
    told = empty("init", ".", "--from-account", "--manager", "acme-data", "--no-github", "--yes")
    assert (told.code, told.err) == (0, "")
    plan = empty("plan", "--json")
    assert plan.code == 0
    assert {action["do"] for action in plan.json["actions"]} == {"adopt", "adopt-webhook"}


@pytest.mark.parametrize("given", [MARIA, ("--team", "bi"), ("--project", "Finance")])
def test_what_an_account_says_itself_is_refused_beside_it(empty: Run, given: tuple[str, ...]) -> None:
    told = empty("init", "acme", "--from-account", "--yes", *given)
    assert told.code == 64
    assert given[0] in told.err
    assert not Path("acme").exists()


def test_it_asks_on_a_terminal(empty: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["acme-data", "Europe/Berlin", "maria@acme.example", "Finance, Growth"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_args, **_options: next(answers))
    assert empty("init", "acme").code == 0
    policy = load([Path("acme/policies")])
    assert (policy.manager, policy.timezone, policy.scope.projects) == (
        "acme-data",
        "Europe/Berlin",
        ("Finance", "Growth"),
    )


def hooks() -> list[dict[str, Any]]:
    """Both lists of hooks: what other repositories name, and what `init` writes."""
    root = Path(__file__).parents[2]
    shipped = YAML(typ="safe").load((root / ".pre-commit-hooks.yaml").read_text())
    written = YAML(typ="safe").load(Path(".pre-commit-config.yaml").read_text())
    return [*shipped, *written["repos"][0]["hooks"]]


@pytest.mark.parametrize(
    "answers",
    [MARIA, (*MARIA, "--project", 'Finance: "EU"', "--timezone", "America/New_York"), ("--from-account",)],
    ids=["questions", "project", "account"],
)
def test_the_first_commit_passes_every_hook(empty: Run, answers: tuple[str, ...]) -> None:
    assert empty("init", ".", *answers, "--manager", "acme-data", "--yes").code == 0
    before = {path: Path(path).read_bytes() for path in sorted(files_below(Path()))}
    assert len(hooks()) == 7
    for hook in hooks():
        program, *words = hook["entry"].split()
        names = [path for path in before if re.search(hook["files"], path)] if hook.get("pass_filenames", True) else []
        told = empty(*words, *names)
        assert (program, told.code, told.err) == ("dbt-alerts", 0, ""), hook["entry"]
    assert {path: Path(path).read_bytes() for path in before} == before


def test_the_first_test_is_of_the_policy_that_is_written(empty: Run) -> None:
    assert empty("init", ".", *MARIA).code == 0
    assert empty("test").out.endswith("1 test, all passed.\n")
    team = Path("policies/teams/data.yml")
    team.write_text(team.read_text().replace("[failure, cancelled]", "[cancelled]"))
    assert empty("test").code == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_a_shell(run: Run, shell: str) -> None:
    told = run("completion", shell)
    assert told.code == 0
    assert "_DBT_ALERTS_COMPLETE" in told.out


def test_completion_names_commands_without_loading_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.cli.main import app

    monkeypatch.setattr(type(app), "get_command", lambda *_: pytest.fail("a command was loaded"))
    found = app.shell_complete(click.Context(app), "dr")
    assert [(each.value, bool(each.help)) for each in found] == [("drift", True)]
