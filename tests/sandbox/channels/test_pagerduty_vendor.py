"""PagerDuty: one incident per open key, and reading it back."""

from __future__ import annotations

from typing import Any, TypeAlias

import httpx
import pytest

from reconciler.sandbox import RunningSandbox

Json: TypeAlias = Any
KEY = "k" * 32
REST = {"Authorization": "Token token=made-up"}


def event(action: str = "trigger", **changes: Json) -> dict[str, Any]:
    payload = {"summary": "CRITICAL: dbt job failed - Daily", "source": "dbt Cloud", "severity": "critical"}
    base = {"routing_key": KEY, "event_action": action, "dedup_key": "acme/1/failure", "payload": payload}
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def test_a_trigger_opens_one_incident_that_goes_through_its_life(web: httpx.Client, vendors: RunningSandbox) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve"):
        answer = web.post("pagerduty/v2/enqueue", json=event(action))
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, "acme/1/failure")
    [incident] = vendors.control.inbox(kind="pagerduty")
    assert (incident["status"], [each["action"] for each in incident["changes"]]) == (
        "resolved",
        ["trigger", "trigger", "acknowledge", "resolve"],
    )
    assert KEY not in str(incident)


def test_after_resolve_the_same_key_opens_another(web: httpx.Client, vendors: RunningSandbox) -> None:
    for action in ("trigger", "resolve", "trigger"):
        web.post("pagerduty/v2/enqueue", json=event(action))
    assert [each["status"] for each in vendors.control.inbox(kind="pagerduty")] == ["triggered", "resolved"]


def test_the_same_key_at_another_integration_is_another_incident(web: httpx.Client, vendors: RunningSandbox) -> None:
    web.post("pagerduty/v2/enqueue", json=event())
    web.post("pagerduty/v2/enqueue", json=event(routing_key="z" * 32))
    assert len(vendors.control.inbox(status="triggered")) == 2


def test_acknowledging_what_is_not_open_is_taken_and_dropped(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.post("pagerduty/v2/enqueue", json=event("acknowledge")).status_code == 202
    [message] = vendors.control.inbox(kind="pagerduty")
    assert (message["state"], message["reason"]) == ("suppressed", "no open incident has this key: dropped")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"routing_key": "short"}, "should be 32 characters"),
        ({"routing_key": None}, "'routing_key' is missing"),
        ({"event_action": "page"}, "'event_action' is invalid"),
        ({"dedup_key": "x" * 256}, "'dedup_key' is too long"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": {"summary": "", "source": "s", "severity": "info"}}, "'payload.summary' is missing"),
        ({"payload": {"summary": "x" * 1025, "source": "s", "severity": "info"}}, "'payload.summary' is too long"),
        ({"payload": {"summary": "x", "source": "s", "severity": "bad"}}, "'payload.severity' is invalid"),
        ({"links": [{"text": "no address"}]}, "'href' is missing"),
        ({"event_action": "resolve", "dedup_key": None}, "'dedup_key' is missing"),
    ],
)
def test_an_event_that_is_wrong_is_400_with_its_errors(
    web: httpx.Client, vendors: RunningSandbox, changes: dict[str, Any], told: str
) -> None:
    answer = web.post("pagerduty/v2/enqueue", json=event(**changes))
    assert answer.status_code == 400
    assert any(told in error for error in answer.json()["errors"])
    assert vendors.control.inbox() == []


def test_a_body_over_half_a_megabyte_is_too_large(web: httpx.Client) -> None:
    assert web.post("pagerduty/v2/enqueue", json=event(client="x" * 530_000)).status_code == 413


def test_a_revoked_key_is_refused(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("pagerduty", "revoked", only=KEY)
    assert web.post("pagerduty/v2/enqueue", json=event()).json()["errors"] == ["Invalid routing key"]


def test_an_incident_is_read_back_by_its_key(web: httpx.Client) -> None:
    web.post("pagerduty/v2/enqueue", json=event(dedup_key="one"))
    web.post("pagerduty/v2/enqueue", json=event(dedup_key="two"))
    found = web.get("pagerduty/incidents", params={"incident_key": "two"}, headers=REST).json()["incidents"]
    assert [(each["incident_key"], each["status"], each["title"]) for each in found] == [
        ("two", "triggered", "CRITICAL: dbt job failed - Daily")
    ]
    one = web.get(f"pagerduty/incidents/{found[0]['id']}", headers=REST).json()["incident"]
    assert one == found[0]
    assert (
        web.get("pagerduty/incidents", params={"since": "2999-01-01T00:00:00Z"}, headers=REST).json()["incidents"] == []
    )
    assert web.get("pagerduty/incidents", params={"since": "soon"}, headers=REST).status_code == 400


def test_reading_asks_for_a_key_of_its_own(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.get("pagerduty/oncalls").status_code == 401
    assert web.get("pagerduty/oncalls", headers={"Authorization": "Bearer made-up"}).status_code == 401
    vendors.control.break_channel("pagerduty", "revoked_api_key")
    assert web.get("pagerduty/oncalls", headers=REST).status_code == 401


def test_somebody_is_on_call_unless_nobody_is(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.get("pagerduty/oncalls", headers=REST).json()["oncalls"][0]["user"]["summary"]
    vendors.control.break_channel("pagerduty", "nobody_on_call")
    assert web.get("pagerduty/oncalls", headers=REST).json()["oncalls"] == []


def test_taken_is_not_paged(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("pagerduty", "swallowed")
    assert web.post("pagerduty/v2/enqueue", json=event()).status_code == 202
    assert web.get("pagerduty/incidents", headers=REST).json()["incidents"] == []
    assert vendors.control.inbox()[0]["state"] == "suppressed"
