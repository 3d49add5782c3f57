"""What a webhook of somebody's own gets: data with stable names, small enough for every receiver."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.channels.contract import Payload, Role
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Action, Drill, Lateness
from reconciler.model.outcome import Outcome
from tests.channels.http_channel_lab import to
from tests.channels.made_messages import A_MODEL, A_TEST, NOW, a_message, an_alert

PARTS = {"title": "[CRITICAL] Daily Revenue failed", "text": "fct_revenue failed\n1. look"}
ALERT = replace(
    an_alert(),
    impact="Revenue dashboard shows stale data",
    owner="maria@acme.example",
    runbook="https://wiki.example/r",
    actions=(Action(text="Look", code="select 1", url="https://x.example/1"),),
)


def sent(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    parts = given.pop("parts", PARTS)
    (payload,) = KINDS["webhook"].compose(a_message("webhook", parts, **{"alert": ALERT, **given}), to("webhook"))
    assert isinstance(payload.content, Mapping)
    return dict(payload.content)


def test_the_whole_of_it(snapshot: SnapshotAssertion) -> None:
    assert sent() == snapshot


def test_a_test_says_so() -> None:
    assert sent(alert=replace(ALERT, test=Drill(correlation="drill-7")))["data"]["test"] == "drill-7"
    assert "test" not in sent()["data"]


def test_only_what_the_channel_includes() -> None:
    data = sent(include=frozenset({"error", "duration"}))["data"]
    assert data["run"]["duration_seconds"] == 4320.0
    for absent in ("failed", "impact", "owner", "runbook", "actions"):
        assert absent not in data, absent
    assert "url" not in data["run"]


def test_a_warning_names_its_nodes() -> None:
    warning = replace(ALERT, outcome=Outcome.WARNING, failed=(), warned=(A_TEST,))
    data = sent(alert=warning)["data"]
    assert [(each["name"], each["failures"]) for each in data["warned"]] == [(A_TEST.name, 3)]
    assert (data["warned_count"], "failed" in data) == (1, False)
    few = sent(alert=warning, include=frozenset({"models"}))["data"]
    assert "maria" not in repr(few)
    assert "https://" not in repr(few["job"])


def test_a_missed_deadline_is_data() -> None:
    late = Lateness(name="before the market opens", due=NOW, zone="UTC", completed_at=NOW + timedelta(minutes=25))
    data = sent(alert=replace(ALERT, outcome=Outcome.LATE, late=late))["data"]
    assert data["late"] == {
        "name": "before the market opens",
        "due": "2026-11-20T08:12:00+00:00",
        "completed_at": "2026-11-20T08:37:00+00:00",
        "delay_seconds": 1500.0,
    }


def test_many_failures_are_counted_and_the_first_are_named() -> None:
    failed = tuple(replace(A_MODEL, name=f"model_{number}") for number in range(300))
    data = sent(alert=replace(ALERT, failed=failed))["data"]
    assert [each["name"] for each in data["failed"]] == [f"model_{number}" for number in range(8)]
    assert data["failed_count"] == 300
    assert data["cut"] == ["292 of 300 failed nodes left out"]


def test_the_last_error_is_shortened_before_the_first() -> None:
    failed = tuple(replace(A_MODEL, error=f"{number}" * 9000) for number in range(3))
    data = sent(alert=replace(ALERT, failed=failed))["data"]
    assert len(data["failed"][0]["error"]) == 9000
    assert "error" not in data["failed"][2]
    assert any("error of 3 left out" in each for each in data["cut"])


def test_an_address_is_whole_or_not_there() -> None:
    data = sent(alert=replace(ALERT, runbook="https://wiki.example/" + "r" * 1000))["data"]
    assert "runbook" not in data


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"data": {"text": "x" * 20_000}}, "bytes"), ({"type": ""}, "no `type`"), ({"timestamp": None}, "no `timestamp`")],
)
def test_the_check_sees_what_the_standard_does_not_want(wrong: dict[str, Any], said: str) -> None:
    good = {"type": "t", "timestamp": "n", "data": {"a": 1}}
    kind = KINDS["webhook"]
    assert kind.check(Payload(role=Role.MAIN, content=good, key="k")) == ()
    bad = Payload(role=Role.MAIN, content={**good, **wrong}, key="k")
    assert any(said in each for each in kind.check(bad))
