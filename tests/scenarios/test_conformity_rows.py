"""Design §5, *identity*: rows that are deleted, doubled, or not enough to be made."""

from __future__ import annotations

import pytest

from reconciler.sandbox.options import Revival
from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import MARIA, ORDERS, on, told

MAIL = "channels:\n  mail: {type: dbt_email, address: '%s', owner: platform@acme.example}\n"
TOLD = on("mail", "Finance", "Daily Revenue")


@pytest.mark.parametrize("bench_with", [{"revival": each} for each in Revival], indirect=True, ids=str)
def test_a_soft_deleted_row_is_revived_with_our_edges_only_or_made_anew(bench_with: Bench) -> None:
    bench = bench_with
    bench.policy(told(TOLD, channels=MAIL % "old-team@acme.example"))
    report = bench.apply()
    (active,) = bench.rows(external_email="old-team@acme.example", state=1)
    assert (report["exit_code"], active["on_failure"]) == (0, [bench.job("Daily Revenue")["id"]])
    revived = bench.rows(external_email="old-team@acme.example") == [active]
    assert [f"job {bench.job('Daily Ledger')['id']}" in note for note in report["notes"]] == [True] * revived
    bench.settles()


def test_a_row_that_was_deleted_after_our_apply_is_drift(bench: Bench) -> None:
    bench.policy(told(TOLD, channels=MAIL % "new@acme.example"))
    bench.apply()
    bench.sandbox.control.change("notifications", bench.row(external_email="new@acme.example")["id"], state=2)
    assert [action["cause"] for action in bench.plan()["actions"]] == ["drift"]
    bench.settles()


def test_addresses_that_differ_in_case_and_blanks_are_one_recipient(bench: Bench) -> None:
    owner = bench.user("platform@acme.example")["id"]
    bench.add_row(4, owner, external_email="Dup@acme.example")
    bench.add_row(4, owner, external_email=" dup@acme.example")
    channels = MARIA + (MAIL % "dup@ACME.example").removeprefix("channels:\n")
    bench.policy(told(TOLD, ORDERS, channels=channels))
    plan = bench.plan()
    assert [item["kind"] for item in plan["blocked"]] == ["two-rows"]
    assert [action["recipient_name"] for action in plan["actions"]] == ["maria@acme.example"]


def test_a_changed_channel_name_is_a_setting_and_drift_is_told_apart(bench: Bench) -> None:
    channels = "channels:\n  mail: {type: dbt_slack, channel_id: C0123456789, channel_name: '%s'}\n"
    bench.policy(told(TOLD, channels=channels % "#data-alerts"))
    bench.apply()
    row = bench.row(type=2, slack_channel_id="C0123456789")
    bench.policy(told(TOLD, channels=channels % "#alerts"))
    assert [action["cause"] for action in bench.plan()["actions"]] == ["policy"]
    bench.settles()
    assert bench.row(id=row["id"])["slack_channel_name"] == "#alerts"
    bench.sandbox.control.change("notifications", row["id"], slack_channel_name="#by-hand")
    assert [action["cause"] for action in bench.plan()["actions"]] == ["drift"]
    bench.settles()


def test_a_row_of_the_account_wide_slack_app_can_be_made(bench: Bench) -> None:
    app = "channels:\n  mail: {type: dbt_slack_app, channel_id: C0123456789, channel_name: '#data-alerts'%s}\n"
    bench.policy(told(TOLD, channels=app % ""))
    (blocked,) = bench.plan()["blocked"]
    assert (blocked["kind"], "`owner`" in blocked["what"]) == ("incomplete", True)
    bench.policy(told(TOLD, channels=app % ", owner: platform@acme.example"))
    assert bench.apply()["exit_code"] == 0
    assert bench.row(type=5)["on_failure"] == [bench.job("Daily Revenue")["id"]]
    assert len(bench.rows(slack_channel_id="C0123456789")) == 2
    bench.settles()


def test_an_address_outlives_the_user_who_stands_for_it(bench: Bench) -> None:
    mail = (MAIL % "vendor@acme.example").replace("platform@", "leo@")
    bench.policy(told(TOLD, channels=mail))
    plan = bench.plan()
    assert (plan["notes"], plan["coverage"]["after"] - plan["coverage"]["before"]) == ([], 1)
