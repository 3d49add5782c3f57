"""A plan on an account that twenty managers share, from 1,000 to 100,000 edges: time, memory, and how both grow.

*Pure* is `desire` and `build_plan` in this process, with the ledgers of the other nineteen. *Whole* is the process
`dbt-alerts plan --live FILE --json` with `ledger: {store: git}` on a repository of this machine: it fetches and reads
all twenty ledgers. Each recipient has 250 edges of five managers; ours wants what it owns, so nothing changes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_growth import ACCOUNT, BLOCK, EDGES, HOST, blocks, exponent, generated, seconds
from benchmarks.measure import ROOT, finished, middle, run
from reconciler.cloud.snapshot import to_json
from reconciler.ledger.codec import encode
from reconciler.ledger.git_branch import LedgerBranch
from reconciler.ledger.git_command import Git
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Claim, Ledger, Others
from reconciler.model.outcome import Outcome
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.policy import load

__all__ = ["EDGES", "MANAGERS", "measure"]

MANAGERS: Final = 20
_OURS: Final = "manager-00"


def measure(*, rounds: int, edges: tuple[int, ...] = EDGES) -> dict[str, Any]:
    """Return CPU seconds and peak memory by number of edges of all managers together, and the exponents."""
    pure: dict[int, float] = {}
    whole: dict[int, float] = {}
    peak: dict[int, float] = {}
    for count in edges:
        with tempfile.TemporaryDirectory() as folder:
            pure[count], whole[count], peak[count] = _at(count, Path(folder), rounds)
    return {
        "managers": MANAGERS,
        "pure_cpu_s": {str(count): round(found, 4) for count, found in pure.items()},
        "pure_exponent": exponent(pure),
        "whole_cpu_s": {str(count): round(found, 3) for count, found in whole.items()},
        "whole_exponent": exponent(whole),
        "whole_exponent_of_the_last_step": exponent(dict(list(whole.items())[-2:])),
        "peak_mb": {str(count): round(found, 1) for count, found in peak.items()},
        "peak_exponent": exponent(peak),
    }


def _at(edges: int, folder: Path, rounds: int) -> tuple[float, float, float]:
    inventory = generated(edges)
    ledgers = _ledgers(edges)
    (folder / "policy.yml").write_text(_policy(edges), encoding="utf-8")
    (folder / "live.json").write_text(to_json(inventory), encoding="utf-8")
    _publish(ledgers, folder)
    policy = load([folder / "policy.yml"])
    ours, *rest = ledgers

    def plan() -> object:
        inventory.__dict__.pop("edges", None)  # a plan starts from rows: their edges are made once for each
        others = Others(ledgers=tuple(rest), shared=True)
        desired = desire(policy, inventory)
        return build_plan(desired=desired, inventory=inventory, ledger=ours, intent=Intent(), others=others)

    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [sys.executable, "-m", "reconciler", "plan", "policy.yml", "--live", "live.json", "--json"]
    found = [finished(run(command, environ=environ, folder=folder)) for _ in range(rounds)]
    return (
        min(seconds(plan) for _ in range(rounds)),
        min(each.cpu for each in found),
        middle([each.peak_mb for each in found]),
    )


def _manager(recipient: int, place: int) -> int:
    """Return who owns the block at this place of a recipient's five: everybody meets everybody on some row."""
    return (recipient * 5 + place) % MANAGERS


def _owned(edges: int) -> dict[int, list[tuple[int, int]]]:
    """Return each manager's pairs of recipient and block."""
    owned: dict[int, list[tuple[int, int]]] = {number: [] for number in range(MANAGERS)}
    for recipient in range(edges // 250):
        for place, block in enumerate(blocks(recipient, edges // 5)):
            owned[_manager(recipient, place)].append((recipient, block))
    return owned


def _ledgers(edges: int) -> list[Ledger]:
    return [
        Ledger(
            host=HOST,
            account_id=ACCOUNT,
            manager=f"manager-{number:02d}",
            generation=1,
            claims={claim.edge: claim for recipient, block in pairs for claim in _claims(recipient, block)},
        )
        for number, pairs in _owned(edges).items()
    ]


def _claims(recipient: int, block: int) -> list[Claim]:
    key = RecipientKey.email(f"team-{recipient}@generated.example")
    return [
        Claim(
            edge=Edge(key, outcome, 1 + block * BLOCK + n),
            project_id=1,
            environment_id=1,
            team="default",
            channel=f"mail-{recipient}",
        )
        for outcome in (Outcome.FAILURE, Outcome.CANCELLED)
        for n in range(BLOCK)
    ]


def _policy(edges: int) -> str:
    account = f'{{id: {ACCOUNT}, host: "https://{HOST}", token: $TOKEN}}'
    told = [f"version: 1\nmanager: {_OURS}\naccount: {account}\nledger: {{store: git}}\nchannels:\n"]
    told += [f"  mail-{n}: {{type: dbt_email, address: team-{n}@generated.example}}\n" for n in range(edges // 250)]
    told.append("notifications:\n")
    for recipient, block in _owned(edges)[0]:
        name = f'"Block {block:04d} *"'
        told.append(f"  - {{to: mail-{recipient}, on: [failure, cancelled], jobs: {{name: {name}}}}}\n")
    return "".join(told)


def _publish(ledgers: list[Ledger], folder: Path) -> None:
    """Make `folder` a clone whose remote keeps the ledgers."""
    _git(folder, "init", "--quiet", "--bare", "remote.git")
    _git(folder, "init", "--quiet")
    _git(folder, "remote", "add", "origin", str(folder / "remote.git"))
    git = Git(folder, environ={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)})
    branch = LedgerBranch(git, remote="origin", branch="dbt-alerts-ledger", sleep=lambda _: None)
    place = f"{HOST}/{ACCOUNT}"
    files = {f"{place}/{each.manager}.json": branch.store(encode(each).encode()) for each in ledgers}
    commit = branch.commit(None, files, message="the ledgers of all managers", at=datetime.now(UTC))
    pushed = branch.push(commit, expected=None)
    if pushed.code != 0:
        raise SystemExit(f"the ledgers cannot be pushed: {pushed.reason}")


def _git(folder: Path, *arguments: str) -> None:
    finished(run(["git", "-c", "init.defaultBranch=main", *arguments], folder=folder))
