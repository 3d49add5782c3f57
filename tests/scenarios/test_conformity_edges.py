"""Design §4.3 and §5, sentence by sentence: edges."""

from __future__ import annotations

from typing import Any

from tests.scenarios.conformity_lab import Bench

CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example%s}
  jonas: {type: dbt_user, email: jonas@acme.example}
"""
MARIA = CHANNELS % ""
UNPROTECTED = CHANNELS % ", protect: false"


def told(*lines: str, channels: str = MARIA, more: str = "") -> str:
    return channels + more + "notifications:\n" + "".join(f"  - {line}\n" for line in lines)


def on(who: str, project: str, name: str, outcome: str = "failure") -> str:
    return f"{{to: {who}, on: [{outcome}], jobs: {{project: {project}, environment: Production, name: {name}}}}}"


REVENUE = on("maria", "Finance", "Daily Revenue")
ORDERS = on("maria", "Finance", "Hourly Orders")
PAYMENTS = on("maria", "Finance", "Hourly Payments")
INVOICES = on("maria", "Finance", "Invoice Export")


def whys(plan: dict[str, Any]) -> list[str]:
    return [kept["why"] for kept in plan["kept"]]


def test_a_selector_that_stops_matching_blocks_its_rule_and_keeps_its_claims(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.sandbox.control.change("jobs", bench.job("Daily Revenue")["id"], name="Revenue, daily")
    bench.policy(told(REVENUE, PAYMENTS))
    plan = bench.plan()
    assert [item["kind"] for item in plan["blocked"]] == ["no-match"]
    assert "did you mean Daily Revenue?" not in plan["blocked"][0]["what"]
    assert whys(plan) == ["blocked", "blocked"]
    assert bench.done(plan) == ["add"]
    assert bench.apply()["exit_code"] == 6
    assert bench.plan()["differs"] is False
    assert bench.run("plan", "--detailed-exitcode").code == 0


def test_an_edge_whose_job_is_listed_as_deleted_is_removed_as_dangling(bench: Bench) -> None:
    bench.policy(told(REVENUE.replace("name:", "optional: true, name:"), ORDERS))
    bench.apply()
    bench.sandbox.control.change("jobs", bench.job("Daily Revenue")["id"], state=2)
    plan = bench.plan()
    assert [(a["do"], a["reason"]) for a in plan["actions"]] == [("remove", "dangling")]
    assert bench.apply()["exit_code"] == 0
    bench.settles()


def test_an_edge_whose_job_is_listed_in_no_state_is_kept_as_invisible(bench: Bench) -> None:
    bench.policy(told(REVENUE.replace("name:", "optional: true, name:"), ORDERS))
    bench.apply()
    job = bench.job("Daily Revenue")["id"]
    bench.sandbox.control.remove("jobs", job)
    plan = bench.plan()
    assert bench.done(plan) == []
    assert whys(plan) == ["invisible"]
    assert bench.apply()["exit_code"] == 0
    assert job in bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])["on_failure"]


def test_held_outside_scope_is_kept_claimed_and_reported(bench: Bench) -> None:
    bench.policy(told(REVENUE, on("maria", "Growth", "Weekly Funnel")))
    bench.apply()
    bench.policy(told(REVENUE, more="scope: {projects: [Finance]}\n"))
    plan = bench.plan()
    assert (bench.done(plan), whys(plan)) == ([], ["held"])
    bench.settles()
    assert whys(bench.plan()) == ["held"]


def test_scope_of_a_job_deleted_in_another_project_holds_its_edge(bench: Bench) -> None:
    bench.policy(told(REVENUE, on("maria", "Growth", "Weekly Funnel")))
    bench.apply()
    bench.sandbox.control.change("jobs", bench.job("Weekly Funnel")["id"], state=2)
    bench.policy(told(REVENUE, more="scope: {projects: [Finance]}\n"))
    plan = bench.plan()
    assert (bench.done(plan), whys(plan)) == ([], ["held"])


def test_release_leaves_live_and_gives_up_the_claim(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    orders = bench.job("Hourly Orders")["id"]
    bench.policy(told(REVENUE, more="release:\n  - {to: maria, jobs: {name: Hourly Orders}}\n"))
    assert bench.done(bench.plan()) == ["release"]
    bench.settles()
    assert orders in bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])["on_failure"]
    bench.policy(told(REVENUE))
    assert bench.done(bench.plan()) == []


def test_exclusive_removes_foreign_edges_inside_scope_and_the_prune_guard_counts_them(bench: Bench) -> None:
    bench.policy(told(REVENUE, channels=CHANNELS % ", exclusive: true"))
    plan = bench.plan()
    assert sorted(bench.done(plan)) == ["add", "evict", "evict", "evict"]
    bench.apply("--allow", "coverage=1")
    row = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    assert (row["on_failure"], row["on_warning"]) == ([bench.job("Daily Revenue")["id"]], [])
    bench.settles()


def test_two_rows_for_one_key_block_that_recipient_and_nothing_else(bench: Bench) -> None:
    maria = bench.user("maria@acme.example")["id"]
    bench.add_row(1, maria)
    bench.policy(told(REVENUE, on("jonas", "Finance", "Hourly Orders")))
    plan = bench.plan()
    assert [item["kind"] for item in plan["blocked"]] == ["two-rows"]
    assert [action["recipient_name"] for action in plan["actions"]] == ["jonas@acme.example"]
    assert bench.apply()["exit_code"] == 6


def test_an_unknown_user_blocks_its_channel_and_keeps_what_it_had(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(REVENUE, channels=MARIA.replace("maria@", "nobody@")))
    plan = bench.plan()
    assert [item["kind"] for item in plan["blocked"]] == ["unknown-user"]
    assert (bench.done(plan), whys(plan)) == ([], ["blocked", "blocked"])


def test_foreign_ids_are_preserved_with_their_order(bench: Bench) -> None:
    maria = bench.user("maria@acme.example")["id"]
    before = bench.row(type=1, user_id=maria)
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    after = bench.row(type=1, user_id=maria)
    assert after["on_failure"][: len(before["on_failure"])] == before["on_failure"]
    bench.policy(told(REVENUE))
    bench.apply("--allow", "coverage=1")
    assert bench.row(type=1, user_id=maria)["on_warning"] == before["on_warning"]
    assert set(before["on_failure"]) <= set(bench.row(type=1, user_id=maria)["on_failure"])


def test_unknown_fields_and_types_pass_through_untouched_and_are_reported_once(bench: Bench) -> None:
    maria = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    bench.sandbox.control.change("notifications", maria["id"], shiny={"new": [1]})
    bench.add_row(9, bench.user("jonas@acme.example")["id"], on_failure=[1])
    bench.policy(told(REVENUE))
    plan = bench.plan()
    assert len([note for note in plan["notes"] if "shiny" in note]) == 1
    assert len([note for note in plan["notes"] if "type 9" in note]) == 1
    bench.apply()
    sent = [e for e in bench.sandbox.control.log() if e["method"] == "POST"]
    assert len(sent) == 1
    assert bench.row(type=9)["on_failure"] == [1]


def test_recipients_are_never_deleted(bench: Bench) -> None:
    bench.policy(told(on("jonas", "Finance", "Daily Revenue"), ORDERS))
    bench.apply()
    bench.policy(told(ORDERS))
    bench.apply("--allow", "coverage=1")
    row = bench.row(type=1, user_id=bench.user("jonas@acme.example")["id"])
    assert (row["state"], row["on_failure"]) == (1, [])


def test_a_departed_user_delivers_nothing_and_counts_for_no_coverage(bench: Bench) -> None:
    bench.policy(
        told(
            on("leo", "Finance", "Daily Revenue"), channels=MARIA + "  leo: {type: dbt_user, email: leo@acme.example}\n"
        )
    )
    plan = bench.plan()
    assert bench.done(plan) == ["add"]
    assert plan["coverage"]["before"] == plan["coverage"]["after"]
    assert any("leo@acme.example" in note for note in plan["notes"])


def test_an_addition_whose_edge_is_ours_is_drift_and_waits_for_repair(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    row = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    orders = bench.job("Hourly Orders")["id"]
    bench.sandbox.control.change("notifications", row["id"], on_failure=[j for j in row["on_failure"] if j != orders])
    assert [action["cause"] for action in bench.plan()["actions"]] == ["drift"]
    assert bench.apply()["counts"]["deferred"] == 1
    assert bench.done(bench.plan()) == ["add"]
    bench.settles()
    assert orders in bench.row(id=row["id"])["on_failure"]


def test_protect_is_kept_in_the_ledger_and_lifted_before_the_removal(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS, channels=CHANNELS % ", protect: true"))
    bench.apply()
    bench.policy(told(REVENUE, channels=MARIA))
    assert bench.run("apply", "--allow", "coverage=1").code == 4
    bench.policy(told(REVENUE, channels=UNPROTECTED))
    plan = bench.plan()
    assert bench.done(plan) == ["update-claim"] * 2
    assert whys(plan) == ["protected"]
    assert bench.apply()["exit_code"] == 0
    assert bench.done(bench.plan("--allow", "coverage=1")) == ["remove"]
    assert bench.apply("--allow", "coverage=1")["exit_code"] == 0
    bench.settles()


def test_a_protected_edge_of_a_deleted_job_refuses_nothing_and_is_lifted_by_protect_false(bench: Bench) -> None:
    bench.policy(told(REVENUE.replace("name:", "optional: true, name:"), ORDERS, channels=CHANNELS % ", protect: true"))
    bench.apply()
    bench.sandbox.control.change("jobs", bench.job("Daily Revenue")["id"], state=2)
    assert bench.run("plan").code == 0
    assert whys(bench.plan()) == ["protected"]
    bench.policy(told(REVENUE.replace("name:", "optional: true, name:"), ORDERS, channels=UNPROTECTED))
    assert bench.apply()["exit_code"] == 0
    assert [action["reason"] for action in bench.plan()["actions"]] == ["dangling"]
    bench.settles()


def test_additions_only_is_not_refused_for_a_protected_item_that_it_would_not_remove(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS, channels=CHANNELS % ", protect: true"))
    bench.apply()
    bench.policy(told(REVENUE, PAYMENTS, channels=CHANNELS % ", protect: true"))
    assert bench.run("apply").code == 4
    assert bench.run("apply", "--additions-only").code == 0
