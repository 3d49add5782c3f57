"""What PagerDuty and Teams are sent, and how PagerDuty is asked afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import pytest

from reconciler.channels.contract import Payload, Verdict
from reconciler.channels.kinds import KINDS
from reconciler.channels.pagerduty.kind import dedup_key, ending, events_host, severity
from reconciler.channels.pagerduty.look import can_look, incident, on_call
from reconciler.model.alert import Alert, Case, Lateness
from reconciler.model.layers import Oncall
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from tests.channels.http_channel_lab import Answer, to, vendor
from tests.channels.made_messages import a_message, an_alert

DETAILS = {
    "summary": "CRITICAL: dbt job failed - Daily Revenue",
    "details": "Job|Daily Revenue\nRun|9001\nError|line 1\n  line 2\nOwner|maria",
    "links": "Run 9001|https://ab123.us1.dbt.com/runs/9001\nRunbook|https://wiki.example/r\nodd|javascript:alert(1)",
}
ALERT = replace(an_alert(), runbook="https://wiki.example/r", ack_url="https://relay.example/ack/1")


def content(kind: str, message: Message, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    (payload,) = KINDS[kind].compose(message, to(kind, **given))
    assert isinstance(payload.content, Mapping)
    return dict(payload.content)


def event(alert: Alert = ALERT, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    return content("pagerduty", a_message("pagerduty", DETAILS, alert=alert, **given))


# --- PagerDuty ------------------------------------------------------------------------------------------------------
def test_an_event_has_what_somebody_woken_needs() -> None:
    made = event()
    assert made["event_action"] == "trigger"
    assert made["payload"]["summary"] == "CRITICAL: dbt job failed - Daily Revenue"
    assert made["payload"]["custom_details"] == {
        "Job": "Daily Revenue", "Run": "9001", "Error": "line 1\n  line 2", "Owner": "maria",
    }  # fmt: skip
    assert made["links"] == [
        {"href": "https://ab123.us1.dbt.com/runs/9001", "text": "Run 9001"},
        {"href": "https://wiki.example/r", "text": "Runbook"},
    ]
    assert made["client_url"] == "https://ab123.us1.dbt.com/runs/9001"


@pytest.mark.parametrize(
    ("rank", "word"), [(1, "critical"), (2, "error"), (3, "warning"), (4, "info"), (9, "info"), (None, "warning")]
)
def test_severity_is_the_tier_s_rank(rank: int | None, word: str) -> None:
    assert severity(rank) == word
    assert event(replace(ALERT, rank=rank))["payload"]["severity"] == word


@pytest.mark.parametrize("outcome", Outcome)
def test_good_news_resolves_and_everything_else_triggers(outcome: Outcome) -> None:
    made = event(replace(ALERT, outcome=outcome))
    resolves = outcome in {Outcome.RECOVERED, Outcome.SUCCESS}
    assert made["event_action"] == ("resolve" if resolves else "trigger")
    assert ("payload" in made) is not resolves
    assert made["dedup_key"] == ALERT.incident


def test_what_is_completed_late_resolves_and_a_digest_resolves_nothing() -> None:
    late = Lateness(name="", due=ALERT.at, zone="UTC")
    assert event(replace(ALERT, outcome=Outcome.LATE, late=late))["event_action"] == "trigger"
    assert event(replace(ALERT, outcome=Outcome.LATE, late=replace(late, completed_at=ALERT.at)))["event_action"] == (
        "resolve"
    )
    assert event(replace(ALERT, outcome=Outcome.SUCCESS, case=Case.DIGEST))["event_action"] == "trigger"


def test_the_key_is_the_incident_s_however_often_and_however_long() -> None:
    long = replace(ALERT, incident="i" * 300)
    assert event(long)["dedup_key"] == event(replace(long, id="another try"))["dedup_key"]
    assert event(long)["dedup_key"] != event(replace(ALERT, incident="i" * 301))["dedup_key"]
    assert len(event(long)["dedup_key"]) == 32
    assert event(replace(ALERT, incident="i" * 255))["dedup_key"] == "i" * 255
    assert dedup_key(a_message("pagerduty", alert=replace(ALERT, incident="")))


def test_what_was_begun_can_be_acknowledged_and_ended() -> None:
    actions: tuple[Literal["acknowledge"], Literal["resolve"]] = ("acknowledge", "resolve")
    for action in actions:
        payload = ending(event()["dedup_key"], action=action)
        assert KINDS["pagerduty"].check(payload) == ()
        assert isinstance(payload.content, Mapping)
        assert (payload.content["event_action"], payload.content["dedup_key"]) == (action, ALERT.incident)


def test_links_follow_what_the_channel_includes() -> None:
    assert "links" not in event(include=frozenset({"error"}))
    assert [each["text"] for each in event(include=frozenset({"runbook"}))["links"]] == ["Runbook"]
    assert "client_url" not in event(include=frozenset({"runbook"}))


def test_too_many_details_are_counted_not_sent() -> None:
    parts = {"details": "\n".join(f"Key {number}|value" for number in range(100))}
    made = content("pagerduty", a_message("pagerduty", parts, alert=ALERT))
    details = made["payload"]["custom_details"]
    assert len(details) == 61
    assert details["Cut"] == "40 details left out"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"event_action": "ring"}, "ring"),
        ({"dedup_key": ""}, "dedup key of 0"),
        ({"dedup_key": "k" * 256}, "dedup key of 256"),
        ({"payload": {"summary": "s" * 1025, "source": "s", "severity": "info"}}, "summary of 1025"),
        ({"payload": {"summary": "s", "source": "", "severity": "info"}}, "no source"),
        ({"payload": {"summary": "s", "source": "s", "severity": "fatal"}}, "fatal"),
        ({"payload": {"summary": "s", "source": "s", "severity": "info", "x": "y" * 600_000}}, "bytes"),
    ],
)
def test_the_check_sees_what_pagerduty_would_refuse(wrong: dict[str, Any], said: str) -> None:
    (payload,) = KINDS["pagerduty"].compose(a_message("pagerduty", DETAILS, alert=ALERT), to("pagerduty"))
    assert isinstance(payload.content, Mapping)
    bad = Payload(role=payload.role, content={**payload.content, **wrong}, key="k")
    assert any(said in each for each in KINDS["pagerduty"].check(bad))


def test_an_european_account_has_its_own_hosts() -> None:
    assert events_host(to("pagerduty")) == "https://events.pagerduty.com"
    assert events_host(to("pagerduty", settings={"region": "eu"})) == "https://events.eu.pagerduty.com"


def test_an_incident_is_seen_by_its_key() -> None:
    row = (
        b'{"incidents":[{"id":"P1","status":"triggered","html_url":"https://acme.pagerduty.com/incidents/P1",'
        b'"assignments":[{"assignee":{"summary":"Maria"}}]}]}'
    )
    with vendor(Answer(body=row), Answer(body=b'{"incidents":[]}'), Answer(status=401, body=b"{}")) as it:
        there = to("pagerduty", it.base)
        seen, none, barred = (incident(there, it.wire(), key="a key:1") for _ in range(3))
    assert (seen.id, seen.status, seen.assigned) == ("P1", "triggered", ("Maria",))
    assert (none.id, none.receipt.verdict) == ("", Verdict.DONE)
    assert barred.receipt.verdict is Verdict.PERMANENT
    assert it.seen[0].path.startswith("/channels/it/incidents?incident_key=a+key%3A1")
    assert it.seen[0].headers["Authorization"] == "Token token=u+rest-key-of-pagerduty"


def test_somebody_is_on_call_or_nobody_is() -> None:
    rows = b'{"oncalls":[{"user":{"summary":"Maria"}},{"user":{"summary":"Maria"}},{"user":{"id":"U2"}}]}'
    with vendor(Answer(body=rows), Answer(body=b'{"oncalls":[]}'), Answer(status=403, body=b"{}")) as it:
        there = to("pagerduty", it.base)
        answers = [on_call(there, it.wire()) for _ in range(3)]
    assert [people for _, people in answers] == [("Maria", "U2"), (), ()]
    assert answers[2][0].verdict is Verdict.PERMANENT
    assert can_look(to("pagerduty"))
    assert not can_look(to("pagerduty", settings={"api_key": None}))


# --- Teams ----------------------------------------------------------------------------------------------------------
TEAMS = {
    "title": "[CRITICAL] Daily Revenue failed",
    "summary": "**stale**\nsince 08:00",
    "fields": "Status|failed",
    "error": "column",
    "mention": "<at>Ana &amp; Co</at> · at once",
}


def card(message: Message, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    (attached,) = content("teams", message, **given)["attachments"]
    shown: dict[str, Any] = attached["content"]
    return shown


def test_a_card_s_headline_has_the_outcome_s_colour() -> None:
    styles = {
        outcome: card(a_message("teams", TEAMS, alert=replace(ALERT, outcome=outcome)))["body"][0]["style"]
        for outcome in Outcome
    }
    assert styles[Outcome.FAILURE] == styles[Outcome.LATE] == "attention"
    assert styles[Outcome.RECOVERED] == styles[Outcome.SUCCESS] == "good"
    assert styles[Outcome.WARNING] == "warning"


def test_lines_stay_lines() -> None:
    assert card(a_message("teams", TEAMS, alert=ALERT))["body"][1]["text"] == "**stale**\n\nsince 08:00"


def test_who_is_on_call_is_mentioned_so_that_it_rings() -> None:
    alert = replace(ALERT, oncall=Oncall(name="Ana & Co", teams="ana@acme.example"))
    entities = card(a_message("teams", TEAMS, alert=alert))["msteams"]["entities"]
    assert entities == [
        {
            "type": "mention",
            "text": "<at>Ana &amp; Co</at>",
            "mentioned": {"id": "ana@acme.example", "name": "Ana & Co"},
        }
    ]


def test_without_an_id_a_name_is_a_name_and_the_card_is_not_broken() -> None:
    shown = card(a_message("teams", TEAMS, alert=ALERT))
    assert "entities" not in shown["msteams"]
    assert any(each.get("text") == "Ana &amp; Co · at once" for each in shown["body"])


def test_buttons_are_links_and_acknowledge_needs_a_relay() -> None:
    message = a_message("teams", TEAMS, alert=ALERT)
    assert [each["title"] for each in card(message)["actions"]] == ["Open run", "Runbook"]
    asked = card(message, acknowledges=True)["actions"]
    assert {each["type"] for each in asked} == {"Action.OpenUrl"}
    assert asked[2] == {"type": "Action.OpenUrl", "title": "Acknowledge", "url": "https://relay.example/ack/1"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"body": [{"type": "TextBlock", "text": "x" * 21_000}]}, "bytes"),
        ({"body": [{"type": "Image"}]}, "Image"),
        ({"body": [], "actions": [{"type": "Action.Submit"}]}, "Action.Submit"),
        ({"body": [], "actions": [{"type": "Action.OpenUrl"}] * 7}, "7 buttons"),
    ],
)
def test_the_check_sees_what_teams_would_refuse(wrong: dict[str, Any], said: str) -> None:
    (payload,) = KINDS["teams"].compose(a_message("teams", TEAMS, alert=ALERT), to("teams"))
    bad = Payload(role=payload.role, content={"attachments": [{"content": wrong}]}, key="k")
    assert any(said in each for each in KINDS["teams"].check(bad))
