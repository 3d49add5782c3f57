"""What commands that make messages take as whole processes, beside `--help`: a policy of one job, one Slack channel.

dbt Cloud and Slack are the sandbox, which answers at once, so what is left is the start: Python, imports, the worker
that renders, and for `notify` the run with its artifacts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Usage, finished, interleaved, middle
from benchmarks.vendors import Vendors, vendors

__all__ = ["measure"]

_JOB: Final = "Daily Revenue"
_OF_JOB: Final = ("--job", _JOB, "--environment", "Production")
_POLICY: Final = f"""\
version: 1
manager: bench
account: {{id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}}
relay: {{url: "https://alerts.acme.example/dbt"}}
channels: {{critical: {{type: slack, url: $SLACK}}}}
tiers: {{critical: {{rank: 1, notify: {{failure: [critical]}}}}}}
jobs: [{{match: {{name: {_JOB}}}, tier: critical}}]
"""
_SECRETS: Final = {"SLACK": "https://hooks.slack.com/services/T0SANDBOX/B0ROOM/made-up"}


def measure(*, rounds: int) -> dict[str, Any]:
    """Return CPU and wall seconds and peak memory of each command, in turns."""
    with tempfile.TemporaryDirectory() as place, vendors() as there:
        folder = Path(place)
        (folder / "policies").mkdir()
        (folder / "policies" / "alerts.yml").write_text(_POLICY, encoding="utf-8")
        run = str(_failed_run(there))
        _called(there, folder, "snapshot", "--out", "live.json")()
        commands = {
            "--help": ("--help",),
            "plan --live FILE": ("plan", "--live", "live.json"),
            "render --samples": ("render", "--samples"),
            "render --job NAME --live FILE": (
                "render",
                "--job",
                _JOB,
                "--environment",
                "Production",
                "--live",
                "live.json",
            ),
            "render --check": ("render", "--check"),
            "notify --run ID --dry-run": ("notify", "--run", run, "--dry-run"),
            "notify --run ID": ("notify", "--run", run),
        }
        found = interleaved(rounds, *(_called(there, folder, *words) for words in commands.values()))
    return {name: _figures(usages) for name, usages in zip(commands, found, strict=True)}


def _called(there: Vendors, folder: Path, *words: str) -> Callable[[], Usage]:
    return lambda: finished(there.cli(folder, *words, environ=_SECRETS))


def _figures(usages: list[Usage]) -> dict[str, float]:
    return {
        "cpu_s": middle([each.cpu for each in usages]),
        "wall_s": middle([each.wall for each in usages]),
        "peak_mb": middle([each.peak_mb for each in usages], digits=1),
    }


def _failed_run(there: Vendors) -> int:
    job = min(row["id"] for row in there.control.rows("jobs") if row["name"] == _JOB)
    run = there.control.call("POST", "/runs", json={"job_id": job, "outcome": "failure"})
    there.control.call("POST", "/idle", json={"timeout": 20})
    return int(run["id"])
