"""SIGKILL at every API call and every ledger write of a rotation, with real processes and a receiver that checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.sandbox import SandboxOptions, start
from tests.crash.crash_lab import MANAGER, CrashLab, Image, Kill
from tests.scenarios.rotate_bench import Receiver, receiving

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(600)]

POLICY = """\
version: 1
manager: {manager}
account: {{id: {account}, host: "{host}", token: $DBT_CLOUD_TOKEN}}
ledger: {{store: file, path: kept/ledger.json}}
webhooks:
  - {{name: lineage, url: "{url}", on: [completed], jobs: {{id: {job}}},
     secret_sink: {{store: file, path: kept/lineage.secret}}}}
"""


@dataclass(slots=True, kw_only=True)
class Place:
    lab: CrashLab
    start: Image
    calls: int
    saves: int

    def kills(self) -> Iterator[Kill]:
        for moment in ("request", "taken", "answered"):
            yield from (Kill(moment, number) for number in range(1, self.calls + 1))
        for moment in ("saving", "saved"):
            yield from (Kill(moment, number) for number in range(1, self.saves + 1))

    def ours(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.lab.webhooks() if row["name"] == "lineage"]

    def told(self) -> list[str]:
        """The active webhooks whose secret is in the file."""
        known = (self.lab.secret("lineage") or "").split("\n")
        return [row["id"] for row in self.ours() if row["active"] and row["hmac_secret"] in known]

    def on(self) -> list[str]:
        return [row["id"] for row in self.ours() if row["active"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("rotate")
    with start(SandboxOptions()) as sandbox, receiving(folder / "kept" / "lineage.secret") as receiver:
        lab = CrashLab.open(sandbox, folder)
        try:
            yield _prepared(lab, receiver)
        finally:
            lab.close()


def _prepared(lab: CrashLab, receiver: Receiver) -> Place:
    where = {"manager": MANAGER, "account": lab.sandbox.account_id, "host": lab.sandbox.url}
    lab.write("hook", POLICY.format(**where, url=receiver.url, job=lab.jobs[0]))
    first = lab.apply("hook")
    assert first.code == 0, first.output
    image = lab.image()
    ran = lab.run("rotate", "default/lineage", "hook.yml")
    assert ran.code == 0, ran.output
    return Place(lab=lab, start=image, calls=ran.calls, saves=ran.saves)


def test_killed_anywhere_somebody_is_told_and_running_it_again_ends_it(place: Place) -> None:
    died = 0
    for kill in place.kills():
        place.lab.restore(place.start)
        ran = place.lab.run("rotate", "default/lineage", "hook.yml", kill=kill)
        died += ran.killed
        assert place.told(), f"{kill}: no active webhook's secret is in the sink\n{ran.output}"
        again = place.lab.run("rotate", "default/lineage", "hook.yml")
        assert again.code == 0, f"{kill}\n{again.output}"
        assert place.told() == place.on(), kill
        assert len(place.on()) == 1, kill
        claim = place.lab.ledger().subscriptions["default/lineage"]
        assert [claim.id] == place.on(), kill
        known = {claim.id, *(each.id for each in claim.retired)}
        assert {row["id"] for row in place.ours()} == known, f"{kill}: a webhook that the ledger does not know"
    # How often the receipt is asked for depends on the clock: a kill at the last calls may find none left.
    assert died >= 3 * (place.calls - 3) + 2 * place.saves
    assert place.saves >= 4
