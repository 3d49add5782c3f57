"""Saved plans in a shared account: two pull requests, other people's hands, a policy that was taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import INVOICES, ORDERS, PAYMENTS, REVENUE, on, told

SLACK = """\
channels:
  alerts: {type: dbt_slack, channel_id: C0123456789, channel_name: "#data-alerts", linked_by: platform@acme.example%s}
notifications:
  - {to: alerts, on: [failure], jobs: {project: Finance, environment: Production, name: Hourly Orders}}
"""
HOOK = """\
webhooks:
  - {name: lineage, url: "https://catalog.acme.example/dbt", on: [completed], jobs: {project: Finance, name: "%s"},
     secret_sink: {store: file, path: .dbt-alerts/lineage.secret}}
"""


def save(bench: Bench, name: str = "plan.json", *options: str) -> str:
    done = bench.run("plan", "--out", name, *options)
    assert done.code == 0, done
    bench.sandbox.control.clear_log()
    return name


def applies(bench: Bench, name: str) -> dict[str, Any]:
    found = bench.run("apply", "--json", "--plan", name)
    assert found.code == 0, found
    return found.json


def refuses(bench: Bench, name: str) -> str:
    found = bench.run("apply", "--plan", name)
    assert (found.code, bench.writes()) == (5, []), found
    return found.err


def maria(bench: Bench) -> dict[str, Any]:
    return bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])


JONAS = on("jonas", "Finance", "Hourly Payments")
SIDE_BY_SIDE = {
    "another recipient": (ORDERS, JONAS),
    "the same row": (ORDERS, PAYMENTS),
    "the same job": (ORDERS, on("maria", "Finance", "Hourly Orders", "cancelled")),
}


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "the later one first"])
@pytest.mark.parametrize("pair", SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE.keys())
def test_two_plans_made_side_by_side_both_apply(bench: Bench, pair: tuple[str, str], turned: bool) -> None:
    bench.policy(told(REVENUE))
    bench.apply()
    requests = []
    for number, line in enumerate(pair):
        bench.policy(told(REVENUE, line))
        requests.append((line, save(bench, f"{number}.json")))
    merged = [REVENUE]
    for line, name in reversed(requests) if turned else requests:
        merged.append(line)
        bench.policy(told(*merged))
        assert applies(bench, name)["counts"]["done"] == 1
    assert bench.plan()["differs"] is False


def test_both_merged_before_the_first_is_applied_and_each_does_its_own(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    bench.apply()
    for name, line in (("one.json", ORDERS), ("two.json", PAYMENTS)):
        bench.policy(told(REVENUE, line))
        save(bench, name)
    bench.policy(told(REVENUE, ORDERS, PAYMENTS))
    for name in ("one.json", "two.json"):
        assert applies(bench, name)["counts"]["done"] == 1
    assert bench.plan()["differs"] is False


def test_the_plan_of_a_change_that_was_taken_back_does_nothing_of_it(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(REVENUE, PAYMENTS) + HOOK % "Hourly *")
    name = save(bench, "plan.json", "--allow", "coverage=1")
    bench.policy(told(REVENUE, ORDERS))
    bench.sandbox.control.clear_log()
    assert applies(bench, name)["counts"]["done"] == 0
    assert bench.writes() == []


def test_a_webhook_that_is_not_the_one_reviewed_waits(bench: Bench) -> None:
    bench.policy(told(REVENUE) + HOOK % "Hourly Orders")
    name = save(bench)
    bench.policy(told(REVENUE) + HOOK % "Hourly *")
    report = applies(bench, name)
    assert [each.split()[0] for each in report["not_in_saved_plan"]] == ["create-webhook"]
    assert not any("webhooks" in write for write in bench.writes())


# --- other people's hands ---------------------------------------------------------------------------------------------
def test_foreign_edges_that_come_and_go_do_not_make_it_stale(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    bench.apply()
    bench.policy(told(REVENUE, ORDERS))
    name = save(bench)
    foreign = [bench.job("Invoice Export")["id"], bench.job("Month Close")["id"]]
    row = maria(bench)
    bench.sandbox.control.change(
        "notifications", row["id"], on_failure=[*row["on_failure"], *foreign], on_success=foreign
    )
    applies(bench, name)
    assert set(foreign) <= set(maria(bench)["on_failure"]), "what others added stays"
    name = save(bench)
    kept = [each for each in maria(bench)["on_failure"] if each not in foreign]
    bench.sandbox.control.change("notifications", row["id"], on_failure=kept, on_success=[])
    applies(bench, name)
    assert maria(bench)["on_success"] == []
    assert bench.plan()["differs"] is False


def test_what_somebody_added_by_hand_in_between_is_taken_over_as_reviewed(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    name = save(bench)
    bench.add_row(1, bench.user("jonas@acme.example")["id"], on_failure=[bench.job("Hourly Orders")["id"]])
    bench.policy(told(REVENUE, ORDERS, on("jonas", "Finance", "Hourly Orders")))
    applies(bench, name)
    assert [action["do"] for action in bench.plan()["actions"]] == ["adopt"], "jonas was in no reviewed plan"
    name = save(bench, "next.json")
    assert applies(bench, name)["counts"]["done"] == 1
    assert bench.plan()["differs"] is False


def test_an_addition_that_is_there_already_is_claimed(bench: Bench) -> None:
    bench.policy(told(INVOICES))
    name = save(bench)
    bench.sandbox.control.change(
        "notifications", maria(bench)["id"], on_failure=[*maria(bench)["on_failure"], bench.job("Invoice Export")["id"]]
    )
    assert applies(bench, name)["not_in_saved_plan"] == []
    assert bench.writes() == []
    assert bench.plan()["differs"] is False


def test_a_removal_that_somebody_did_by_hand_is_forgotten(bench: Bench) -> None:
    bench.policy(told(INVOICES, ORDERS))
    bench.apply()
    bench.policy(told(ORDERS))
    name = save(bench, "plan.json", "--allow", "coverage=1")
    rest = [each for each in maria(bench)["on_failure"] if each != bench.job("Invoice Export")["id"]]
    bench.sandbox.control.change("notifications", maria(bench)["id"], on_failure=rest)
    assert applies(bench, name)["not_in_saved_plan"] == []
    assert bench.writes() == []
    assert bench.plan()["differs"] is False


def test_a_row_that_somebody_saved_again_does_not_make_it_stale(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    name = save(bench)
    bench.sandbox.control.change("notifications", maria(bench)["id"], updated_at="2026-01-01T00:00:00+00:00")
    applies(bench, name)
    assert bench.plan()["differs"] is False


@pytest.mark.parametrize("first", [True, False], ids=["before the first apply", "after it"])
def test_a_display_name_that_somebody_changed_waits(bench: Bench, first: bool) -> None:
    bench.policy(SLACK % "")
    if not first:
        bench.apply()
    name = save(bench)
    row = bench.row(slack_channel_id="C0123456789")
    bench.sandbox.control.change("notifications", row["id"], slack_channel_name="#renamed")
    applies(bench, name)
    assert bench.row(slack_channel_id="C0123456789")["slack_channel_name"] == "#renamed"
    assert [action["do"] for action in bench.plan()["actions"]] == ["change-recipient"]


def test_a_display_name_that_the_policy_changed_refuses(bench: Bench) -> None:
    bench.policy(SLACK % "")
    name = save(bench)
    bench.policy((SLACK % "").replace('"#data-alerts"', '"#renamed"'))
    assert "change-recipient: #renamed, channel_name\n" in refuses(bench, name)


def test_a_job_that_somebody_deleted_waits(bench: Bench) -> None:
    optional = ORDERS.replace("name:", "optional: true, name:")
    bench.policy(told(REVENUE, optional))
    bench.apply()
    bench.policy(told(REVENUE, optional, PAYMENTS))
    name = save(bench)
    bench.sandbox.control.change("jobs", bench.job("Hourly Orders")["id"], state=2)
    report = applies(bench, name)
    assert [each.split()[0] for each in report["not_in_saved_plan"]] == ["remove"]
    assert [action["reason"] for action in bench.plan()["actions"]] == ["dangling"]


def test_a_job_that_somebody_made_waits_for_its_webhook(bench: Bench) -> None:
    bench.policy(told(REVENUE) + HOOK % "Hourly *")
    bench.apply()
    bench.policy(told(REVENUE, ORDERS) + HOOK % "Hourly *")
    name = save(bench)
    made = {key: value for key, value in bench.job("Hourly Orders").items() if key != "id"}
    bench.sandbox.control.put_many("jobs", [{**made, "name": "Hourly Refunds"}])
    report = applies(bench, name)
    assert [each.split()[0] for each in report["not_in_saved_plan"]] == ["change-webhook"]


def test_an_intruder_on_an_exclusive_channel_waits(bench: Bench) -> None:
    bench.policy(SLACK % ", exclusive: true")
    name = save(bench, "first.json", "--allow", _all(bench))
    applies_with(bench, name, _all(bench))
    name = save(bench)
    row = bench.row(slack_channel_id="C0123456789")
    job = bench.job("Month Close")["id"]
    bench.sandbox.control.change("notifications", row["id"], on_failure=[*row["on_failure"], job])
    applies(bench, name)
    assert job in bench.row(slack_channel_id="C0123456789")["on_failure"]
    assert [action["do"] for action in bench.plan()["actions"]] == ["evict"]


def _all(bench: Bench) -> str:
    """Return the one allowance that the plan asks for; `prune=0` where it asks for none."""
    return next((each["allow"] for each in bench.plan()["guards"]), "prune=0")


def applies_with(bench: Bench, name: str, allow: str) -> None:
    done = bench.run("apply", "--plan", name, "--allow", allow)
    assert done.code == 0, done


def test_a_channel_that_became_exclusive_since_refuses(bench: Bench) -> None:
    bench.policy(SLACK % "")
    name = save(bench)
    bench.policy(SLACK % ", exclusive: true")
    assert "evict" in refuses(bench, name)


# --- what an apply shows and records ---------------------------------------------------------------------------------
def test_policy_commit_and_generation_are_shown_and_the_digest_is_recorded(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    name = save(bench)
    digest = json.loads(Path(name).read_text())["digest"]
    bench.policy(told(REVENUE, ORDERS))
    done = bench.run("apply", "--plan", name)
    assert done.code == 0, done
    assert f"Saved plan {digest.removeprefix('sha256:')[:12]}" in done.out
    assert "(now " in done.out, "the policy moved on, and it says so"
    assert "Hourly Orders" in done.out.partition("not in the saved plan")[2], "what waits is named"
    assert bench.ledger()["log"][-1]["plan_digest"] == digest


def test_both_digests_expected_are_the_strictest_form(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    name = save(bench)
    document = json.loads(Path(name).read_text())
    expected = ("--expect", document["digest"], "--expect", document["policy_digest"])
    bench.policy(told(REVENUE, ORDERS))
    refused = bench.run("apply", "--plan", name, *expected)
    assert (refused.code, bench.writes()) == (5, [])
    bench.policy(told(REVENUE))
    assert bench.run("apply", "--plan", name, *expected).code == 0
