"""What the shipped workflows promise a team that copies them."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.scaffold.files import WORKFLOWS as COPIED

WORKFLOWS = ("ci", "plan", "apply", "reconcile", "drift", "templates", "alert-test")
WRITERS = ("apply", "reconcile")
ASKPASS = "${{ github.workspace }}/.github/actions/dbt-alerts/askpass.sh"
LOOKERS = (*WRITERS, "plan", "drift", "alert-test")


def _load(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text())


@pytest.fixture(scope="module")
def workflows(root: Path) -> dict[str, dict[str, Any]]:
    return {name: _load(root / ".github" / "workflows" / f"{name}.yml") for name in WORKFLOWS}


@pytest.fixture(scope="module")
def action(root: Path) -> dict[str, Any]:
    return _load(root / ".github" / "actions" / "dbt-alerts" / "action.yml")


def _steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in document.get("jobs", {}).values():
        yield from job["steps"]
    yield from document.get("runs", {}).get("steps", [])


def _job(workflows: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return workflows[name]["jobs"][name]


def _position(job: dict[str, Any], word: str) -> int:
    return next(number for number, step in enumerate(job["steps"]) if word in str(step))


def _called(script: str, folder: Path, environ: dict[str, str]) -> list[str]:
    """Run a step as the runner does, with a stand-in for dbt-alerts, and return what that was called with."""
    program = folder / "dbt-alerts"
    program.write_text('#!/bin/sh\necho "$@" >>"$RUNNER_TEMP/called"\n')
    program.chmod(0o755)
    runner = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    subprocess.run(shell, env={**runner, **environ}, check=True, capture_output=True)
    return (folder / "called").read_text().splitlines()


def test_no_workflow_is_left_unlooked_at(root: Path) -> None:
    assert {path.stem for path in (root / ".github" / "workflows").iterdir()} == set(WORKFLOWS)


def test_a_wheel_holds_every_workflow_that_init_copies(pyproject: dict[str, Any]) -> None:
    included = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    assert {path for path in included if "workflows" in path} == {f"/.github/workflows/{name}" for name in COPIED}


def test_other_peoples_actions_are_pinned_by_commit(
    workflows: dict[str, dict[str, Any]], action: dict[str, Any]
) -> None:
    used = {step["uses"] for document in (*workflows.values(), action) for step in _steps(document) if "uses" in step}
    pinned = re.compile(r"(\./\.github/actions/dbt-alerts|[\w-]+/[\w-]+@[0-9a-f]{40})")
    assert used
    assert not [name for name in used if not pinned.fullmatch(name)]


def test_every_pin_names_its_version(root: Path) -> None:
    texts = [path.read_text() for path in (root / ".github").rglob("*.yml")]
    lines = [line for text in texts for line in text.splitlines() if re.search(r"uses: [^.]", line)]
    assert lines
    assert not [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_permissions_start_at_reading_and_grow_per_job(workflows: dict[str, dict[str, Any]], name: str) -> None:
    assert workflows[name]["permissions"] == {"contents": "read"}


def test_each_job_has_the_permissions_it_needs_and_no_more(workflows: dict[str, dict[str, Any]]) -> None:
    granted = {
        (name, job): grants["permissions"]
        for name, workflow in workflows.items()
        for job, grants in workflow["jobs"].items()
        if "permissions" in grants
    }
    assert granted == {
        ("plan", "plan"): {"contents": "read", "pull-requests": "write"},
        ("templates", "templates"): {"contents": "read", "pull-requests": "write"},
        ("apply", "apply"): {"contents": "write"},
        ("reconcile", "look"): {"actions": "read"},
        ("alert-test", "alert-test"): {"contents": "write"},
        ("alert-test", "follow-up"): {
            "actions": "read",
            "contents": "write",
            "issues": "write",
            "pull-requests": "write",
        },
        ("reconcile", "reconcile"): {"contents": "write"},
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_job_ends(workflows: dict[str, dict[str, Any]], name: str) -> None:
    assert all("timeout-minutes" in job for job in workflows[name]["jobs"].values())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_failure_inside_a_pipe_is_a_failure(workflows: dict[str, dict[str, Any]], name: str) -> None:
    assert workflows[name]["defaults"]["run"]["shell"] == "bash"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_from_outside_is_pasted_into_a_script(workflows: dict[str, dict[str, Any]], name: str) -> None:
    assert not [step["run"] for step in _steps(workflows[name]) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_checkout_leaves_no_token_behind(workflows: dict[str, dict[str, Any]], name: str) -> None:
    checkouts = [step for step in _steps(workflows[name]) if "actions/checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_pull_request_plans_without_a_token_that_can_write(workflows: dict[str, dict[str, Any]], root: Path) -> None:
    assert set(workflows["plan"]["on"]) == {"pull_request"}
    text = (root / ".github" / "workflows" / "plan.yml").read_text()
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"DBT_CLOUD_READ_TOKEN"}
    assert "environment" not in _job(workflows, "plan")


def test_a_fork_is_skipped_not_trusted(workflows: dict[str, dict[str, Any]]) -> None:
    assert "head.repo.full_name == github.repository" in _job(workflows, "plan")["if"]


def test_the_plan_is_shown_even_when_it_refuses(workflows: dict[str, dict[str, Any]]) -> None:
    job = _job(workflows, "plan")
    plan, comment = job["steps"][_position(job, "dbt-alerts plan")], job["steps"][-1]
    assert "--markdown" in plan["run"]
    assert "$GITHUB_STEP_SUMMARY" in plan["run"]
    assert "!cancelled()" in comment["if"]
    assert "comment.sh" in comment["run"]


def test_a_pull_request_is_linted_then_tested_then_planned(workflows: dict[str, dict[str, Any]]) -> None:
    job = _job(workflows, "plan")
    places = [_position(job, f"dbt-alerts {name}") for name in ("lint", "test", "plan")]
    assert places == sorted(places)
    assert "secrets." not in str(job["steps"][places[1]])
    assert all("!cancelled()" in job["steps"][place]["if"] for place in places[1:])


@pytest.mark.parametrize(
    ("token", "words"), [("read-only", "lint --format github --online"), ("", "lint --format github")]
)
def test_a_pull_request_is_judged_by_the_rules_about_the_account_where_the_token_is_there(
    workflows: dict[str, dict[str, Any]], tmp_path: Path, token: str, words: str
) -> None:
    """Without them a guardrail such as production-job-covered is asked by nobody, and every check is green."""
    job = _job(workflows, "plan")
    lint = job["steps"][_position(job, "dbt-alerts lint")]
    assert lint["env"]["DBT_CLOUD_TOKEN"] == "${{ secrets.DBT_CLOUD_READ_TOKEN }}"
    assert _called(lint["run"], tmp_path, {"DBT_CLOUD_TOKEN": token}) == [words]


def test_one_writer_per_account_and_no_write_is_cut_off(workflows: dict[str, dict[str, Any]]) -> None:
    groups = [workflows["apply"]["concurrency"], _job(workflows, "reconcile")["concurrency"]]
    assert groups == [{"group": "dbt-alerts-${{ vars.DBT_CLOUD_ACCOUNT_ID }}", "cancel-in-progress": False}] * 2


def test_reconcile_stands_back_for_an_apply_that_waits(workflows: dict[str, dict[str, Any]]) -> None:
    job = _job(workflows, "reconcile")
    assert (job["needs"], job["if"]) == ("look", "needs.look.outputs.free == 'true'")


@pytest.mark.parametrize("name", LOOKERS)
def test_git_logs_in_for_the_ledger_and_its_evidence_in_each_step_that_reads_them(
    workflows: dict[str, dict[str, Any]], name: str
) -> None:
    job = _job(workflows, name)
    logged_in = [step for step in job["steps"] if "GIT_ASKPASS" in step.get("env", {})]
    for settings in (step["env"] for step in logged_in):
        assert settings["DBT_CLOUD_TOKEN"]
        assert (settings["GIT_ASKPASS"], settings["GH_TOKEN"]) == (ASKPASS, "${{ github.token }}")
    assert "GIT_ASKPASS" not in str(job.get("env", {}))
    reading = re.compile(r"dbt-alerts (plan|apply|drift|alert-test|lint)")
    steps = [step for step in job["steps"] if reading.search(step.get("run", ""))]
    assert steps
    assert [step["name"] for step in steps if step not in logged_in] == []


@pytest.mark.parametrize("name", LOOKERS)
def test_nothing_on_the_runner_is_taken_for_kept(workflows: dict[str, dict[str, Any]], name: str) -> None:
    assert "DBT_ALERTS_DURABLE" not in str(workflows[name])


def test_the_shipped_policy_keeps_its_ledger_where_the_workflows_leave_it(root: Path) -> None:
    assert _load(root / "policies" / "account.yml")["ledger"]["store"] == "git"


@pytest.mark.parametrize("name", WRITERS)
def test_a_secret_goes_to_the_operators_program(workflows: dict[str, dict[str, Any]], name: str) -> None:
    job = _job(workflows, name)
    settings = job["steps"][_position(job, "dbt-alerts apply")]["env"]
    assert settings["DBT_ALERTS_SINK_COMMAND"] == "${{ vars.DBT_ALERTS_SINK_COMMAND }}"


@pytest.mark.parametrize("name", WRITERS)
def test_the_writing_token_is_in_the_protected_environment_and_in_one_step(
    workflows: dict[str, dict[str, Any]], name: str
) -> None:
    job = _job(workflows, name)
    assert job["environment"] == "dbt-alerts"
    assert "github.event.repository.default_branch" in str(workflows[name]["jobs"])
    assert len([step for step in job["steps"] if "secrets." in str(step)]) == 1
    assert "secrets." not in str(job.get("env", {}))


def test_the_hourly_run_only_adds(workflows: dict[str, dict[str, Any]]) -> None:
    calls = [step["run"] for step in _steps(workflows["reconcile"]) if "dbt-alerts " in step.get("run", "")]
    assert calls == ["dbt-alerts apply --additions-only --yes"]
    assert [entry["cron"].split()[1:] for entry in workflows["reconcile"]["on"]["schedule"]] == [["*"] * 4]


def test_drift_is_looked_for_every_day_with_a_token_that_only_reads(
    workflows: dict[str, dict[str, Any]], root: Path
) -> None:
    calls = [step["run"] for step in _steps(workflows["drift"]) if "dbt-alerts " in step.get("run", "")]
    assert "dbt-alerts drift --markdown --detailed-exitcode" in calls[0]
    assert 'cat "$RUNNER_TEMP/drift.md" >>"$GITHUB_STEP_SUMMARY"' in calls[0]
    assert calls[0].rstrip().endswith('exit "$status"')
    assert [entry["cron"].split()[2:] for entry in workflows["drift"]["on"]["schedule"]] == [["*"] * 3]
    text = (root / ".github" / "workflows" / "drift.yml").read_text()
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"DBT_CLOUD_READ_TOKEN"}
    assert "environment" not in _job(workflows, "drift")


def test_a_job_that_came_without_a_pull_request_is_seen_in_the_morning(workflows: dict[str, dict[str, Any]]) -> None:
    job = _job(workflows, "drift")
    lint, coverage = (job["steps"][_position(job, f"dbt-alerts {name}")] for name in ("lint", "coverage"))
    assert "dbt-alerts lint --online " in lint["run"]
    assert lint["run"].rstrip().endswith('exit "$status"')
    assert "dbt-alerts coverage --format markdown" in coverage["run"]
    assert all("$GITHUB_STEP_SUMMARY" in each["run"] and "!cancelled()" in each["if"] for each in (lint, coverage))


def test_the_plan_in_the_summary_repairs_what_the_apply_repairs(
    workflows: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    job = _job(workflows, "apply")
    step = job["steps"][_position(job, "dbt-alerts apply")]
    plan, apply = _called(step["run"], tmp_path, {"ALLOWANCES": "prune=1 coverage=2", "REPAIR_DRIFT": "true"})
    asked = "--allow prune=1 --allow coverage=2 --repair-drift"
    assert (plan.startswith("plan "), apply.startswith("apply ")) == (True, True)
    assert [call.endswith(asked) for call in (plan, apply)] == [True, True]


def test_ci_runs_every_python_that_is_promised(workflows: dict[str, dict[str, Any]], pyproject: dict[str, Any]) -> None:
    promised = [c.rpartition(" ")[2] for c in pyproject["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert workflows["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"] == promised


def test_the_planted_defects_run_every_night(workflows: dict[str, dict[str, Any]]) -> None:
    mutants = workflows["ci"]["jobs"]["mutants"]
    assert "schedule" in workflows["ci"]["on"]
    assert "schedule" in mutants["if"]
    assert mutants["steps"][-1]["run"] == "./run mutants"


# --- the monthly test -----------------------------------------------------------------------------------------------
def _issue(workflows: dict[str, dict[str, Any]], folder: Path, **environ: str) -> list[str]:
    """Run the follow-up's step with a stand-in for gh that knows of issue 7, and return what was asked of it."""
    step = next(each for each in _steps(workflows["alert-test"]) if each.get("name", "").startswith("One issue"))
    gh = folder / "gh"
    gh.write_text('#!/bin/sh\necho "$1 $2 $3" >>"$RUNNER_TEMP/called"\nif [ "$2" = list ]; then echo "$OPEN"; fi\n')
    gh.chmod(0o755)
    return _called(step["run"], folder, {"RUN_URL": "the run", "REPORT": str(folder), "PAGE_TIERS": "", **environ})[1:]


@pytest.mark.parametrize(
    ("result", "opened", "tiers", "asked"),
    [
        ("success", "7", "", ["issue close 7"]),
        ("success", "7", "critical", []),
        ("success", "", "", []),
        ("failure", "", "", ["issue create --title"]),
        ("cancelled", "", "", ["issue create --title"]),
        ("failure", "7", "", ["issue edit 7", "issue comment 7"]),
    ],
)
def test_the_issue_is_closed_by_a_full_run_without_failures_only(
    workflows: dict[str, dict[str, Any]], tmp_path: Path, result: str, opened: str, tiers: str, asked: list[str]
) -> None:
    assert _issue(workflows, tmp_path, RESULT=result, OPEN=opened, PAGE_TIERS=tiers) == asked


def test_a_run_that_ended_before_its_report_is_told_as_such(
    workflows: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    assert workflows["alert-test"]["jobs"]["follow-up"]["if"].startswith("${{ always()")
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\necho "$@" >>"$RUNNER_TEMP/called"\nexit 1\n')
    gh.chmod(0o755)
    step = next(each for each in _steps(workflows["alert-test"]) if each.get("name") == "Report")
    report = tmp_path / "report"
    _called(step["run"], tmp_path, {"REPORT": str(report), "RESULT": "failure", "RUN_URL": "the run"})
    assert (report / "report.md").read_text().splitlines()[0].startswith("The run ended (failure)")


def test_a_code_is_given_back_without_a_test(workflows: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    job = _job(workflows, "alert-test")
    test = job["steps"][_position(job, "dbt-alerts alert-test")]
    called = _called(test["run"], tmp_path, {"CODE": "7f3a-AAAAA", "CHANNEL": "oncall-mail", "PAGE_TIERS": ""})
    assert called == ["alert-test confirm 7f3a-AAAAA --channel oncall-mail"]
    assert "inputs.confirm == ''" in workflows["alert-test"]["jobs"]["follow-up"]["if"]


@pytest.mark.parametrize(("tiers", "words"), [("", []), ("critical", ["--tier critical --page"])])
def test_a_test_is_followed_by_a_look_at_its_evidence(
    workflows: dict[str, dict[str, Any]], tmp_path: Path, tiers: str, words: list[str]
) -> None:
    job = _job(workflows, "alert-test")
    test = job["steps"][_position(job, "dbt-alerts alert-test")]
    asked, verified = _called(test["run"], tmp_path, {"CODE": "", "CHANNEL": "", "PAGE_TIERS": tiers})
    assert asked.startswith(" ".join(["alert-test", *words, "--write-edits"]))
    assert verified == "alert-test verify"


def test_the_channels_secrets_are_in_an_environment_that_is_said_to_be_limited(root: Path) -> None:
    text = (root / ".github" / "workflows" / "alert-test.yml").read_text()
    assert "environment `alert-test`, limited to the default branch" in text
    assert "DBT_CLOUD_CANARY_TOKEN" in text.partition("environment `alert-test`")[2].partition("settings")[0]
