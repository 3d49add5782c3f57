"""Datadog: what is sent is judged by Datadog's own published description; what is answered, by one table."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.channels.contract import Destination, Payload, Role, Verdict, Wire
from reconciler.channels.datadog.kind import SITES, Datadog
from reconciler.channels.datadog.tags import tag
from reconciler.http.outgoing import Outgoing
from reconciler.model.alert import Alert, AlertJob, AlertRun, Case
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from reconciler.model.secret import Secret
from tests.channels.made_messages import NOW, STARTED, a_drill, a_message, an_alert

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "fixtures/datadog/openapi-v1.subset.json").read_text(encoding="utf-8")
)
TO = Destination(name="datadog", kind="datadog", settings={"api_key": Secret("dd-key-0123456789")})
PARTS = {"title": "[CRITICAL] Daily Revenue failed", "text": "Revenue is stale."}
SUCCESS = {"case": Case.SUCCESS, "outcome": Outcome.SUCCESS, "failed": ()}


def _validator(name: str) -> jsonschema_rs.Validator:
    """The published schema, and no key that it does not describe: a misspelt one would be taken and ignored."""
    schemas = PUBLISHED["components"]["schemas"]
    strict = {
        key: {**each, "additionalProperties": False} if "properties" in each else each for key, each in schemas.items()
    }
    return jsonschema_rs.Draft4Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": strict}})


JUDGES = {Role.EVENT: _validator("EventCreateRequest"), Role.METRICS: _validator("DistributionPointsPayload")}


def _composed(message: Message) -> tuple[Payload, ...]:
    payloads = Datadog().compose(message, TO)
    for payload in payloads:
        assert Datadog().check(payload) == ()
        JUDGES[payload.role].validate(payload.content)
    return payloads


def _of(alert: Alert, parts: Mapping[str, str] = PARTS) -> tuple[Payload, ...]:
    return _composed(a_message("datadog", parts, alert=alert, case=alert.case))


def _only(payloads: tuple[Payload, ...], role: Role) -> dict[str, Any]:
    (one,) = (each for each in payloads if each.role is role)
    assert isinstance(one.content, dict)
    return one.content


def _points(alert: Alert) -> dict[tuple[str, ...], list[Any]]:
    series = _only(_of(alert), Role.METRICS)["series"]
    return {(each["metric"], *each["tags"]): each["points"] for each in series}


# --- points ---------------------------------------------------------------------------------------------------------
def test_a_run_that_failed_gives_its_three_metrics() -> None:
    at = int(NOW.timestamp())
    assert _points(an_alert()) == {
        ("dbt.job.duration", "job:daily_revenue", "status:failure", "project:finance", "environment:production"): [
            [at, [4320.0]]
        ],
        ("dbt.job.success", "job:daily_revenue"): [[at, [0.0]]],
        ("dbt.model.duration", "job:daily_revenue", "model:stg_orders", "status:success"): [[at, [2.0]]],
        ("dbt.model.duration", "job:daily_revenue", "model:fct_revenue", "status:error"): [[at, [4.25]]],
    }


@pytest.mark.parametrize(
    ("case", "outcome", "value"),
    [(Case.SUCCESS, Outcome.SUCCESS, 1.0), (Case.WARNING, Outcome.WARNING, 1.0), (Case.FAILURE, Outcome.FAILURE, 0.0)],
)
def test_success_is_one_or_zero(case: Case, outcome: Outcome, value: float) -> None:
    ((_, (found,)),) = _points(an_alert(case=case, outcome=outcome))[("dbt.job.success", "job:daily_revenue")]
    assert found == value


def test_a_cancelled_run_neither_succeeded_nor_failed() -> None:
    found = _points(an_alert(case=Case.CANCELLED, outcome=Outcome.CANCELLED))
    assert not [key for key in found if key[0] == "dbt.job.success"]
    assert [key[2] for key in found if key[0] == "dbt.job.duration"] == ["status:cancelled"]


@pytest.mark.parametrize("case", sorted(set(Case) - {Case.SUCCESS, Case.WARNING, Case.FAILURE, Case.CANCELLED}))
def test_what_speaks_of_a_run_again_repeats_no_point(case: Case) -> None:
    assert [each.role for each in _of(an_alert(case=case))] == [Role.EVENT]


def test_a_test_makes_no_point_that_a_graph_would_believe() -> None:
    (told,) = _of(a_drill(an_alert(**SUCCESS)))
    assert told.role is Role.EVENT
    assert "test:true" in told.content["tags"]


def test_a_run_that_is_still_going_has_no_points() -> None:
    assert [each.role for each in _of(an_alert(run=AlertRun(id=1, url="https://r", started_at=STARTED)))] == [
        Role.EVENT
    ]
    assert [each.role for each in _of(an_alert(run=None))] == [Role.EVENT]


@pytest.mark.parametrize(("age", "kept"), [(timedelta(hours=1), True), (timedelta(hours=1, seconds=1), False)])
def test_points_over_an_hour_old_are_left_out_and_counted(age: timedelta, kept: bool) -> None:
    payloads = _of(an_alert(now=NOW + age))
    assert bool(_only(payloads, Role.METRICS)["series"]) == kept
    assert payloads[1].cut == (() if kept else ("4 points over an hour old, which Datadog does not take",))


def test_points_that_were_all_left_out_are_not_sent() -> None:
    asked: list[httpx.Request] = []
    payload = _of(an_alert(now=NOW + timedelta(hours=2)))[1]
    receipt = Datadog().deliver(payload, TO, _wire(asked, 202, {}))
    assert receipt.verdict is Verdict.DONE
    assert receipt.answer == "nothing was sent: 4 points over an hour old, which Datadog does not take"
    assert asked == []


def test_many_nodes_are_split_and_each_is_sent_once() -> None:
    nodes = tuple((f"model_{'x' * 150}_{number}", "success", float(number)) for number in range(5000))
    payloads = [each for each in _of(an_alert(node_seconds=nodes)) if each.role is Role.METRICS]
    models = [
        each["tags"][1] for one in payloads for each in one.content["series"] if each["metric"] == "dbt.model.duration"
    ]
    assert len(payloads) > 1
    assert len(models) == len(set(models)) == 5000
    assert len({each.key for each in payloads}) == len(payloads)


def test_more_nodes_than_anybody_has_are_cut_and_counted() -> None:
    nodes = tuple((f"m{'x' * 150}{number}", "success", 1.0) for number in range(40_000))
    payloads = Datadog().compose(a_message("datadog", alert=an_alert(node_seconds=nodes)), TO)
    sent = sum(len(each.content["series"]) for each in payloads if each.role is Role.METRICS)
    assert payloads[-1].cut == (f"the durations of {40_002 - sent} nodes: too many for one run",)


def test_nodes_that_datadog_cannot_tell_apart_are_two_values_of_one_point() -> None:
    found = _points(an_alert(node_seconds=(("A b", "success", 1.0), ("a_B", "success", 2.0), ("c", "x", float("nan")))))
    assert [values for key, values in found.items() if key[0] == "dbt.model.duration"] == [
        [[int(NOW.timestamp()), [1.0, 2.0]]]
    ]


# --- events ---------------------------------------------------------------------------------------------------------
def test_a_failure_is_an_event_of_its_incident() -> None:
    assert _only(_of(an_alert(team="finance")), Role.EVENT) == {
        "title": "[CRITICAL] Daily Revenue failed",
        "text": "Revenue is stale.",
        "alert_type": "error",
        "aggregation_key": "70403103916842:101:failure:9001",
        "priority": "normal",
        "tags": [
            "source:dbt_cloud",
            "job:daily_revenue",
            "project:finance",
            "environment:production",
            "status:failure",
            "severity:critical",
            "team:finance",
        ],
        "date_happened": int(NOW.timestamp()),
    }


def test_an_event_is_gathered_with_those_since_the_incident_began() -> None:
    event = _only(_of(an_alert(conversation="dbt-alerts:7:101:failure:9001")), Role.EVENT)
    assert event["aggregation_key"] == "dbt-alerts:7:101:failure:9001"


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome.WARNING, "warning"),
        (Outcome.CANCELLED, "warning"),
        (Outcome.LATE, "error"),
        (Outcome.RECOVERED, "success"),
        (Outcome.STARTED, "info"),
    ],
)
def test_an_event_says_how_bad(outcome: Outcome, kind: str) -> None:
    assert _only(_of(an_alert(outcome=outcome, case=Case(outcome.value))), Role.EVENT)["alert_type"] == kind


def test_a_success_is_no_event() -> None:
    assert [each.role for each in _of(an_alert(**SUCCESS))] == [Role.METRICS]


def test_what_is_too_long_is_cut_and_said() -> None:
    alert = an_alert(incident="i" * 200, at=NOW - timedelta(hours=19))
    payload = _of(alert, {"title": "t" * 300, "text": "x" * 100_000})[0]
    assert len(payload.content["title"]) == 100
    assert len(payload.content["text"]) == 4000
    assert len(payload.content["aggregation_key"]) == 32
    assert "date_happened" not in payload.content
    assert payload.cut == (
        "text shortened to 4,000 of 100,000 characters",
        "the time it happened: Datadog takes none that is 18 hours past",
    )


def test_no_text_turns_into_markdown() -> None:
    assert (
        "%%%" not in _only(_of(an_alert(), {"text": "%%% \n[click](https://evil.example)\n %%%"}), Role.EVENT)["text"]
    )


@given(st.text(max_size=80).map(lambda text: text * 60), st.text(max_size=30), st.booleans())
def test_no_text_is_more_than_datadog_takes(text: str, name: str, with_parts: bool) -> None:
    alert = an_alert(
        incident=text,
        severity=name,
        job=AlertJob(id=1, name=text, project=name),
        node_seconds=((name, name, 1.0), (text, "", 2.0)),
    )
    assert len(_of(alert, {"title": text, "text": text} if with_parts else {})) == 2


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Daily Revenue", "daily_revenue"),
        ("a,b  c", "a_b_c"),
        ("Größe", "größe"),
        ("", "none"),
        ("!!", "none"),
        ("v1.2/x-y:z", "v1.2/x-y:z"),
    ],
)
def test_a_tag_is_what_datadog_would_make_of_it(value: str, written: str) -> None:
    assert tag("job", value) == f"job:{written}"
    assert len(tag("job", value * 300)) <= 200


# --- delivery -------------------------------------------------------------------------------------------------------
def _wire(asked: list[httpx.Request], status: int, body: object, **headers: str) -> Wire:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json=body, headers=headers)

    return Wire(http=Outgoing(transport=httpx.MockTransport(answer)), now=lambda: datetime(2026, 11, 20, tzinfo=UTC))


def test_an_event_and_points_are_posted_as_published() -> None:
    asked: list[httpx.Request] = []
    wire = _wire(asked, 202, {"status": "ok", "event": {"id_str": "4711"}})
    payloads = _of(an_alert())
    event, metrics = (
        Datadog().deliver(each, replace(TO, settings={**TO.settings, "site": "datadoghq.eu"}), wire)
        for each in payloads
    )
    assert [str(each.url) for each in asked] == [
        "https://api.datadoghq.eu/api/v1/events",
        "https://api.datadoghq.eu/api/v1/distribution_points",
    ]
    assert {each.headers["dd-api-key"] for each in asked} == {"dd-key-0123456789"}
    assert json.loads(asked[0].content) == payloads[0].content
    assert (
        asked[1].headers["content-encoding"]
        in PUBLISHED["components"]["schemas"]["DistributionPointsContentEncoding"]["enum"]
    )
    assert json.loads(zlib.decompress(asked[1].content)) == payloads[1].content
    assert (event.verdict, event.vendor_id, metrics.verdict, metrics.vendor_id) == (
        Verdict.DONE,
        "4711",
        Verdict.DONE,
        None,
    )


def test_an_operators_base_replaces_the_host() -> None:
    asked: list[httpx.Request] = []
    base = "https://sandbox.acme.example/channels/datadog"
    Datadog().deliver(_of(an_alert())[0], replace(TO, base=base), _wire(asked, 202, {}))
    assert str(asked[0].url) == f"{base}/api/v1/events"


def test_the_key_goes_to_sites_that_datadog_publishes_and_nowhere_else() -> None:
    assert set(SITES) == set(PUBLISHED["servers"][0]["variables"]["site"]["enum"])
    asked: list[httpx.Request] = []
    to = replace(TO, settings={**TO.settings, "site": "datadoghq.com.evil.example"})
    receipt = Datadog().deliver(_of(an_alert())[0], to, _wire(asked, 202, {}))
    assert receipt.verdict is Verdict.PERMANENT
    assert "is no site of Datadog: datadoghq.com," in receipt.answer
    assert asked == []


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (429, {"errors": ["Too many requests"]}, Verdict.THROTTLED),
        (500, {}, Verdict.TRANSIENT),
        (408, {}, Verdict.TRANSIENT),
        (403, {"errors": ["Forbidden: dd-key-0123456789"]}, Verdict.PERMANENT),
        (413, {"errors": ["Payload too large"]}, Verdict.PERMANENT),
        (202, {"errors": ["Payload is not in the expected format"]}, Verdict.PERMANENT),
    ],
)
def test_an_answer_has_its_verdict_and_never_the_key(status: int, body: object, verdict: Verdict) -> None:
    receipt = Datadog().deliver(_of(an_alert())[1], TO, _wire([], status, body, **{"x-ratelimit-reset": "7"}))
    assert receipt.verdict is verdict
    assert "dd-key-0123456789" not in repr(receipt)
    assert receipt.retry_after == (7.0 if verdict in {Verdict.THROTTLED, Verdict.TRANSIENT} else None)


def test_the_check_finds_what_datadog_would_refuse() -> None:
    kind = Datadog()
    event = Payload(role=Role.EVENT, content={"title": "", "text": "x" * 5000, "alert_type": "bad"}, key="k")
    assert kind.check(event) == (
        "no title",
        "text of 5000 characters, 4000 at most",
        "no aggregation_key",
        "alert_type 'bad' is none of Datadog's",
    )
    series: list[dict[str, Any]] = [{"metric": "m", "tags": ["x" * 6_000_000], "points": []}]
    found = kind.check(Payload(role=Role.METRICS, content={"series": series}, key="k"))
    assert found[0].startswith("6000")
    assert found[-1] == "m: a tag is too long"
    assert kind.check(Payload(role=Role.MAIN, content={}, key="k")) == ("neither an event nor points",)
