"""`dbt-jobs-as-code plan` beside `dbt-alerts plan` on one account, each with a policy that is already applied.

The peer manages jobs and we manage who is told, so no figure is a race; what can be compared is how the number of calls
grows. Its jobs file declares every generated job as it is, with the identifier in its name; the seeded account's other
jobs are left out of both.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.account import Size, large_account
from benchmarks.measure import ROOT, Usage, finished, run

__all__ = ["measure", "peer_python"]

_NAMED: Final = "DBT_ALERTS_CLIENTS_PYTHON"
_START: Final = "from dbt_jobs_as_code.main import cli; cli()"
_ONLY_OURS: Final = ("--exclude-identifiers-matching", "^budget-load$")


def peer_python() -> Path | None:
    """Find the interpreter that has requirements/clients.txt; None without one."""
    python = Path(os.environ.get(_NAMED) or ROOT / ".venv-clients" / "bin" / "python")
    return python if python.is_file() else None


def measure(python: Path, *, jobs: int, rounds: int) -> dict[str, Any]:
    """Plan with both, in turns; the calls are what the sandbox saw."""
    with tempfile.TemporaryDirectory() as folder, large_account(Size(jobs), Path(folder)) as account:
        rows = [row for row in account.control.rows("jobs") if row["name"].startswith("Generated ")]
        for row in rows:
            account.control.change("jobs", row["id"], name=f"{row['name']} [[{_identifier(row)}]]")
        Path(folder, "jobs.yml").write_text(json.dumps({"jobs": {_identifier(row): _declared(row) for row in rows}}))
        account.cli("apply")
        environ = {**account.environ, "DBT_API_KEY": account.environ["DBT_CLOUD_TOKEN"], "HOME": folder}
        environ["DBT_BASE_URL"] = account.environ["DBT_CLOUD_HOST"]
        del environ["PYTHONPATH"]
        account.control.settings(latency_ms=40)
        ours: list[tuple[Usage, int]] = []
        theirs: list[tuple[Usage, int]] = []
        for _ in range(rounds):
            account.control.clear_log()
            ours.append((finished(account.cli("plan", "--json")), len(account.requests())))
            account.control.clear_log()
            command = [str(python), "-c", _START, "plan", "jobs.yml", "--json", *_ONLY_OURS]
            theirs.append((finished(run(command, environ=environ, folder=Path(folder))), len(account.requests())))
    return {"jobs": jobs, "dbt-alerts": _figures(ours, jobs), "dbt-jobs-as-code": _figures(theirs, jobs)}


def _identifier(row: Mapping[str, Any]) -> str:
    return "generated-" + str(row["name"])[10:15]


def _declared(row: Mapping[str, Any]) -> dict[str, Any]:
    """Declare a job as it is, in the peer's words."""
    kept = ("account_id", "project_id", "environment_id", "settings", "execution", "generate_docs", "execute_steps")
    return {
        **{name: row[name] for name in kept},
        "name": str(row["name"])[:15],
        "run_generate_sources": row.get("run_generate_sources", False),
        "schedule": {"cron": row["schedule"]["cron"]},
        "triggers": {name: value for name, value in row["triggers"].items() if name != "custom_branch_only"},
    }


def _figures(runs: Sequence[tuple[Usage, int]], jobs: int) -> dict[str, Any]:
    fastest = min((usage for usage, _ in runs), key=lambda usage: usage.wall)
    calls = runs[-1][1]
    return {
        "calls": calls,
        "calls_per_job": round(calls / jobs, 3),
        "cpu_s": round(fastest.cpu, 2),
        "wall_s": round(fastest.wall, 2),
        "said": (fastest.out or fastest.err).strip()[-300:],
    }
