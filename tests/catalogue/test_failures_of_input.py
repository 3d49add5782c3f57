"""Failures seen in other tools: what they make of what they are given."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import StalePlan
from reconciler.model.secret import Reference
from reconciler.plan.document import plan_document
from reconciler.plan.saved import SavedPlan, compare
from reconciler.policy import open_account
from tests.builders import policy
from tests.catalogue.catalogue_lab import CHANNELS, live_edges, refused_without_a_write, tells
from tests.render.plans import everything
from tests.scenarios.conformity_lab import Bench

WRONG_DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize("more", [(), ("--yes",), ("--json",), ("--additions-only",), ("--repair-drift",)])
def test_an_approval_is_checked_also_where_nothing_else_is(bench: Bench, more: tuple[str, ...]) -> None:
    bench.policy(tells("maria: Daily Revenue"))
    refused_without_a_write(bench, lambda: bench.run("apply", "--expect", WRONG_DIGEST, *more), code=5)
    assert bench.run("plan", "--out", "plan.json").code == 0
    saved = ("apply", "--plan", "plan.json", "--expect", WRONG_DIGEST, *more)
    refused_without_a_write(bench, lambda: bench.run(*saved), code=5)


def test_a_selector_that_matches_nothing_is_no_empty_plan(bench: Bench) -> None:
    bench.policy(tells('maria: "Nothing is called *"'))
    plan = bench.run("plan")
    assert "No changes" not in plan.out
    assert "Nothing to do beside what must be answered." in plan.out
    assert "Nothing is called *" in plan.out
    assert bench.run("apply").code == 6


@pytest.mark.parametrize("path", ["nowhere/*.yml", "nowhere", "empty"])
def test_a_path_that_holds_no_policy_is_an_error(bench: Bench, path: str) -> None:
    Path("empty").mkdir()
    plan = bench.run("plan", path)
    assert plan.code in {3, 64}
    assert "No changes" not in plan.out


@pytest.mark.parametrize(
    "text",
    [
        CHANNELS + "notifications: []\nnotifications: []\n",
        CHANNELS.replace("maria@acme.example}", "maria@acme.example, email: jonas@acme.example}"),
        CHANNELS + "  maria: {type: dbt_user, email: jonas@acme.example}\n",
    ],
    ids=["at the top", "inside a channel", "a channel twice"],
)
def test_of_two_equal_keys_neither_wins(bench: Bench, text: str) -> None:
    bench.policy(text)
    refused = bench.run("plan")
    assert refused.code == 3
    assert "alerts.yml:" in refused.err


def test_a_digest_covers_the_target() -> None:
    plan = everything()
    moved = [
        replace(plan, host="https://other.us1.dbt.com"),
        replace(plan, account_id=plan.account_id + 1),
        replace(plan, manager="somebody-else"),
    ]
    digests = {plan_document(each)["digest"] for each in (plan, *moved)}
    assert len(digests) == 4


@pytest.mark.parametrize("target", [{"host": "https://other.us1.dbt.com"}, {"account_id": 12}, {"manager": "other"}])
def test_a_plan_is_held_against_each_part_of_its_target(target: dict[str, Any]) -> None:
    plan = replace(everything(), guards=(), from_snapshot=False)
    saved = SavedPlan.from_document(plan_document(plan))
    at = saved.expires_at - timedelta(hours=1)
    assert compare(saved, plan, at=at).run == plan.actions
    with pytest.raises(StalePlan):
        compare(saved, replace(plan, **target), at=at)


def test_a_plan_for_one_target_is_not_applied_to_another(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.policy(tells("maria: Daily Revenue"))
    assert bench.run("plan", "--out", "plan.json").code == 0
    monkeypatch.setenv("DBT_CLOUD_HOST", bench.sandbox.url.replace("127.0.0.1", "localhost"))
    refused_without_a_write(bench, lambda: bench.run("apply", "--plan", "plan.json"), code=5)


def test_256_errors_are_not_success(bench: Bench) -> None:
    wrong = "".join(
        f"  - {{to: nobody-{number}, on: [failure], jobs: {{project: Finance}}}}\n" for number in range(256)
    )
    bench.policy(f"{CHANNELS}notifications:\n{wrong}")
    command = [sys.executable, "-m", "reconciler", "plan", "policies"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    assert found.stderr.count("nobody-") >= 256
    assert found.returncode == 3


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2]), "DBT_CLOUD_TOKEN": "x"}


@pytest.mark.parametrize("value", ["00123", "1e5", "0x10", "1_000", "on", "null", "12:30"])
def test_a_value_of_the_environment_stays_the_text_that_it_is(value: str) -> None:
    account = replace(policy().account, token=Reference("DBT_CLOUD_TOKEN"), id=Reference("ACCOUNT"))
    opened = open_account(replace(policy(), account=account), {"DBT_CLOUD_TOKEN": value, "ACCOUNT": "12"})
    assert opened.token.reveal() == value


@pytest.mark.parametrize("bench_with", [{"token": "00123456"}], indirect=True)
def test_a_token_of_digits_reaches_dbt_cloud_with_its_zeros(bench_with: Bench) -> None:
    bench_with.policy(tells("maria: Daily Revenue"))
    assert bench_with.run("plan").code == 0


def test_one_teams_stale_selector_stops_nobody_else(bench: Bench) -> None:
    team = "team: growth\nnotifications:\n  - {to: priya, on: [failure], jobs: {name: Weekly Funnel}}\n"
    bench.policy(tells())
    bench.policy(team, head="", file="growth.yml")
    assert bench.apply()["exit_code"] == 0
    before = live_edges(bench)
    bench.sandbox.control.change("jobs", bench.job("Weekly Funnel")["id"], name="Renamed last week")
    bench.policy(tells("maria: Hourly Orders"))
    applied = bench.apply()
    assert applied["exit_code"] == 6, "the stale selector is said"
    orders = bench.job("Hourly Orders")["id"]
    (maria,) = [row for row in bench.rows(type=1) if orders in row["on_failure"]]
    assert live_edges(bench) == before | {(maria["id"], "on_failure", orders)}
