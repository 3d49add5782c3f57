"""A test alert through every kind of channel: what arrives, what is known of it afterwards, and who is never woken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from tests.scenarios.alert_lab import AlertDesk

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


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def desk(alert_desk: AlertDesk, monkeypatch: pytest.MonkeyPatch) -> AlertDesk:
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+sandboxkey1234567890")
    alert_desk.policy(POLICY)
    return alert_desk


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


def test_a_test_names_who_is_on_call_rings_nobody_and_links_to_the_configured_host(desk: AlertDesk) -> None:
    desk.policy(POLICY.replace("owner: maria", "oncall: {slack: S0123ABCD, name: data-engineer-oncall}\nowner: maria"))
    evidence_of(desk, "deliver", "--channel", "hook")
    said = json.dumps(desk.arrived("slack")[0]["payload"])
    assert "data-engineer-oncall" in said
    assert "subteam" not in said
    assert f"<{desk.sandbox.url}/deploy/" in said


def test_a_pager_rings_only_with_page_and_its_tier_and_is_resolved_again(desk: AlertDesk) -> None:
    refused = desk.command("alert-test", "deliver", "--page")
    assert refused.code == 64
    assert "--tier" in refused.err
    assert "oncall" not in evidence_of(desk, "deliver", "--page", "--tier", "high")
    said = desk.command("alert-test", "deliver", "--page", "--tier", "critical", "--channel", "oncall").out
    assert "oncall (pagerduty) will wake whoever is on call; of maria@acme.example" in said.splitlines()
    quiet = desk.command("alert-test", "deliver", "--page", "--tier", "critical", "--json")
    assert "oncall (pagerduty) will wake" in quiet.err
    found = {each["route"]: each for each in quiet.json["evidence"]}["oncall"]
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
    again = desk.command("alert-test", "render", "--channel", "mail", "--json")
    assert any("line 1 was changed" in each for each in again.json["noted"])


@pytest.mark.parametrize("gone", [True, False], ids=["away", "empty"])
def test_no_evidence_at_all_is_not_verified(desk: AlertDesk, gone: bool) -> None:
    evidence_of(desk, "render", "--channel", "mail")
    good = desk.command("alert-test", "verify", "--json")
    assert (good.code, good.json["records"], len(good.json["hash"])) == (0, 1, 64)
    kept = Path(".dbt-alerts/evidence.jsonl")
    kept.unlink() if gone else kept.write_text("")
    nothing = desk.command("alert-test", "verify")
    assert nothing.code == 6
    assert "there is nothing to verify" in nothing.out
    as_data = desk.command("alert-test", "verify", "--json").json
    assert (as_data["result"], as_data["records"], as_data["hash"]) == ("partly", 0, "")


def codes_in(messages: list[dict[str, Any]], correlation: str) -> set[str]:
    text = json.dumps(messages).replace("=\\r\\n", "").replace("=\\n", "")
    return set(re.findall(rf"alert-test confirm ({correlation}-[2-9A-Z]{{5}}-[2-9A-Z]{{5}})", text))


def test_a_code_given_back_proves_the_message_it_stands_in_and_no_other(desk: AlertDesk) -> None:
    found = evidence_of(desk, "deliver")
    correlation = found["mail"]["correlation"]
    assert {each["correlation"] for each in found.values()} == {correlation}
    codes = {kind: codes_in(desk.arrived(kind), correlation) for kind in ("email", "teams", "slack")}
    (mail,), (leads,), (hook,) = codes.values()
    assert len({mail, leads, hook}) == 3
    kept = Path(".dbt-alerts/evidence.jsonl").read_text()
    assert not [code for code in (mail, leads, hook) if code.partition("-")[2] in kept + json.dumps(found)]
    for nothing in ("nonsense", correlation, f"{correlation}-AAAAA-AAAAA"):
        assert desk.command("alert-test", "confirm", nothing).code == 64
    assert desk.command("alert-test", "confirm", mail.lower(), "--json").json["proved"] == ["mail"]
    assert desk.command("alert-test", "confirm", leads, "--channel", "mail").code == 64
    assert desk.command("alert-test", "confirm", mail).out == "It was proved before.\n"


def test_a_hiccup_is_no_failure(desk: AlertDesk) -> None:
    desk.sandbox.control.add_fault(path="/channels/teams/*", status=429, times=1)
    assert evidence_of(desk, "deliver", "--channel", "leads")["leads"]["standing"] == "accepted"
    assert len(desk.arrived("teams")) == 1


def test_contacts_are_looked_at_and_nobody_is_written_to(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "contacts", "--json")
    found = {each["route"]: each for each in done.json["evidence"]}
    assert found["bot"]["standing"] == "accepted", found["bot"]
    assert found["oncall"]["standing"] == "accepted", found["oncall"]
    assert found["mail"]["standing"] == "accepted", found["mail"]
    assert desk.arrived() == []


def test_reports_have_five_forms(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "render", "--html", "page.html")
    assert "✓" in done.out or "·" in done.out
    assert "hook" in Path("page.html").read_text()
    assert "| hook |" in desk.command("alert-test", "render", "--format", "markdown").out
    assert "<testsuite" in desk.command("alert-test", "render", "--format", "junit").out
