"""Design §4.7, sentence by sentence: what a saved plan still allows when the policy or live has moved on."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.plan.document import digest_of
from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import ORDERS, PAYMENTS, REVENUE, on, told


def saved(bench: Bench, name: str = "plan.json") -> str:
    bench.run("plan", "--out", name)
    return name


def test_guards_judge_again_what_will_run_and_not_what_waits(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(REVENUE))
    bench.run("plan", "--out", "plan.json", "--allow", "coverage=1")
    reviewed = "plan.json"
    bench.policy(told(REVENUE, on("jonas", "Finance", "Hourly Orders")))
    refused = bench.run("apply", "--plan", reviewed)
    assert (refused.code, "coverage" in refused.err) == (4, True)


def test_expect_holds_the_policy_that_is_applied_and_not_what_the_file_says(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    reviewed = saved(bench)
    digest = json.loads(Path(reviewed).read_text())["policy_digest"]
    assert bench.run("apply", "--plan", reviewed, "--expect", digest).code == 0
    bench.policy(told(REVENUE, ORDERS))
    assert bench.run("apply", "--plan", reviewed, "--expect", digest).code == 5


def test_an_extra_addition_is_left_for_the_next_plan(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    reviewed = saved(bench)
    bench.policy(told(REVENUE, ORDERS))
    assert len(bench.apply("--plan", reviewed)["not_in_saved_plan"]) == 1
    assert bench.done(bench.plan()) == ["add"]


def test_an_extra_removal_refuses_and_exactly_it_is_printed(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(REVENUE, ORDERS, PAYMENTS))
    reviewed = saved(bench)
    bench.policy(told(REVENUE, PAYMENTS))
    bench.sandbox.control.clear_log()
    refused = bench.run("apply", "--plan", reviewed)
    assert (refused.code, bench.writes()) == (5, [])
    (shown,) = [line for line in refused.err.splitlines() if line.startswith("  ")]
    assert "remove" in shown
    assert "Hourly Orders" in shown or str(bench.job("Hourly Orders")["id"]) in shown


def test_two_plans_side_by_side_are_applied_one_after_the_other(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    bench.apply()
    bench.policy(told(REVENUE, ORDERS))
    first = saved(bench, "first.json")
    bench.policy(told(REVENUE, PAYMENTS))
    second = saved(bench, "second.json")
    bench.policy(told(REVENUE, ORDERS))
    assert bench.run("apply", "--plan", first).code == 0
    bench.policy(told(REVENUE, ORDERS, PAYMENTS))
    assert bench.run("apply", "--plan", second).code == 0
    assert bench.plan()["actions"] == []


def test_drift_never_makes_a_plan_stale(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(REVENUE, ORDERS, PAYMENTS))
    reviewed = saved(bench)
    row = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    bench.sandbox.control.change("notifications", row["id"], on_failure=[])
    assert bench.run("apply", "--plan", reviewed).code == 0
    assert [action["cause"] for action in bench.plan()["actions"]] == ["drift", "drift"]


def test_an_expiry_without_a_time_zone_is_no_traceback(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    path = Path(saved(bench))
    document = json.loads(path.read_text()) | {"expires_at": "2099-01-01T00:00:00"}
    path.write_text(json.dumps(document | {"digest": digest_of(document)}))
    assert bench.run("apply", "--plan", str(path)).code == 5
