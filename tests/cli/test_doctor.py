"""`dbt-alerts doctor`: what it finds, what it says to do, and that it only looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import SMALLEST, Run
from tests.command import Result

WEBHOOK = """\
webhooks:
  - {name: lineage, url: "https://catalog.acme.example/dbt", on: [completed], jobs: {project: Finance},
     secret_sink: {store: %s}}
"""


def checks(result: Result, name: str) -> list[dict[str, Any]]:
    return [each for each in result.json["checks"] if each["name"] == name]


def verdicts(result: Result, name: str) -> set[str]:
    return {each["verdict"] for each in checks(result, name)}


def policy(text: str) -> None:
    Path("policies/alerts.yml").write_text(text)


def test_a_healthy_installation_has_nothing_failed(run: Run, sandbox: RunningSandbox) -> None:
    sandbox.control.clear_log()
    result = run("doctor")
    assert result.code == 0, result.out
    assert "FAIL" not in result.out
    assert f"belongs to account {sandbox.account_id}" in result.out
    assert {entry["method"] for entry in sandbox.control.log()} == {"GET"}
    assert not list(Path().glob(".dbt-alerts*"))


def test_a_wrong_token_is_named_and_the_rest_is_not_looked_at(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "dbts_wrong")
    result = run("doctor", "--json")
    assert (result.code, result.json["result"]) == (1, "failure")
    assert verdicts(result, "token") == {"failed"}
    assert "unknown" in verdicts(result, "permissions")
    assert all(each["next_step"] for each in result.json["checks"] if each["verdict"] == "failed")


def test_a_token_of_another_account_is_told_which(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "4711")
    (found,) = checks(run("doctor", "--json"), "token")
    assert found["verdict"] == "failed"
    assert "4711" in found["found"]


@pytest.mark.parametrize(
    ("permission", "hidden"),
    [("account_viewer", set()), ("job_viewer", {"users", "notifications"}), ("metadata_only", {"jobs", "projects"})],
)
def test_what_the_token_may_not_read_is_named_with_the_set_that_helps(
    run: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, permission: str, hidden: set[str]
) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", sandbox.control.add_token(permission=permission)["token"])
    result = run("doctor", "--json")
    failed = [each for each in checks(result, "permissions") if each["verdict"] == "failed"]
    assert hidden <= {each["found"].removeprefix("may not read ") for each in failed}
    assert bool(failed) == bool(hidden)
    assert all("permission set" in each["next_step"] for each in failed)


def test_hidden_webhooks_fail_only_where_the_policy_has_some(
    run: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", sandbox.control.add_token(permission="account_viewer")["token"])
    assert run("doctor").code == 0
    policy(SMALLEST + WEBHOOK % "file, path: .dbt-alerts/lineage.secret")
    result = run("doctor", "--json")
    assert any("webhooks" in each["found"] and each["verdict"] == "failed" for each in checks(result, "permissions"))


def test_a_command_sink_is_looked_for_and_never_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy(SMALLEST + WEBHOOK % "command")
    assert verdicts(run("doctor", "--json"), "sinks") == {"failed"}
    monkeypatch.setenv("DBT_ALERTS_SINK_COMMAND", "/nowhere/store-secret --quiet")
    assert verdicts(run("doctor", "--json"), "sinks") == {"failed"}
    program = tmp_path / "store"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/it-ran\n")
    program.chmod(0o700)
    monkeypatch.setenv("DBT_ALERTS_SINK_COMMAND", str(program))
    assert verdicts(run("doctor", "--json"), "sinks") == {"ok"}
    assert not (tmp_path / "it-ran").exists()


def test_a_departed_user_and_an_unknown_one_are_found(run: Run, sandbox: RunningSandbox) -> None:
    (maria,) = [row for row in sandbox.control.rows("users") if row["email"] == "maria@acme.example"]
    sandbox.control.change("users", maria["id"], is_active=False)
    (found,) = checks(run("doctor", "--json"), "people")
    assert (found["verdict"], "deactivated" in found["found"]) == ("failed", True)
    policy(SMALLEST.replace("maria@acme", "nobody@acme"))
    (found,) = checks(run("doctor", "--json"), "people")
    assert "no user of the account" in found["found"]


def test_a_slack_channel_of_another_linker_is_a_warning(run: Run, sandbox: RunningSandbox) -> None:
    slack = next(row for row in sandbox.control.rows("notifications") if row["type"] == 2)
    (linker,) = [row["email"] for row in sandbox.control.rows("users") if row["id"] == slack["user_id"]]
    others = [row["email"] for row in sandbox.control.rows("users") if row["email"] != linker]
    channel = "  alerts: {{type: dbt_slack, channel_id: C0123456789, channel_name: '#a', linked_by: {}}}\n"
    policy(SMALLEST.replace("notifications:\n", channel.format(linker) + "notifications:\n"))
    assert verdicts(run("doctor", "--json"), "slack") == {"ok"}
    policy(SMALLEST.replace("notifications:\n", channel.format(others[0]) + "notifications:\n"))
    (found,) = checks(run("doctor", "--json"), "slack")
    assert (found["verdict"], linker in found["found"]) == ("warning", True)


def test_a_damaged_ledger_fails_and_an_empty_one_warns(run: Run) -> None:
    assert verdicts(run("doctor", "--json"), "ledger") == {"warning"}
    run("apply", "--yes")
    assert verdicts(run("doctor", "--json"), "ledger") == {"ok"}
    Path(".dbt-alerts/ledger.json").write_text("{")
    assert verdicts(run("doctor", "--json"), "ledger") == {"failed"}


def test_a_scope_that_names_nothing_live_fails(run: Run) -> None:
    policy(SMALLEST + "scope: {projects: [Nowhere]}\n")
    (found,) = checks(run("doctor", "--json"), "scope")
    assert (found["verdict"], "Nowhere" in found["found"]) == ("failed", True)


def test_a_wrong_policy_is_exit_3(run: Run) -> None:
    policy("version: 1\n")
    assert run("doctor").code == 3


def test_a_token_that_lost_a_project_is_found(
    run: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(SMALLEST.replace("{environment: {type: production}}", "{project: [Finance, Growth]}"))
    assert run("apply", "--yes").code == 0
    (finance,) = [row["id"] for row in sandbox.control.rows("projects") if row["name"] == "Finance"]
    monkeypatch.setenv("DBT_CLOUD_TOKEN", sandbox.control.add_token(project_ids=[finance])["token"])
    result = run("doctor", "--json")
    assert (result.code, verdicts(result, "scope")) == (1, {"failed"})
    assert "Growth" in checks(result, "scope")[0]["found"]
    assert any("alerts of ours" in each["found"] for each in checks(result, "ledger") if each["verdict"] == "failed")


def test_without_any_policy_the_first_step_is_named(run: Run) -> None:
    Path("policies/alerts.yml").unlink()
    Path("policies").rmdir()
    result = run("plan")
    assert result.code == 3
    assert "dbt-alerts import --manager" in result.err
