"""What the workflow for changed templates does with two folders of them, with a stand-in for the command."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

STAND_IN = """#!/bin/sh
echo "$@" >>"$RUNNER_TEMP/called"
case "$*" in
  *--check*) echo "templates/slack/base.j2:3: no such name"; exit "${BREAKS:-0}" ;;
  *before/templates*) echo "title before" ;;
  *) echo "title after" ;;
esac
"""


@pytest.fixture(scope="module")
def workflow(root: Path) -> dict[str, Any]:
    return YAML(typ="safe").load((root / ".github" / "workflows" / "templates.yml").read_text())


def steps(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in workflow["jobs"]["templates"]["steps"] if "name" in step}


def ran(workflow: dict[str, Any], name: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    program = folder / "dbt-alerts"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    runner = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps(workflow)[name]["run"]]
    return subprocess.run(shell, env={**runner, **environ}, cwd=folder, check=False, capture_output=True, text=True)


def said(workflow: dict[str, Any], folder: Path, **environ: str) -> str:
    ran(workflow, "Render", folder)
    ran(workflow, "Check", folder, **environ)
    done = ran(workflow, "Say", folder, PICTURES="https://github.example/artifact/7", **environ)
    assert done.returncode == 0, done.stderr
    return (folder / "summary.md").read_text()


def test_it_needs_no_secret(root: Path) -> None:
    assert "secrets." not in (root / ".github" / "workflows" / "templates.yml").read_text()


def test_a_pull_request_from_a_fork_is_skipped(workflow: dict[str, Any]) -> None:
    assert set(workflow["on"]) == {"pull_request"}
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["templates"]["if"]


def test_what_changes_is_shown_as_a_diff_beside_the_pictures(workflow: dict[str, Any], tmp_path: Path) -> None:
    text = said(workflow, tmp_path, CHECKED="success")
    assert "-title before\n+title after" in text
    assert "https://github.example/artifact/7" in text
    assert "cannot be used" not in text


def test_a_template_that_breaks_fails_the_job_and_is_named_in_the_comment(
    workflow: dict[str, Any], tmp_path: Path
) -> None:
    assert ran(workflow, "Check", tmp_path, BREAKS="3").returncode == 3
    text = said(workflow, tmp_path, CHECKED="failure", BREAKS="3")
    assert "templates/slack/base.j2:3: no such name" in text


def test_the_first_pull_request_with_templates_has_something_to_compare_with(
    workflow: dict[str, Any], tmp_path: Path
) -> None:
    assert ran(workflow, "Render", tmp_path).returncode == 0
    assert (tmp_path / "before" / "templates").is_dir()


def test_the_comment_is_another_than_the_plan_s(workflow: dict[str, Any]) -> None:
    assert steps(workflow)["Comment"]["run"].endswith('messages.md" messages')
