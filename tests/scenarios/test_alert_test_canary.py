"""The canary: a run that fails on purpose, dbt Cloud's own mail about it, and the run's id as the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.alert_lab import AlertDesk

POLICY = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
canary: {job: {project: Finance, name: Month Close}, channels: [maria], token: $CANARY_TOKEN}
rules: {unproved-channel: warn}
notifications:
  - {to: maria, on: [failure], jobs: {project: Finance, name: Daily Revenue}}
"""


@pytest.fixture
def desk(alert_desk: AlertDesk, monkeypatch: pytest.MonkeyPatch) -> AlertDesk:
    alert_desk.policy(POLICY)
    monkeypatch.setenv("CANARY_TOKEN", alert_desk.sandbox.token)
    return alert_desk


def test_the_canary_fails_and_whoever_was_told_proves_it_with_the_runs_id(desk: AlertDesk) -> None:
    missing = desk.command("alert-test", "canary", "--json")
    assert missing.code == 6
    assert "is not told of failures" in missing.json["evidence"][0]["answer"]
    assert desk.arrived() == []

    applied = desk.command("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    would = desk.command("alert-test", "canary", "--dry-run").out
    assert "a run of job Month Close (" in would
    assert "it is real to others too: " in would
    done = desk.command("alert-test", "canary", "--json")
    assert done.code == 0, done.out + done.err
    assert any("(of all jobs)" in each for each in done.json["noted"])
    (found,) = done.json["evidence"]
    assert found["standing"] == "accepted"
    (mail,) = desk.arrived()
    assert found["correlation"] in str(mail)
    proved = desk.command("alert-test", "confirm", found["correlation"], "--json")
    assert proved.json["proved"] == ["maria"]
    assert desk.command("alert-test", "confirm", found["correlation"]).out == "It was proved before.\n"


def test_lint_knows_what_test_alerts_left(desk: AlertDesk) -> None:
    asked = ("lint", "--select", "unproved-channel", "--json")
    (nothing,) = desk.command(*asked).json["findings"]
    assert "there is no evidence of any test alert" in nothing["message"]
    desk.command("apply", "--yes")
    desk.command("alert-test", "canary")
    assert desk.command(*asked).json["findings"] == []


def test_without_its_token_nothing_is_run(desk: AlertDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.command("apply", "--yes")
    monkeypatch.delenv("CANARY_TOKEN")
    done = desk.command("alert-test", "canary", "--json")
    assert done.code == 6
    assert "no token" in done.json["evidence"][0]["answer"]
    assert desk.arrived() == []


def test_plan_does_not_open_the_canarys_token(desk: AlertDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANARY_TOKEN")
    assert desk.command("plan").code == 0


def test_a_relayed_channel_is_no_canary(desk: AlertDesk) -> None:
    desk.policy(POLICY.replace("channels: [maria]", "channels: [hook]") + "\n")
    text = Path("policies/alerts.yml").read_text()
    Path("policies/alerts.yml").write_text(
        text.replace("channels:\n", "channels:\n  hook: {type: slack, url: $X}\n", 1)
    )
    done = desk.command("plan")
    assert done.code == 3
    assert "a relayed channel cannot stand under `canary.channels`" in done.err
