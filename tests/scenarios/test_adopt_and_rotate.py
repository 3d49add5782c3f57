"""A webhook made by hand is imported, taken over, and rotated to a known secret: then the ledger's id counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.conformity_lab import Bench
from tests.scenarios.rotate_bench import SECRET, Receiver, receiving

KEY = "finance/incident bridge"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / SECRET) as known:
        yield known


def test_from_unknown_to_known_without_a_change_that_nobody_asked_for(bench: Bench, receiver: Receiver) -> None:
    by_hand = bench.webhook("incident bridge")
    bench.sandbox.control.change("webhooks", by_hand["id"], client_url=receiver.url)
    assert bench.run("import", "--manager", "acme-data").code == 0
    assert bench.run("apply").code == 0
    assert bench.plan()["actions"] == []

    file = Path("policies/teams/finance.yml")
    described = "    description: made by hand in 2025\n"
    sink = f"    secret_sink: {{store: file, path: {SECRET}}}\n"
    text = file.read_text()
    assert described in text
    file.write_text(text.replace(described, f"{described}{sink}"))
    assert bench.plan()["actions"] == []
    rotated = bench.run("rotate", KEY)
    assert rotated.code == 0, rotated.err
    rows = {row["id"]: row for row in bench.sandbox.control.rows("webhooks") if row["name"] == "incident bridge"}
    assert [row["active"] for row in rows.values() if row["id"] == by_hand["id"]] == [False]
    assert by_hand["id"] in file.read_text()
    assert bench.plan()["actions"] == []


def test_one_that_somebody_paused_is_in_every_plan_and_its_way_out_works(bench: Bench) -> None:
    by_hand = bench.webhook("incident bridge")
    assert bench.run("import", "--manager", "acme-data").code == 0
    assert bench.run("apply").code == 0
    assert bench.plan()["complete"] is True

    bench.sandbox.control.change("webhooks", by_hand["id"], active=False)
    assert bench.plan()["complete"] is False
    shown = bench.run("plan", "--repair-drift")
    webhooks = shown.out.partition("Webhooks\n")[2].partition("\n\n")[0]
    assert f"webhook {KEY} is off, and no apply switches it on" in webhooks
    assert "give it a `secret_sink`, then `dbt-alerts rotate 'finance/incident bridge'`; or switch it on" in webhooks
    assert bench.run("apply", "--repair-drift").code == 6

    bench.sandbox.control.change("webhooks", by_hand["id"], active=True)
    assert bench.plan()["complete"] is True
    assert bench.run("apply").code == 0


def test_a_fresh_import_is_no_drift_although_somebody_in_it_has_left(bench: Bench) -> None:
    assert bench.run("import", "--manager", "acme-data").code == 0
    assert bench.run("apply").code == 0
    looked = bench.run("drift", "--detailed-exitcode")
    assert looked.code == 0, looked.out
    assert "leo@acme.example" in looked.out
    assert "as when they were taken over" in looked.out
