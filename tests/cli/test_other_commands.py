"""`--help`, `schema`, `sandbox` and `demo`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from reconciler.cli.main import COMMANDS
from reconciler.policy import schema
from tests.cli.conftest import Run


def dbt_alerts(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**clean, **environ},
    )


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


def test_help_imports_no_command(run: Run) -> None:
    code = (
        "import sys; from reconciler.cli.main import app; app.main(['--help'], standalone_mode=False);"
        "print([name for name in sys.modules if name.split('.')[0] in {'pydantic', 'httpx', 'ruamel', 'starlette'}])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip().endswith("[]")


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    assert run("plna").code == 64


def test_schema_prints_the_schema_and_writes_it(run: Run) -> None:
    assert json.loads(run("schema").out) == schema()
    assert run("schema", "--write", "s.json").code == 0
    assert json.loads(Path("s.json").read_text()) == schema()


@pytest.mark.slow
def test_the_sandbox_prints_one_json_line_and_ends_with_its_parent(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", "--json", "--account", "70000000000001"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    names = {"url", "account_id", "token", "project_id", "environment_id", "user_id"}
    assert names | {"fail_job_id", "warn_job_id", "slow_job_id"} <= ready.keys()
    assert ready["account_id"] == 70000000000001
    folder = Path(ready["state_folder"])
    assert folder.is_relative_to(tempfile.gettempdir())
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()
    assert not folder.exists()


@pytest.mark.slow
def test_env_lines_can_be_sourced_and_plan_works(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "--env"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(4)]
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    policies = Path(__file__).resolve().parents[2] / "policies"
    done = dbt_alerts("plan", str(policies), **exported)
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()
    assert (done.returncode, done.stderr) == (0, "")
    assert "finance/lineage refresh" in done.stdout


@pytest.mark.slow
def test_the_demo_goes_as_announced_and_cleans_up(tmp_path: Path) -> None:
    done = dbt_alerts("demo", CI="true", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    told = ("$ dbt-alerts plan", "$ dbt-alerts apply", "No changes.", "its signature is right", "not sent", "Try next")
    assert [each for each in told if each not in done.stdout] == []
    arrived = ("slack ", "pagerduty ", "teams ", "datadog ", "monte_carlo ", "email ")
    assert [each for each in arrived if f"delivered  {each}" not in done.stdout] == []
    assert list(tmp_path.iterdir()) == []


def test_python_dash_m_reconciler_is_the_command() -> None:
    assert "dbt-alerts" in dbt_alerts("--version").stdout
