"""Failures seen in other tools: what they believe of the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogue.catalogue_lab import CHANNELS, live_edges, refused_without_a_write, tells
from tests.scenarios.conformity_lab import Bench

ONE = "maria: Daily Revenue"
FOUR = (ONE, "maria: Hourly Orders", "maria: Hourly Payments", "maria: Invoice Export")


@pytest.mark.parametrize(
    ("listed", "query"),
    [("jobs", ""), ("jobs", "offset=100"), ("notifications", ""), ("users", ""), ("projects", "")],
    ids=lambda each: each or "first",
)
def test_a_short_page_is_no_small_account(bench: Bench, listed: str, query: str) -> None:
    bench.sandbox.control.generate(jobs=120)
    bench.policy(tells(*FOUR))
    assert bench.run("apply").code == 0
    bench.sandbox.control.add_fault(method="GET", path=f"*/{listed}/*", query=query, short_page=1)
    refused = refused_without_a_write(bench, lambda: bench.run("apply"), code=1)
    assert "Who stops being told" not in refused.out


def test_guards_judge_a_snapshot_as_they_judge_live(bench: Bench) -> None:
    bench.policy(tells(*FOUR, "maria: Month Close"))
    assert bench.run("apply").code == 0
    assert bench.run("snapshot", "--out", "live.json").code == 0
    bench.policy(tells(ONE))
    live, cached = bench.plan(), bench.plan("--live", "live.json")
    assert cached["guards"] == live["guards"] != []
    assert bench.run("plan", "--live", "live.json").code == bench.run("plan").code == 4


def test_what_the_token_may_not_see_is_not_deleted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.policy(tells(*FOUR))
    assert bench.run("apply").code == 0
    before = live_edges(bench)
    bench.policy(
        CHANNELS + "notifications:\n  - {to: maria, on: [failure], jobs: {project: Growth, name: Weekly Funnel}}\n"
    )
    growth = next(row["id"] for row in bench.sandbox.control.rows("projects") if row["name"] == "Growth")
    narrow = bench.sandbox.control.add_token(project_ids=[growth])
    monkeypatch.setenv("DBT_CLOUD_TOKEN", str(narrow.get("token") or narrow["id"]))
    plan = bench.plan()
    assert bench.done(plan) == ["add"]
    assert [kept["why"] for kept in plan["kept"]] == ["invisible"] * 4
    bench.run("apply")
    assert before <= live_edges(bench)


def test_a_renamed_channel_is_the_same_recipient(bench: Bench) -> None:
    place = "type: dbt_slack, channel_id: C0123456789, linked_by: platform@acme.example"
    slack = f"  {{name}}: {{{{{place}, channel_name: '{{shown}}'}}}}\n"
    rule = "notifications:\n  - {{to: {name}, on: [failure], jobs: {{project: Finance, name: Daily Revenue}}}}\n"
    bench.policy(CHANNELS + (slack + rule).format(name="data-alerts", shown="#data-alerts"))
    assert bench.run("apply").code == 0
    before = live_edges(bench)
    bench.policy(CHANNELS + (slack + rule).format(name="finance-alerts", shown="#finance-alerts"))
    plan = bench.plan()
    assert not {"add", "remove"} & set(bench.done(plan)), bench.done(plan)
    assert bench.run("apply").code == 0
    assert live_edges(bench) == before
    assert len(bench.rows(slack_channel_id="C0123456789", state=1)) == 1


def test_a_changed_manager_touches_nothing_of_the_old_one(bench: Bench) -> None:
    bench.policy(tells(*FOUR))
    assert bench.run("apply").code == 0
    before = live_edges(bench)
    text = Path("policies/alerts.yml").read_text()
    Path("policies/alerts.yml").write_text(text.replace("acme-data-alerts", "renamed").replace("Month", "Quarter"))
    refused_without_a_write(bench, lambda: bench.run("apply"), code=4)
    Path(".dbt-alerts/ledger.json").unlink()
    bench.policy(tells(ONE))
    assert "remove" not in bench.done(bench.plan())
    assert bench.run("apply").code == 0
    assert live_edges(bench) == before
