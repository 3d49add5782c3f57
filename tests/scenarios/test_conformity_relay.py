"""Issue, "Policy, plan, apply": what waits for the relay is shown before → after and is no difference."""

from __future__ import annotations

from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import MARIA, ORDERS, REVENUE, told, whys

CHANNELS = MARIA + "  critical: {type: slack, url: $SLACK_URL}\n"
RELAY = """\
relay: {url: "https://alerts.acme.example/dbt", secret_sink: {store: file, path: .dbt-alerts/relay.secret}}
tiers: {critical: {rank: 1, notify: {failure: [critical]}}}
jobs:
  - {match: {project: Finance, environment: Production, name: Daily Revenue}, tier: critical, sla: {due: "%s"}}
"""


def test_a_moved_deadline_is_shown_before_and_after_and_is_no_difference(bench: Bench) -> None:
    bench.policy(CHANNELS + RELAY % "08:00")
    assert bench.run("apply").code == 0
    bench.policy(CHANNELS + RELAY % "09:00")
    shown = bench.run("plan", "--detailed-exitcode")
    assert shown.code == 0
    assert "Daily Revenue (Production): due 08:00 → 09:00" in shown.out
    assert "No changes." in shown.out
    assert bench.run("apply").code == 0
    assert bench.plan()["relay"]["changes"] == []


def test_apply_makes_no_subscription_for_the_relay_and_opens_no_reference(bench: Bench) -> None:
    bench.policy(CHANNELS + RELAY % "08:00")
    bench.sandbox.control.clear_log()
    before = bench.plan()["coverage"]["before"]
    assert (bench.apply()["exit_code"], bench.writes()) == (0, [])
    assert bench.plan()["coverage"]["after"] == before


def test_additions_only_does_not_call_the_relay_policy_applied(bench: Bench) -> None:
    bench.policy(CHANNELS + RELAY % "08:00")
    bench.run("apply")
    bench.policy(CHANNELS + RELAY % "09:00")
    assert bench.run("apply", "--additions-only").code == 0
    assert [change["after"] for change in bench.plan()["relay"]["changes"]] == ["09:00"]


def test_a_native_removal_whose_replacement_is_relayed_waits(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(ORDERS, channels=CHANNELS, more=RELAY % "08:00"))
    shown = bench.run("plan", "--detailed-exitcode")
    assert (shown.code, whys(bench.plan())) == (0, ["waiting"])
    bench.settles()
    assert whys(bench.plan()) == ["waiting"]
