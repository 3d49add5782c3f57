"""`dbt-alerts plan --json` as a whole process, on accounts of 1,000 and 10,000 jobs with 200 recipients.

Three plans of each size: everything live is what the policy wants and the ledger is empty (*adopt*), the ledger holds
all of it (*steady*), and the live edges are somebody else's (*add*: twice as many edges in all). The sandbox runs in a
process of its own and waits 40 ms before each answer; how long answers took is what its log says.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.account import Account, Size, large_account
from benchmarks.measure import Usage, finished, middle

__all__ = ["BOUNDS", "measure"]

LATENCY_MS: Final = 40
IN_FLIGHT: Final = 20
PAGE: Final = 100
BOUNDS: Final = {1_000: {"cpu_s": 1.0, "peak_mb": 120}, 10_000: {"cpu_s": 4.0, "peak_mb": 250}}


def measure(jobs: int, *, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of each plan."""
    with tempfile.TemporaryDirectory() as folder, large_account(Size(jobs), Path(folder)) as account:
        yield _planned(account, "adopt", rounds)
        finished(account.cli("apply"))
        yield _planned(account, "steady", rounds)
    with tempfile.TemporaryDirectory() as folder, large_account(Size(jobs), Path(folder), foreign=True) as account:
        yield _planned(account, "add", rounds)


def _planned(account: Account, kind: str, rounds: int) -> dict[str, Any]:
    account.control.settings(latency_ms=LATENCY_MS)
    finished(account.cli("plan", "--json"))  # the sandbox's first answers are slower: it parses each job once
    runs: list[tuple[Usage, float]] = []
    for _ in range(rounds):
        account.control.clear_log()
        usage = finished(account.cli("plan", "--json"))
        runs.append((usage, sum(request["seconds"] for request in account.requests())))
    account.control.settings(latency_ms=0)
    plan = json.loads(runs[-1][0].out)
    return {
        "jobs": account.size.jobs,
        "edges": account.size.edges,
        "plan": kind,
        "actions": len(plan["actions"]),
        "calls": plan["api_calls"],
        "calls_bound": _pages(account) + 10,
        **_figures(runs),
    }


def _figures(runs: list[tuple[Usage, float]]) -> dict[str, Any]:
    allowed = [usage.cpu + 1.5 * answered / IN_FLIGHT for usage, answered in runs]
    return {
        "cpu_s": middle([usage.cpu for usage, _ in runs]),
        "cpu_least_s": round(min(usage.cpu for usage, _ in runs), 3),
        "wall_s": middle([usage.wall for usage, _ in runs]),
        "wall_bound_s": middle(allowed),
        "wall_to_bound": round(median(u.wall / most for (u, _), most in zip(runs, allowed, strict=True)), 3),
        "answers_s": middle([answered for _, answered in runs]),
        "peak_mb": round(max(usage.peak_mb for usage, _ in runs)),
    }


def _pages(account: Account) -> int:
    tables = ("jobs", "notifications", "projects", "environments", "users", "webhooks")
    counts = account.control.counts()
    return sum(max(1, -(-counts[table] // PAGE)) for table in tables)
