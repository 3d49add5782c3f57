"""A test alert through every kind of channel: what arrives, what is known of it afterwards, and who is never woken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import RunningSandbox
from tests.scenarios.alert_lab import AlertDesk, alert_sandbox

POLICY = """\
channels:
  hook: {type: slack, url: $SLACK_CRITICAL_URL}
  bot: {type: slack, token: $SLACK_BOT_TOKEN, channel_id: C0987654321}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY, api_key: $PAGERDUTY_API_KEY}
  mail: {type: email, to: [oncall@acme.example]}
  leads: {type: teams, url: $TEAMS_LEADS_URL}
  maria: {type: dbt_user, email: maria@acme.example}
tiers:
  critical: {rank: 1, notify: {failure: [hook, oncall, maria]}}
  high: {rank: 2, notify: {failure: [bot, mail, leads]}}
team: finance
owner: maria@acme.example
jobs:
  - {match: {project: Finance, environment: Production, name: Daily Revenue}, tier: critical}
  - {match: {project: Finance, environment: Production, name: Month Close}, tier: high}
"""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    yield from alert_sandbox()


@pytest.fixture
def desk(
    running: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AlertDesk:
    found = AlertDesk.at(tmp_path, running, monkeypatch, capsys)
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+sandboxkey1234567890")
    found.policy(POLICY)
    return found


def evidence_of(desk: AlertDesk, *words: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """Return the evidence by route."""
    done = desk.command("alert-test", *words, "--json")
    assert done.code == code, done.out + done.err
    return {each["route"]: each for each in done.json["evidence"]}


def test_each_channel_gets_one_message_marked_test_and_nobody_is_woken(desk: AlertDesk) -> None:
    found = evidence_of(desk, "deliver")
    assert {name: each["standing"] for name, each in found.items()} == {
        "hook": "accepted",
        "bot": "proved",
        "mail": "accepted",
        "leads": "accepted",
    }
    arrived = desk.arrived()
    assert len(arrived) >= 4
    for each in arrived:
        assert "TEST" in json.dumps(each), each["kind"]
    assert desk.arrived("pagerduty") == []


def test_a_pager_rings_only_with_page_and_its_tier_and_is_resolved_again(desk: AlertDesk) -> None:
    refused = desk.command("alert-test", "deliver", "--page")
    assert refused.code == 64
    assert "--tier" in refused.err
    assert "oncall" not in evidence_of(desk, "deliver", "--page", "--tier", "high")
    found = evidence_of(desk, "deliver", "--page", "--tier", "critical")["oncall"]
    assert found["standing"] == "proved", found
    assert "resolved" in found["answer"]


def test_a_dry_run_shows_what_would_go_to_whom_and_sends_nothing(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "deliver", "--dry-run", "--json")
    assert done.code == 0, done.err
    would = {each["what"].split()[5]: each for each in done.json["would"]}
    assert would["mail"]["to"] == {"to": ["oncall@acme.example"]}
    assert "TEST" in json.dumps(would["hook"]["payloads"])
    assert done.json["held"] == ["oncall"]
    assert desk.arrived() == []
    assert not list(Path().rglob("evidence.jsonl"))


def test_nothing_selected_is_a_failure(desk: AlertDesk) -> None:
    assert evidence_of(desk, "deliver", "--channel", "maria", code=6) == {}


def test_what_was_found_is_kept_as_a_chain(desk: AlertDesk) -> None:
    evidence_of(desk, "render")
    evidence_of(desk, "deliver", "--channel", "mail")
    assert desk.command("alert-test", "verify").code == 0
    kept = Path(".dbt-alerts/evidence.jsonl")
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join([lines[0].replace("accepted", "proved"), *lines[1:]]) + "\n")
    changed = desk.command("alert-test", "verify")
    assert changed.code == 1
    assert "line 1 was changed" in changed.out


def test_a_code_given_back_proves_a_mail(desk: AlertDesk) -> None:
    code = evidence_of(desk, "deliver", "--channel", "mail")["mail"]["correlation"]
    assert code in json.dumps(desk.arrived("email"))
    assert desk.command("alert-test", "confirm", "nonsense").code == 64
    assert desk.command("alert-test", "confirm", code, "--json").json["proved"] == ["mail"]


def test_contacts_are_looked_at_and_nobody_is_written_to(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "contacts", "--json")
    found = {each["route"]: each for each in done.json["evidence"]}
    assert found["bot"]["standing"] == "proved", found["bot"]
    assert found["oncall"]["standing"] == "proved", found["oncall"]
    assert found["mail"]["standing"] == "accepted", found["mail"]
    assert desk.arrived() == []


def test_reports_have_five_forms(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "render", "--html", "page.html")
    assert "✓" in done.out or "·" in done.out
    assert "hook" in Path("page.html").read_text()
    assert "| hook |" in desk.command("alert-test", "render", "--format", "markdown").out
    assert "<testsuite" in desk.command("alert-test", "render", "--format", "junit").out
