"""Design §5, sentence by sentence: webhooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import REVENUE, told

NOTIFICATIONS = told(REVENUE)
JOBS = '{project: Finance, name: "Hourly *"}'
SINK = "secret_sink: {store: file, path: .dbt-alerts/lineage.secret}"


def hook(more: str = "", *, jobs: str = JOBS, url: str = "https://catalog.acme.example/dbt", sink: str = SINK) -> str:
    keys = ", ".join(key for key in (f'url: "{url}"', "on: [completed]", f"jobs: {jobs}", sink, more) if key)
    return f"webhooks:\n  - {{name: lineage, {keys}}}\n"


def wants(*arguments: str, **keys: str) -> str:
    return NOTIFICATIONS + hook(*arguments, **keys)


def causes(plan: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(action["cause"], list(action["after"])) for action in plan["actions"]]


def guards(plan: dict[str, Any]) -> list[str]:
    return [finding["guard"] for finding in plan["guards"]]


def switched_off(bench: Bench) -> None:
    """Let dbt Cloud switch our webhook off."""
    reason = "Webhook deactivated after 7 days of failed deliveries."
    bench.sandbox.control.change("webhooks", bench.webhook("lineage")["id"], active=False, deactivate_reason=reason)


def test_a_dropped_webhook_is_a_tombstone_and_wakes_without_a_guard(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.policy(NOTIFICATIONS)
    assert bench.apply()["exit_code"] == 0
    assert bench.webhook("lineage")["active"] is False
    bench.settles()
    bench.policy(wants())
    assert bench.apply()["exit_code"] == 0
    assert bench.webhook("lineage")["active"] is True
    bench.settles()


def test_protect_keeps_a_webhook_until_protect_false_is_applied(bench: Bench) -> None:
    bench.policy(wants("protect: true"))
    bench.apply()
    bench.policy(NOTIFICATIONS)
    assert guards(bench.plan()) == ["protected"]
    assert bench.run("apply", "--additions-only").code == 0
    bench.policy(wants("protect: false"))
    assert bench.apply()["exit_code"] == 0
    bench.policy(NOTIFICATIONS)
    assert bench.done(bench.plan()) == ["deactivate-webhook"]
    bench.settles()


def test_a_team_that_drops_its_only_webhook_wants_nothing(bench: Bench) -> None:
    bench.policy(NOTIFICATIONS)
    bench.policy("team: hooks\n" + hook(), head="", file="hooks.yml")
    bench.apply()
    Path("policies/hooks.yml").unlink()
    assert guards(bench.plan()) == ["empty-team"]
    assert bench.run("apply", "--allow", "empty-team=hooks").code == 0
    bench.settles()


def test_a_new_url_on_a_switched_off_webhook_keeps_it_off_and_the_rearm_guard_awake(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    switched_off(bench)
    bench.policy(wants(url="https://catalog2.acme.example/dbt"))
    assert causes(bench.plan()) == [("policy", ["url"]), ("drift", ["active"])]
    assert bench.apply()["exit_code"] == 0
    live = bench.webhook("lineage")
    assert (live["client_url"], live["active"]) == ("https://catalog2.acme.example/dbt", False)
    assert bench.apply()["exit_code"] == 0
    assert bench.webhook("lineage")["active"] is False
    assert guards(bench.plan("--repair-drift")) == ["rearm"]
    assert bench.run("apply", "--repair-drift", "--allow", "rearm=1").code == 0
    assert bench.plan()["actions"] == []


def test_additions_only_rearms_nothing(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    switched_off(bench)
    assert bench.run("apply", "--additions-only", "--repair-drift").code == 0
    assert bench.webhook("lineage")["active"] is False


def test_every_job_must_be_allowed_by_scope_and_by_the_exact_number(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.policy(wants(jobs="all"))
    assert bench.run("plan").code == 3
    bench.policy(wants(jobs="all") + "scope: {all_jobs_webhooks: true}\n")
    assert guards(bench.plan()) == ["widen"]
    assert bench.run("apply", "--allow", "widen=2").code == 4
    assert bench.run("apply", "--allow", "widen=1").code == 0
    assert bench.webhook("lineage")["job_ids"] == []
    bench.settles()


def test_a_lost_ledger_adopts_by_the_mark_and_the_secret_is_unknown(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    Path(".dbt-alerts/ledger.json").unlink()
    assert bench.done(bench.plan()) == ["adopt", "adopt-webhook"]
    bench.settles()
    assert [claim["state"] for claim in bench.ledger()["subscriptions"]] == ["secret-unknown"]


def test_a_webhook_that_must_be_made_without_a_sink_is_blocked(bench: Bench) -> None:
    bench.policy(wants(sink=""))
    plan = bench.plan()
    assert [item["kind"] for item in plan["blocked"]] == ["sink"]
    assert bench.apply()["exit_code"] == 6


def test_a_webhook_that_somebody_deleted_is_drift(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.sandbox.control.remove("webhooks", bench.webhook("lineage")["id"])
    assert [(action["do"], action["cause"]) for action in bench.plan()["actions"]] == [("create-webhook", "drift")]
    assert bench.apply()["counts"]["deferred"] == 1
    bench.settles()


def test_drift_and_policy_of_one_webhook_are_told_apart(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.sandbox.control.change("webhooks", bench.webhook("lineage")["id"], name="mine now", job_ids=[])
    bench.policy(wants().replace("[completed]", "[errored]"))
    assert causes(bench.plan()) == [("policy", ["events"]), ("drift", ["name", "jobs"])]
    assert bench.apply()["exit_code"] == 0
    live = bench.webhook("mine now")
    assert (live["event_types"], live["job_ids"]) == (["job.run.errored"], [])
    bench.settles()


def test_a_live_marker_of_another_manager_is_a_conflict(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    other = bench.webhook("lineage")["description"].replace("acme-data-alerts", "somebody-else")
    bench.sandbox.control.change("webhooks", bench.webhook("everything to the lake")["id"], description=other)
    plan = bench.plan()
    assert (guards(plan), plan["guards"][0]["allow"]) == (["conflict"], None)


def test_invisible_jobs_of_a_webhook_stay_in_its_list(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.sandbox.control.remove("jobs", bench.job("Hourly Orders")["id"])
    assert bench.plan()["actions"] == []


def test_a_webhook_is_never_emptied_it_is_switched_off(bench: Bench) -> None:
    bench.policy(wants(jobs="{project: Finance, name: Invoice Export, optional: true}"))
    bench.apply()
    bench.sandbox.control.change("jobs", bench.job("Invoice Export")["id"], state=2)
    bench.settles()
    live = bench.webhook("lineage")
    assert (live["active"], len(live["job_ids"])) == (False, 1)


def test_a_released_webhook_stays_as_it_is(bench: Bench) -> None:
    bench.policy(wants())
    bench.apply()
    bench.policy(NOTIFICATIONS + "release:\n  - {webhook: lineage}\n")
    assert bench.done(bench.plan()) == ["release-webhook"]
    bench.settles()
    assert bench.webhook("lineage")["active"] is True
    bench.policy(NOTIFICATIONS)
    assert bench.plan()["actions"] == []


@pytest.mark.parametrize("durable", ["", ".dbt-alerts"])
def test_in_ci_a_sink_that_would_vanish_is_refused_before_the_first_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, durable: str
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("DBT_ALERTS_DURABLE", durable and str(Path(durable).resolve()))
    bench.policy(wants(sink="secret_sink: {store: file, path: elsewhere/lineage.secret}"))
    bench.sandbox.control.clear_log()
    assert bench.run("apply").code == 4
    assert (bench.writes(), os.path.exists("elsewhere")) == ([], False)  # noqa: PTH110 - the working directory is ours
