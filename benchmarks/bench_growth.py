"""How the time of a plan grows from 1,000 to 100,000 edges: the exponent of edges in a log-log fit.

*Pure* is `desire` and `build_plan` in this process. *Whole* is the process `dbt-alerts plan --live FILE --json`: start,
policy, snapshot, plan and output, without a network. A recipient has 250 edges, a job 5; policy and account grow alike.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import linear_regression
from typing import Any, Final

from benchmarks.measure import ROOT, finished, middle, run
from reconciler.cloud.snapshot import to_json
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Environment, Inventory, Job, NotificationRow, NotificationType, Project
from reconciler.model.ledger import Ledger
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.policy import load

__all__ = ["ACCOUNT", "BLOCK", "EDGES", "HOST", "blocks", "exponent", "generated", "measure", "seconds"]

EDGES: Final = (1_000, 3_000, 10_000, 30_000, 100_000)
BLOCK: Final = 25
HOST: Final = "ab123.us1.dbt.com"
ACCOUNT: Final = 70403103916842


def measure(*, rounds: int, edges: tuple[int, ...] = EDGES) -> dict[str, Any]:
    """Return CPU seconds by number of edges, and the exponents."""
    pure: dict[int, float] = {}
    whole: dict[int, float] = {}
    peak: dict[int, float] = {}
    for count in edges:
        with tempfile.TemporaryDirectory() as folder:
            pure[count], whole[count], peak[count] = _at(count, Path(folder), rounds)
    return {
        "pure_cpu_s": {str(count): round(seconds, 4) for count, seconds in pure.items()},
        "pure_exponent": exponent(pure),
        "whole_cpu_s": {str(count): round(seconds, 3) for count, seconds in whole.items()},
        "whole_exponent": exponent(whole),
        "whole_exponent_of_the_last_step": exponent(dict(list(whole.items())[-2:])),
        "peak_mb": {str(count): round(found, 1) for count, found in peak.items()},
        "peak_exponent": exponent(peak),
    }


def _at(edges: int, folder: Path, rounds: int) -> tuple[float, float, float]:
    inventory = generated(edges)
    Path(folder, "policy.yml").write_text(_policy(edges), encoding="utf-8")
    Path(folder, "live.json").write_text(to_json(inventory), encoding="utf-8")
    policy = load([folder / "policy.yml"])
    ledger = Ledger(host=HOST, account_id=ACCOUNT, manager="bench")

    def plan() -> object:
        inventory.__dict__.pop("edges", None)  # a plan starts from rows: their edges are made once for each
        return build_plan(desired=desire(policy, inventory), inventory=inventory, ledger=ledger, intent=Intent())

    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "reconciler", "plan", "policy.yml", "--live", "live.json", "--json"]
    whole = [finished(run(command, environ=environ, folder=folder)) for _ in range(rounds)]
    return (
        min(seconds(plan) for _ in range(rounds)),
        min(each.cpu for each in whole),
        middle([each.peak_mb for each in whole]),
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call, without the collector."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    work()
    spent = time.process_time() - start
    gc.enable()
    return spent


def exponent(taken: dict[int, float]) -> float:
    """Return the slope of a log-log fit: 1 is linear."""
    return round(linear_regression([math.log(n) for n in taken], [math.log(s) for s in taken.values()]).slope, 2)


def blocks(recipient: int, jobs: int) -> list[int]:
    """Return the five blocks of jobs that a recipient is told of."""
    return [(recipient * 2 + each) % (jobs // BLOCK) for each in range(5)]


def _policy(edges: int) -> str:
    account = f'{{id: {ACCOUNT}, host: "https://{HOST}", token: $TOKEN}}'
    told = [f"version: 1\nmanager: bench\naccount: {account}\nchannels:\n"]
    told += [f"  mail-{n}: {{type: dbt_email, address: team-{n}@generated.example}}\n" for n in range(edges // 250)]
    told.append("notifications:\n")
    for recipient in range(edges // 250):
        names = ", ".join(f"Block {block:04d} *" for block in blocks(recipient, edges // 5))
        told.append(f"  - {{to: mail-{recipient}, on: [failure, cancelled], jobs: {{name: [{names}]}}}}\n")
    return "".join(told)


def generated(edges: int) -> Inventory:
    """Return an account of that many edges, all of them for failure and cancellation."""
    jobs = edges // 5
    return Inventory(
        host=HOST,
        account_id=ACCOUNT,
        jobs={1 + n: _job(1 + n, f"Block {n // BLOCK:04d} Job {n}") for n in range(jobs)},
        projects={1: Project(id=1, name="Everything")},
        environments={
            1: Environment(id=1, project_id=1, name="Production", type="deployment", deployment_type="production")
        },
        users={},
        notifications=tuple(_row(recipient, jobs) for recipient in range(edges // 250)),
        subscriptions=(),
        taken_at="2026-01-01T00:00:00+00:00",
    )


def _job(number: int, name: str) -> Job:
    return Job(id=number, name=name, project_id=1, environment_id=1, job_type="scheduled", cron="0 6 * * *")


def _row(recipient: int, jobs: int) -> NotificationRow:
    ids = frozenset(1 + block * BLOCK + n for block in blocks(recipient, jobs) for n in range(BLOCK))
    told = {Outcome.FAILURE, Outcome.CANCELLED}
    return NotificationRow(
        id=1 + recipient,
        type=NotificationType.EMAIL,
        key=RecipientKey.email(f"team-{recipient}@generated.example"),
        user_id=1,
        jobs={outcome: ids if outcome in told else frozenset[int]() for outcome in NATIVE_OUTCOMES},
    )
