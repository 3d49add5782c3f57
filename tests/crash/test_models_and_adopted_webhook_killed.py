"""SIGKILL at every API call and ledger write of an apply that switches model notifications and takes a webhook over.

Both stand alone here: dbt Cloud has one object for each environment and one webhook, in which somebody else had a hand
before us, so what a half-done change leaves behind is told apart by the ledger only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.sandbox import SandboxOptions, start
from tests.crash.crash_lab import MANAGER, CrashLab, Image, Kill

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(600)]

HEAD = """\
version: 1
manager: {manager}
account: {{id: {account}, host: "{host}", token: $DBT_CLOUD_TOKEN}}
ledger: {{store: file, path: kept/ledger.json}}
"""
BEFORE = """\
model_notifications:
  - {{environment: Production, project: Finance, on: [failure]}}
  - {{environment: Production, project: Growth, on: [failure]}}
"""
AFTER = """\
model_notifications:
  - {{environment: Production, project: Finance, on: [failure, skipped]}}
webhooks:
  - {{name: incident bridge, id: {webhook}, url: "https://hooks.acme.example/dbt/incidents", on: [errored],
     jobs: {{id: [{job}, {other}]}}, description: made by hand in 2025}}
"""
ON = ("on_success", "on_warning", "on_failure", "on_skipped")
KEY = "default/incident bridge"


@dataclass(slots=True, kw_only=True)
class Matrix:
    """The lab, the state before, and every state that a death left behind, once."""

    lab: CrashLab
    start: Image
    webhook: dict[str, Any]
    before: dict[int, list[str]]
    after: dict[int, list[str]] = field(default_factory=dict)
    calls: int = 0
    saves: int = 0
    left: dict[str, Image] = field(default_factory=dict)
    deaths: dict[str, list[Kill]] = field(default_factory=dict)

    def each(self) -> Iterator[str]:
        for state, image in self.left.items():
            self.lab.restore(image)
            yield "after " + " ".join(map(str, self.deaths[state]))


def told(lab: CrashLab) -> dict[int, list[str]]:
    """Return what owners of models are told of, by environment."""
    rows = lab.sandbox.control.rows("model_notifications")
    return {row["environment_id"]: [name for name in ON if row[name]] for row in rows if row["enabled"]}


def bridge(lab: CrashLab) -> dict[str, Any]:
    (found,) = [row for row in lab.webhooks() if row["name"] == "incident bridge"]
    return {name: value for name, value in found.items() if name != "updated_at"}


def environment(lab: CrashLab, project: str) -> int:
    control = lab.sandbox.control
    number = next(row["id"] for row in control.rows("projects") if row["name"] == project)
    there = [row for row in control.rows("environments") if row["project_id"] == number]
    return next(row["id"] for row in there if row["name"] == "Production")


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with start(SandboxOptions()) as sandbox:
        lab = CrashLab.open(sandbox, tmp_path_factory.mktemp("models"))
        try:
            yield _prepared(lab)
        finally:
            lab.close()


def _prepared(lab: CrashLab) -> Matrix:
    _somebody_switched_on_success(lab)
    webhook = bridge(lab)
    where = {"manager": MANAGER, "account": lab.sandbox.account_id, "host": lab.sandbox.url}
    job = next(each for each in webhook["job_ids"] if each in lab.jobs)
    other = next(each for each in lab.jobs if each not in webhook["job_ids"])
    lab.write("before", HEAD.format(**where) + BEFORE.format())
    lab.write("after", HEAD.format(**where) + AFTER.format(webhook=webhook["id"], job=job, other=other))
    first = lab.apply("before")
    assert first.code == 0, first.output
    made = Matrix(lab=lab, start=lab.image(), webhook=webhook, before=told(lab))
    ran = lab.apply("after")
    assert ran.code == 0, ran.output
    made.after, made.calls, made.saves = told(lab), ran.calls, ran.saves
    assert made.after != made.before
    assert bridge(lab)["job_ids"] != webhook["job_ids"]
    for kill in _kills(made):
        _die(made, kill)
    return made


def _somebody_switched_on_success(lab: CrashLab) -> None:
    row = {name: name == "on_success" for name in ON}
    row |= {"environment_id": environment(lab, "Finance"), "account_id": lab.sandbox.account_id, "enabled": True}
    lab.sandbox.control.put_many("model_notifications", [row])


def _kills(matrix: Matrix) -> Iterator[Kill]:
    """Yield all but the moment after an answer: whoever dies there leaves what death on the way back leaves."""
    for moment in ("request", "taken"):
        yield from (Kill(moment, number) for number in range(1, matrix.calls + 1))
    for moment in ("saving", "saved"):
        yield from (Kill(moment, number) for number in range(1, matrix.saves + 1))


def _die(matrix: Matrix, kill: Kill) -> None:
    lab = matrix.lab
    lab.restore(matrix.start)
    ran = lab.apply("after", kill=kill)
    assert ran.killed, f"{kill}: not killed, it ended with {ran.code}\n{ran.output}"
    ledger = json.loads(lab.ledger_path.read_bytes())
    ledger.pop("log", None)
    state = json.dumps([sorted(told(lab).items()), bridge(lab), ledger])
    matrix.left.setdefault(state, lab.image())
    matrix.deaths.setdefault(state, []).append(kill)


def test_every_moment_was_died_at(matrix: Matrix) -> None:
    assert sum(map(len, matrix.deaths.values())) == 2 * matrix.calls + 2 * matrix.saves
    assert matrix.saves >= 2
    assert len(matrix.left) >= 5


def test_run_again_ends_in_the_same_state(matrix: Matrix) -> None:
    lab = matrix.lab
    for deaths in matrix.each():
        again = lab.apply("after")
        assert again.code == 0, f"{deaths}\n{again.output}"
        assert told(lab) == matrix.after, deaths
        ledger = lab.ledger()
        assert {claim.environment_id for claim in ledger.models.values()} == {environment(lab, "Finance")}, deaths
        assert not any(claim.pending for claim in ledger.models.values()), deaths
        claim = ledger.subscriptions[KEY]
        assert (claim.id, claim.state.value, claim.receipt) == (matrix.webhook["id"], "secret-unknown", None), deaths
        assert bridge(lab)["active"] is True, deaths
        assert lab.deletions() == [], deaths
        plan = lab.run("plan", "after.yml", "--detailed-exitcode")
        assert plan.code == 0, f"{deaths}\n{plan.output}"


def test_run_again_with_the_change_reverted_ends_at_the_start(matrix: Matrix) -> None:
    """A webhook that was announced as taken over and is dropped again is switched off; before that it is as it was."""
    lab = matrix.lab
    for deaths in matrix.each():
        again = lab.apply("before")
        assert again.code == 0, f"{deaths}\n{again.output}"
        assert told(lab) == matrix.before, deaths
        webhook = bridge(lab)
        assert webhook == matrix.webhook or (KEY in lab.tombstones() and not webhook["active"]), deaths
        assert lab.deletions() == [], deaths
        assert not any(claim.pending for claim in lab.ledger().models.values()), deaths
        plan = lab.run("plan", "before.yml", "--detailed-exitcode")
        assert plan.code == 0, f"{deaths}\n{plan.output}"


def test_without_its_ledger_it_switches_nothing_off(matrix: Matrix) -> None:
    lab = matrix.lab
    for deaths in matrix.each():
        lab.ledger_path.unlink()
        before, was = told(lab), bridge(lab)
        again = lab.apply("after")
        assert again.code == 0, f"{deaths}\n{again.output}"
        assert all(set(outcomes) <= set(told(lab)[number]) for number, outcomes in before.items()), deaths
        assert (bridge(lab)["active"], bridge(lab)["id"]) == (was["active"], was["id"]), deaths
