"""`plan` and `apply` as people and scripts call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

LEDGER = Path(".dbt-alerts/ledger.json")


def writes(sandbox: RunningSandbox) -> list[str]:
    return [f"{each['method']} {each['path']}" for each in sandbox.control.log() if each["method"] != "GET"]


def test_without_a_path_it_reads_policies_in_the_working_directory(run: Run) -> None:
    assert "Who starts being told" in run("plan").out


def test_plan_writes_nothing_anywhere(run: Run, sandbox: RunningSandbox, tmp_path: Path) -> None:
    sandbox.control.clear_log()
    before = sorted(tmp_path.rglob("*"))
    assert run("plan").code == 0
    assert writes(sandbox) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_plan_apply_plan_ends_with_no_changes(run: Run) -> None:
    assert run("plan", "--detailed-exitcode").code == 2
    assert run("apply", "--yes").code == 0
    again = run("plan", "--detailed-exitcode")
    assert again.code == 0
    assert "No changes." in again.out


def test_apply_without_a_terminal_asks_nobody(run: Run) -> None:
    assert run("apply").code == 0


def test_a_second_apply_sends_no_write(run: Run, sandbox: RunningSandbox) -> None:
    run("apply")
    sandbox.control.clear_log()
    assert run("apply").code == 0
    assert writes(sandbox) == []


def test_json_says_in_words_what_the_exit_code_says(run: Run) -> None:
    plan = run("plan", "--json", "--detailed-exitcode")
    applied = run("apply", "--json")
    assert (plan.code, plan.json["exit_code"], plan.json["result"]) == (2, 2, "differences")
    assert (applied.code, applied.json["exit_code"], applied.json["result"]) == (0, 0, "success")


def test_a_saved_plan_is_applied_and_its_digest_is_what_expect_takes(run: Run) -> None:
    run("plan", "--out", "plan.json")
    digest = json.loads(Path("plan.json").read_text())["digest"]
    assert run("apply", "--plan", "plan.json", "--expect", "sha256:0").code == 5
    assert run("apply", "--plan", "plan.json", "--expect", digest).code == 0


def test_a_saved_json_output_is_a_plan_too(run: Run) -> None:
    Path("plan.json").write_text(run("plan", "--json").out)
    assert run("apply", "--plan", "plan.json").code == 0


def test_expect_without_a_plan_is_the_policys_digest(run: Run) -> None:
    digest = run("plan", "--json").json["policy_digest"]
    assert run("apply", "--expect", digest).code == 0


def test_a_plan_from_a_snapshot_is_shown_and_never_applied(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("snapshot", "--out", "live.json").code == 0
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    shown = run("plan", "--live", "live.json", "--out", "plan.json")
    assert "from a snapshot" in shown.out
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "x")
    assert run("apply", "--plan", "plan.json").code == 5


def test_a_snapshot_of_another_account_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("snapshot", "--out", "live.json")
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "12")
    refused = run("plan", "--live", "live.json")
    assert refused.code == 64
    assert "snapshot of account" in refused.err


def test_a_snapshot_holds_no_secret_and_no_webhook_path(run: Run, sandbox: RunningSandbox) -> None:
    run("snapshot", "--out", "live.json")
    text = Path("live.json").read_text()
    assert sandbox.token not in text
    assert "https://lake.acme.example/events" not in text
    assert "https://lake.acme.example/redacted-" in text


def test_every_problem_is_told_at_once_with_its_place(run: Run) -> None:
    wrong = ["{to: mari, on: [failure], jobs: {project: Finance}}", "{to: maria, on: [failur], jobs: {id: 1}}"]
    Path("policies/second.yml").write_text("notifications:\n" + "".join(f"  - {each}\n" for each in wrong))
    found = run("plan")
    assert found.code == 3
    assert "policies/second.yml:2:10" in found.err
    assert "policies/second.yml:3:22" in found.err
    assert "maria" in found.err
    assert "failure" in found.err


@pytest.mark.parametrize("words", [["--allow", "nonsense=1"], ["--allow", "prune"], ["--allow", "prune=x"], ["--nope"]])
def test_a_wrong_command_line_is_64(run: Run, words: list[str]) -> None:
    assert run("plan", *words).code == 64


def test_a_wrong_token_is_told_with_the_next_step(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "wrong-token-canary")
    refused = run("plan")
    assert refused.code == 1
    assert "401" in refused.err
    assert "Next step" in refused.err
    assert "wrong-token-canary" not in refused.err + refused.out


def test_an_unset_variable_is_named_with_its_place(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    refused = run("plan")
    assert refused.code == 3
    assert "DBT_CLOUD_TOKEN" in refused.err
    assert "policies/alerts.yml:3" in refused.err


def test_in_ci_a_ledger_that_would_vanish_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    assert run("apply").code == 4
    monkeypatch.setenv("DBT_ALERTS_DURABLE", str(tmp_path / ".dbt-alerts"))
    assert run("apply").code == 0
    assert LEDGER.is_file()


def test_against_the_sandbox_everything_is_written_into_its_folder(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("DBT_ALERTS_SANDBOX_FOLDER", str(tmp_path / "own"))
    assert run("apply").code == 0
    assert not LEDGER.exists()
    assert list((tmp_path / "own").rglob("*.ledger.json"))


def test_markdown_is_for_a_pull_request(run: Run) -> None:
    shown = run("plan", "--markdown").out
    assert shown.startswith("## Plan of acme")
    assert "### Who starts being told" in shown


def test_a_second_guard_word_does_not_help_a_wrong_number(run: Run, sandbox: RunningSandbox) -> None:
    run("apply")
    policy = Path("policies/alerts.yml")
    policy.write_text(policy.read_text().partition("notifications:")[0])
    sandbox.control.clear_log()
    refused = run("apply", "--allow", "prune=1", "--allow", "coverage=1", "--allow", "empty-team=default")
    assert refused.code == 4
    assert writes(sandbox) == []
    needed = run("plan", "--json").json["guards"]
    words = [word for finding in needed for word in ("--allow", finding["allow"])]
    assert run("apply", *words).code == 0
    assert "No changes." in run("plan").out


def test_a_policy_of_which_a_part_was_left_is_not_recorded_as_applied(run: Run) -> None:
    run("plan", "--out", "plan.json")
    policy = Path("policies/alerts.yml")
    policy.write_text(policy.read_text().replace("on: [failure, cancelled]", "on: [failure, cancelled, success]"))
    assert run("apply", "--plan", "plan.json").code == 0
    assert json.loads(LEDGER.read_text())["policy_digest"] == ""
    assert run("apply").code == 0
    assert json.loads(LEDGER.read_text())["policy_digest"] != ""


def test_json_names_each_problem_with_its_place(run: Run) -> None:
    Path("policies/second.yml").write_text("notifications:\n  - {to: mari, on: [failure], jobs: {id: 1}}\n")
    (problem,) = run("plan", "--json").json["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("policies/second.yml", 2, 10)
    assert "maria" in problem["fix"]
