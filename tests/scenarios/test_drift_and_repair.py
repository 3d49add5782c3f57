"""Everything that can happen to what is ours is told; what an apply can repair it repairs; the rest says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.drift import LOUD, DriftKind
from tests.scenarios.conformity_lab import Bench
from tests.scenarios.drift_lab import Hands, findings, kinds, wants

BY_HAND = {
    DriftKind.LEDGER_LOST,
    DriftKind.WEBHOOK_REPLACED,
    DriftKind.NOT_DELIVERED,
    DriftKind.JOB_INVISIBLE,
}


@pytest.fixture
def hands(bench: Bench) -> Hands:
    """An account that is as the policy says, before anybody touches it."""
    bench.policy(wants())
    assert bench.apply()["exit_code"] == 0
    assert findings(bench) == []
    return Hands(bench)


def test_whatever_an_apply_can_repair_is_told_loud_first_and_repaired(bench: Bench, hands: Hands) -> None:
    hands.breaks_everything_repairable()
    told = findings(bench)
    assert {finding["kind"] for finding in told} == set(DriftKind) - BY_HAND - {DriftKind.MODELS_CHANGED}
    loudness = [finding["loud"] for finding in told]
    assert loudness == sorted(loudness, reverse=True)
    assert {finding["kind"] for finding in told if finding["loud"]} <= LOUD
    assert {finding["repair"] for finding in told} == {"repair-drift", "apply"}

    left = bench.plan()
    assert {action["cause"] for action in left["actions"] if action["id"] in left["left_for_another_run"]} == {"drift"}
    assert [finding["allow"] for finding in bench.plan("--repair-drift")["guards"]] == ["rearm=2"]
    assert bench.run("apply", "--repair-drift").code == 4
    assert bench.run("apply", "--repair-drift", "--allow", "rearm=2").code == 0
    assert findings(bench) == []
    assert bench.plan()["actions"] == []


def test_the_next_step_of_a_webhook_that_is_off_is_the_command_that_repairs_it(bench: Bench, hands: Hands) -> None:
    hands.switches_off("off")
    (finding,) = findings(bench)
    _, _, command = finding["next_step"].partition("then dbt-alerts ")
    assert bench.run(*command.split()).code == 0
    assert findings(bench) == []


def test_without_being_asked_nothing_is_repaired_and_no_webhook_is_switched_on(bench: Bench, hands: Hands) -> None:
    hands.breaks_everything_repairable()
    before = [each for each in findings(bench) if each["repair"] == "repair-drift"]
    assert bench.apply()["exit_code"] == 0
    assert [each for each in findings(bench) if each["repair"] == "repair-drift"] == before
    assert bench.webhook("off")["active"] is False


def test_a_person_who_left_is_told_of_and_what_to_do_about_it(bench: Bench, hands: Hands) -> None:
    hands.deactivates("maria")
    lost, silent = findings(bench)
    both = [bench.job(name)["id"] for name in ("Daily Revenue", "Month Close")]
    assert (lost["kind"], lost["repair"], [job["id"] for job in lost["jobs"]]) == ("coverage-lost", "by-hand", both)
    assert (silent["kind"], silent["recipient_name"], silent["repair"]) == (
        "not-delivered",
        "maria@acme.example",
        "by-hand",
    )
    assert "tell somebody else" in silent["next_step"]
    assert bench.run("apply", "--repair-drift").code == 0
    assert kinds(bench) == ["coverage-lost", "not-delivered"]
    hands.activates("maria")
    assert findings(bench) == []


def test_slack_is_silent_once_the_user_who_linked_it_is_gone(bench: Bench, hands: Hands) -> None:
    hands.deactivates("platform")
    assert [(each["kind"], each["recipient_name"]) for each in findings(bench)] == [("not-delivered", "#room")]
    assert "linked_by" in findings(bench)[0]["next_step"]


def test_a_job_out_of_sight_is_not_called_deleted(bench: Bench, hands: Hands) -> None:
    job = bench.job("Hourly Orders")
    bench.sandbox.control.remove("jobs", job["id"])
    assert [(each["kind"], each["jobs"]) for each in findings(bench)] == [
        ("job-invisible", [{"id": job["id"], "name": ""}])
    ]
    assert bench.run("apply", "--repair-drift").code == 6
    assert kinds(bench) == ["job-invisible"]
    bench.sandbox.control.put("jobs", job)
    assert findings(bench) == []


def test_a_webhook_that_somebody_made_anew_has_another_secret(bench: Bench, hands: Hands) -> None:
    copy = bench.webhook("gone")
    bench.sandbox.control.remove("webhooks", copy["id"])
    bench.sandbox.control.put("webhooks", {**copy, "id": "wsu_copy"})
    (finding,) = findings(bench)
    assert (finding["kind"], finding["loud"], finding["repair"]) == ("webhook-replaced", True, "by-hand")
    bench.sandbox.control.remove("webhooks", "wsu_copy")
    assert bench.run("apply", "--repair-drift").code == 0
    assert findings(bench) == []


def test_what_waits_for_an_answer_says_what_for_first(bench: Bench, hands: Hands) -> None:
    row = hands.user_row("maria")
    hands.takes_out(row, "Daily Revenue")
    bench.add_row(1, row["user_id"])
    finding = next(each for each in findings(bench) if each["kind"] == "edge-removed")
    assert finding["repair"] == "by-hand"
    assert "has 2 notification rows" in finding["next_step"]
    assert finding["next_step"].startswith("first: ")


def test_a_webhook_whose_rule_is_not_answered_is_still_looked_at(bench: Bench, hands: Hands) -> None:
    bench.sandbox.control.change("jobs", bench.job("Docs")["id"], name="Documents")
    hands.switches_off("off")
    found = {each["webhook"]: each for each in findings(bench)}
    assert found["default/off"]["kind"] == "webhook-switched-off"
    assert found["default/off"]["next_step"].startswith("first: an entry of `webhooks:` lists what live does not have")
    assert found["default/off"]["repair"] == "by-hand"


def test_a_lost_ledger_is_loud_where_marks_prove_it_and_never_peace(bench: Bench, hands: Hands) -> None:
    Path(".dbt-alerts/ledger.json").unlink()
    assert kinds(bench) == ["ledger-lost"]
    assert bench.run("drift", "--detailed-exitcode").code == 2
    assert "No drift" not in bench.run("drift").out


def test_drift_never_makes_a_saved_plan_stale(bench: Bench, hands: Hands) -> None:
    more = "mutes:\n  - {jobs: {name: Docs}, until: 2099-01-01, reason: none}\n"
    bench.policy(wants(more).replace("name: Hourly Orders", "name: [Hourly Orders, Invoice Export]"))
    assert bench.run("plan", "--out", "plan.json").code == 0
    hands.takes_out(hands.user_row("maria"), "Daily Revenue")
    hands.changes_webhook("renamed", name="ours")
    assert kinds(bench) == ["coverage-lost", "edge-removed", "webhook-changed"]
    assert bench.run("apply", "--plan", "plan.json", "--yes").code == 0
    assert bench.plan()["left_for_another_run"] != []
