"""`dbt-alerts import` as a whole process, of accounts of 1,000 and 10,000 jobs with 200 recipients.

Who is told of what is random, as the sandbox generates it: hardly two recipients are told of the same jobs, so that
entries do not shrink. After the last round the plan of what was written is held to adoptions only.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.account import Size, large_account
from benchmarks.measure import finished, middle

__all__ = ["BOUNDS", "measure"]

LATENCY_MS: Final = 40
BOUNDS: Final = {1_000: {"cpu_s": 1.5, "peak_mb": 120}, 10_000: {"cpu_s": 4.0, "peak_mb": 250}}


def measure(jobs: int, *, rounds: int) -> dict[str, Any]:
    """Return the figures. Ends everything where an import or its plan is not as it must be."""
    with tempfile.TemporaryDirectory() as folder, large_account(Size(jobs), Path(folder), foreign=True) as account:
        account.control.settings(latency_ms=LATENCY_MS)
        finished(account.cli("import", "--manager", "bench", "--out", "warm", "--json"))
        account.control.clear_log()
        runs = [
            finished(account.cli("import", "--manager", "bench", "--out", f"imported-{number}", "--json"))
            for number in range(rounds)
        ]
        calls = len(account.requests()) // rounds
        account.control.settings(latency_ms=0)
        plan = json.loads(finished(account.cli("plan", "imported-0", "--json")).out)
        if {action["do"] for action in plan["actions"]} - {"adopt", "adopt-webhook"} or plan["blocked"]:
            raise SystemExit("an imported policy plans more than adoptions")
        lines = sum(len(path.read_bytes().splitlines()) for path in Path(folder, "imported-0").rglob("*.yml"))
    said = json.loads(runs[-1].out)
    return {
        "jobs": jobs,
        "edges": said["edges"],
        "notifications": said["notifications"],
        "lines": lines,
        "calls": calls,
        "cpu_s": middle([usage.cpu for usage in runs]),
        "wall_s": middle([usage.wall for usage in runs]),
        "peak_mb": round(max(usage.peak_mb for usage in runs)),
    }
