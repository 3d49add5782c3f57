"""`notify` and an event that dbt Cloud contradicts, a channel that is told nothing, and whom it tells first."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox
from tests.scenarios.alert_lab import AlertDesk, alert_sandbox

POLICY = """\
channels:
  chat: {type: slack, url: $SLACK_CRITICAL_URL}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY}
  datadog: {type: datadog, api_key: $DD_API_KEY, site: datadoghq.com}
metrics: [datadog]
tiers:
  critical: {rank: 1, notify: {failure: [chat, datadog, oncall], success: [chat]}}
jobs:
  - {match: {project: Finance, environment: Production, name: Daily Revenue}, tier: critical, impact: Revenue is stale}
"""


@pytest.fixture(scope="module")
def vendors() -> Iterator[RunningSandbox]:
    yield from alert_sandbox()


@pytest.fixture
def desk(
    tmp_path: Path, vendors: RunningSandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AlertDesk:
    there = AlertDesk.at(tmp_path, vendors, monkeypatch, capsys)
    there.policy(POLICY)
    return there


def event(desk: AlertDesk, run: int, *, account: int | None = None) -> str:
    """Write the body of a webhook that says `Daily Revenue` of the run, and return where."""
    data = {"jobId": str(desk.job()), "runId": str(run), "runStatusCode": 20, "runErroredAt": "2026-03-02T06:00:00Z"}
    body = {"accountId": account or desk.sandbox.account_id, "eventId": "e", "eventType": "job.run.errored"}
    Path("event.json").write_text(json.dumps({**body, "timestamp": "2026-03-02T06:00:00Z", "data": data}), "utf-8")
    return "event.json"


def test_an_event_of_another_account_asks_dbt_cloud_for_nothing(desk: AlertDesk) -> None:
    done = desk.command("notify", "--event", event(desk, desk.ran("failure"), account=7))
    assert done.code == 64
    assert "the event is of account 7" in done.err
    assert not [each for each in desk.sandbox.control.log() if "/runs/" in each["path"]]


def test_an_event_whose_run_is_another_jobs_is_refused_and_nobody_is_told(desk: AlertDesk) -> None:
    run = desk.ran("failure", job="Hourly Orders")
    done = desk.command("notify", "--event", event(desk, run))
    assert done.code == 64
    assert f"run {run} is of job {desk.job()}, and dbt Cloud of job {desk.job('Hourly Orders')}" in done.err
    assert desk.arrived("slack") == []


def test_a_channel_that_is_told_nothing_is_said_so_and_is_no_success(desk: AlertDesk) -> None:
    run = str(desk.ran("success"))
    done = desk.command("notify", "--run", run, "--channel", "oncall", "--channel", "chat")
    assert done.code == 6
    assert "not told: oncall, the policy tells it nothing of this now" in done.out
    assert "tells nobody" not in done.out
    shown = desk.command("notify", "--run", run, "--channel", "oncall", "--dry-run", "--json").json
    assert (shown["result"], shown["untold"]) == ("partly", ["oncall"])


def test_whoever_is_woken_is_told_first(desk: AlertDesk) -> None:
    done = desk.notify(desk.ran("failure"))
    assert [each["channel"] for each in done["delivered"]] == ["oncall", "chat", "datadog"]


def test_metrics_are_sent_once_where_the_channel_is_told_of_the_failure_too(desk: AlertDesk) -> None:
    desk.notify(desk.ran("failure"), "--channel", "datadog")
    assert len(desk.arrived("datadog")) == 2  # the event, and the points


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_run_that_ended_at_no_time_is_told_all_the_same(desk: AlertDesk, time: str) -> None:
    Path("event.json").write_text(
        Path(event(desk, 404))
        .read_text("utf-8")
        .replace('"runErroredAt": "2026-03-02T06:00:00Z"', f'"runErroredAt": "{time}"'),
        "utf-8",
    )
    assert desk.command("notify", "--event", "event.json", "--channel", "chat").code == 0
    assert len(desk.arrived("slack")) == 1
