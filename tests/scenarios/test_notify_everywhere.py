"""What arrives at each vendor when a run ends: one test for each thing that a user would name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.alert_lab import AlertDesk

CHANNELS = """\
channels:
  data-critical: {type: slack, url: $SLACK_CRITICAL_URL, fallback: oncall-mail}
  data-team: {type: slack, token: $SLACK_BOT_TOKEN, channel_id: C0987654321}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY, fallback: oncall-mail}
  oncall-mail: {type: email, to: [oncall@acme.example]}
  leads: {type: teams, url: $TEAMS_LEADS_URL}
  datadog: {type: datadog, api_key: $DD_API_KEY}
  observability: {type: monte_carlo, key_id: $MCD_ID, key_token: $MCD_TOKEN}
  ticketing: {type: webhook, url: $TICKET_URL, headers: {X-Token: $TICKET_TOKEN}, sign: {secret: $TICKET_SECRET}}
  phone: {type: apprise, url: $APPRISE_URL, pages: true}
"""
TEAM = """\
team: finance
owner: maria@acme.example
oncall: {slack: S0123ABCD, name: data-engineer-oncall}
runbook: https://wiki.acme.example/finance
jobs:
  - match: {project: Finance, environment: Production, name: Daily Revenue}
    tier: critical
    impact: Revenue dashboard shows stale data
  - match: {project: Finance, environment: Production, name: Month Close}
    tier: high
    impact: The month is closed later
"""
MODEL = {
    "name": "fct_revenue",
    "type": "model",
    "status": "error",
    "message": 'Database Error in model fct_revenue (models/fct_revenue.sql)\n  relation "raw.orders" does not exist',
    "file": "models/fct_revenue.sql",
}
TEST = {
    "name": "unique_orders_id",
    "type": "test",
    "status": "fail",
    "message": "Got 3 results, configured to fail if != 0",
    "failures": 3,
    "file": "models/schema.yml",
    "owner": "ann@acme.example",
}


def policy(**notify: str) -> str:
    """Return a policy with two tiers; `critical` and `high` say who is told of what."""
    tiers = "".join(
        f"  {name}: {{rank: {rank}, response: at once, notify: {notify.get(name, '{}')}}}\n"
        for rank, name in enumerate(("critical", "high"), start=1)
    )
    return f"{CHANNELS}tiers:\n{tiers}{TEAM}"


@pytest.fixture
def desk(alert_desk: AlertDesk) -> AlertDesk:
    return alert_desk


def sent(message: dict[str, Any]) -> dict[str, Any]:
    """Return the body that the vendor was sent."""
    payload = message["payload"]
    return dict(json.loads(payload) if isinstance(payload, str) else payload)


# --- Slack ------------------------------------------------------------------------------------------------------------
def test_one_slack_message_with_bar_linked_title_status_duration_and_run(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-critical]}"))
    run = desk.ran("failure", nodes=[MODEL], duration=95)
    desk.notify(run)
    (message,) = desk.arrived()
    body = sent(message)
    (card,) = body["attachments"]
    assert card["color"].startswith("#")
    whole = json.dumps(body, ensure_ascii=False)
    assert f"/runs/{run}|[CRITICAL] Daily Revenue failed · Production>" in whole
    for part in ("*Status*", "failed", "*Duration*", "1 min 35 s", str(run), "fct_revenue", "<!subteam^S0123ABCD"):
        assert part in whole, part


def test_a_bot_puts_the_details_into_the_thread_of_its_message(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-team]}"))
    first, *rest = desk.told("failure", nodes=[{**MODEL, "message": MODEL["message"] + "\n  why" * 60}])
    assert rest
    assert {each["thread_ts"] for each in rest} == {first["ts"]}


def test_an_archived_channel_falls_back_to_mail(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-critical]}"))
    desk.sandbox.control.break_channel("slack", "archived")
    (mail,) = desk.told("failure")
    assert (mail["kind"], mail["recipient"]) == ("email", "oncall@acme.example")


# --- PagerDuty --------------------------------------------------------------------------------------------------------
def test_a_critical_failure_triggers_pagerduty_with_its_failed_models(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [oncall]}"))
    run = desk.ran("failure", nodes=[MODEL])
    desk.notify(run)
    body = sent(desk.arrived("pagerduty")[0])
    assert (body["event_action"], body["payload"]["severity"]) == ("trigger", "critical")
    assert body["payload"]["summary"] == "CRITICAL: dbt job failed - Daily Revenue"
    details = json.dumps(body["payload"]["custom_details"])
    for part in ("fct_revenue", "does not exist", str(run), "maria@acme.example", "https://wiki.acme.example/finance"):
        assert part in details, part


def test_a_failure_that_is_not_critical_does_not(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [oncall]}", high="{failure: [data-team]}"))
    assert {each["kind"] for each in desk.told("failure", job="Month Close")} == {"slack"}


def test_a_recovery_resolves_the_incident_that_the_failure_opened(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [oncall], recovered: [oncall]}"))
    (opened,) = desk.told("failure")
    assert opened["status"] == "triggered"
    (closed,) = desk.told("success")
    assert (closed["id"], closed["status"]) == (opened["id"], "resolved")


# --- Monte Carlo and Datadog ------------------------------------------------------------------------------------------
def test_a_failing_test_reaches_monte_carlo_with_its_owner(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [{to: observability, of: test}]}"))
    found = json.dumps(desk.told("failure", nodes=[TEST]))
    for part in ("unique_orders_id", "ann@acme.example"):
        assert part in found, part


def test_a_failing_model_does_not_where_only_tests_are_wanted(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [{to: observability, of: test}]}"))
    assert desk.told("failure", nodes=[MODEL]) == []


def points(messages: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the points that Datadog took, by metric."""
    found: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        for series in sent(message).get("series", []):
            found.setdefault(series["metric"], []).append(series)
    return found


def test_datadog_gets_three_metrics_of_every_run_and_an_event_of_a_failed_one(desk: AlertDesk) -> None:
    desk.policy("metrics: [datadog]\n" + policy())
    messages = desk.told("failure", nodes=[MODEL], duration=95)
    metrics = points(messages)
    assert set(metrics) == {"dbt.job.duration", "dbt.job.success", "dbt.model.duration"}
    (duration,) = metrics["dbt.job.duration"]
    assert duration["points"][0][1] == [95.0]
    assert "job:daily_revenue" in duration["tags"]
    assert metrics["dbt.job.success"][0]["points"][0][1] == [0.0]
    events = [sent(each) for each in messages if "alert_type" in sent(each)]
    assert [(each["alert_type"], "source:dbt_cloud" in each["tags"]) for each in events] == [("error", True)]


def test_datadog_gets_no_event_of_a_good_run_and_no_success_of_a_cancelled_one(desk: AlertDesk) -> None:
    desk.policy("metrics: [datadog]\n" + policy())
    good = desk.told("success")
    assert points(good)["dbt.job.success"][0]["points"][0][1] == [1.0]
    assert not [each for each in good if "alert_type" in sent(each)]
    cancelled = desk.told("cancel")[len(good) :]
    assert "dbt.job.success" not in points(cancelled)


def test_a_channel_of_metrics_that_is_told_of_failures_too_gets_each_point_once(desk: AlertDesk) -> None:
    desk.policy("metrics: [datadog]\n" + policy(critical="{failure: [datadog], warning: [datadog]}"))
    once = desk.told("failure", nodes=[MODEL])
    assert len(points(once)["dbt.job.success"]) == 1
    assert len([each for each in once if "alert_type" in sent(each)]) == 1
    warned = desk.told("warning")[len(once) :]
    assert [series["points"][0][1] for series in points(warned)["dbt.job.success"]] == [[1.0]]
    assert "status:warning" in points(warned)["dbt.job.duration"][0]["tags"]
    assert [sent(each)["alert_type"] for each in warned if "alert_type" in sent(each)] == ["warning"]


# --- everything else --------------------------------------------------------------------------------------------------
def test_teams_gets_a_card(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [leads]}"))
    (message,) = desk.told("failure", nodes=[MODEL])
    (attachment,) = sent(message)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "Daily Revenue failed" in json.dumps(attachment["content"])


def test_a_webhook_of_ones_own_is_signed_and_carries_the_alert_as_data(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [ticketing]}"))
    (message,) = desk.told("failure", nodes=[MODEL])
    headers = {name.lower(): value for name, value in message["headers"].items()}
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["x-token"] == "made-up-ticket-token"
    assert sent(message)["data"]["job"]["name"] == "Daily Revenue"


def test_the_long_tail_is_reached_through_apprise(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [phone]}"))
    (message,) = desk.told("failure")
    assert "Daily Revenue failed" in json.dumps(message, ensure_ascii=False)


def test_a_cancelled_and_a_warned_run_are_told_in_their_own_words(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{cancelled: [data-critical], warning: [data-critical]}"))
    cancelled, warned = [*desk.told("cancel"), *desk.told("warning")[1:]]
    assert "was cancelled" in cancelled["subject"]
    assert "warning" in warned["subject"]


# --- templates of one's own -------------------------------------------------------------------------------------------
def test_an_override_changes_one_message_and_no_other(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-critical, oncall-mail], cancelled: [data-critical]}"))
    shipped = {each["kind"]: each["text"] for each in desk.told("failure")}
    desk.template(
        "slack/failure.j2",
        '{% extends "shipped/slack/failure.j2" %}{% block summary %}Call Maria: {{ job.name }} broke.{% endblock %}',
    )
    before = len(desk.arrived())
    changed = {each["kind"]: each["text"] for each in desk.told("failure")[before:]}
    assert "Call Maria: Daily Revenue broke." in changed["slack"]
    assert "Call Maria" not in changed["email"]
    assert changed["email"].splitlines()[0] == shipped["email"].splitlines()[0]
    assert "Call Maria" not in desk.told("cancel")[-1]["text"]


@pytest.mark.parametrize(
    "broken", ["{{ no_such_name }}", "{% for %}", "{{ 'x' * 10 ** 10 }}", "{% for x in range(10 ** 9) %}{% endfor %}"]
)
def test_a_broken_override_still_delivers_and_reports_itself(desk: AlertDesk, broken: str) -> None:
    desk.policy(policy(critical="{failure: [data-critical]}"))
    desk.template("slack/failure.j2", broken)
    done = desk.notify(desk.ran("failure", nodes=[MODEL]))
    (message,) = desk.arrived()
    assert "fct_revenue" in message["text"]
    trouble = done["delivered"][0]["sent"][0]["template_trouble"]
    assert "slack/failure.j2" in trouble


# --- hostile ----------------------------------------------------------------------------------------------------------
HOSTILE = "<!channel> *x* {{ 7*7 }} <script>alert(1)</script> \u202egnp.exe @here [a](https://evil.example)"


def test_a_hostile_job_name_is_shown_and_does_nothing(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-critical, oncall-mail, leads, oncall]}"))
    job = desk.job()
    desk.sandbox.control.change("jobs", job, name=HOSTILE)
    Path("policies/alerts.yml").write_text(
        Path("policies/alerts.yml").read_text().replace("name: Daily Revenue", f"id: {job}"), encoding="utf-8"
    )
    run = desk.sandbox.control.call("POST", "/runs", json={"job_id": job, "outcome": "failure"})
    desk.sandbox.control.call("POST", "/idle", json={"timeout": 20})
    desk.notify(run["id"])
    slack = json.dumps(sent(desk.arrived("slack")[0]))
    assert "<!channel>" not in slack
    assert "49" not in desk.arrived("slack")[0]["subject"]
    (mail,) = desk.arrived("email")
    assert "<script>" not in mail["html"]
    assert "\u202e" not in mail["html"] + mail["text"] + mail["subject"]
    assert "{{ 7*7 }}" in mail["text"]


def test_no_secret_is_ever_printed(desk: AlertDesk) -> None:
    desk.policy(policy(critical="{failure: [data-critical, data-team, oncall, leads, ticketing, observability]}"))
    for kind in ("slack", "pagerduty", "teams", "monte_carlo", "webhook"):
        desk.sandbox.control.break_channel(kind, "server_error")
    done = desk.command("notify", "--run", str(desk.ran("failure")), "--json")
    for secret in (
        "B0CRITICAL",
        "xoxb-made-up",
        "made0up0integration",
        "sig=made-up",
        "made-up-ticket-token",
        "whsec_",
    ):
        assert secret not in done.out + done.err
