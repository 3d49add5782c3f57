"""Monte Carlo: its own schema judges what we ask, dbt's judge what we upload."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jsonschema_rs
import pytest
from graphql import build_schema, graphql_sync, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.channels.contract import Destination, Payload, Role, Verdict, Wire
from reconciler.channels.monte_carlo.kind import ANNOUNCE, UPLOAD_URL, WHO, MonteCarlo
from reconciler.http.outgoing import Outgoing
from reconciler.model.alert import Alert, AlertJob, Audience, FailedThing, Grouped
from reconciler.model.message import Message
from reconciler.model.secret import Secret
from reconciler.model.telling import NodeKind
from tests.channels.made_messages import A_MODEL, A_TEST, a_drill, a_message, an_alert

FIXTURES = Path(__file__).parents[1] / "fixtures"
SCHEMA = build_schema((FIXTURES / "monte_carlo/schema.subset.graphql").read_text(encoding="utf-8"))
JUDGES = {
    "manifest": jsonschema_rs.Draft202012Validator(
        json.loads((FIXTURES / "dbt/manifest-v12.subset.json").read_text(encoding="utf-8"))
    ),
    "runResults": jsonschema_rs.Draft202012Validator(
        json.loads((FIXTURES / "dbt/run-results-v6.json").read_text(encoding="utf-8"))
    ),
}
TO = Destination(
    name="observability",
    kind="monte_carlo",
    settings={"key_id": Secret("mcd-id-0123"), "key_token": Secret("mcd-token-4567")},
)
PARTS = {"title": "CRITICAL: Daily Revenue failed", "description": "Revenue is stale"}
UPLOAD = "https://uploads.s3.example/artifacts"


def _payload(message: Message) -> Payload:
    (payload,) = MonteCarlo().compose(message, TO)
    assert MonteCarlo().check(payload) == ()
    for name, judge in JUDGES.items():
        judge.validate(payload.content[name])
    return payload


def _content(alert: Alert | None = None, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of Message
    content = _payload(a_message("monte_carlo", PARTS, alert=alert, **given)).content
    assert isinstance(content, dict)
    return content


# --- what is uploaded -----------------------------------------------------------------------------------------------
def test_a_failing_test_says_its_rows_its_owner_and_its_documentation() -> None:
    content = _content(an_alert(failed=(A_TEST,)))
    (result,) = content["runResults"]["results"]
    node = content["manifest"]["nodes"][A_TEST.unique_id]
    assert (result["status"], result["failures"]) == ("fail", 3)
    assert result["message"] == "Got 3 results, configured to fail if != 0"
    assert node["meta"] == {
        "owner": "maria",
        "owner_email": "maria@acme.example",
        "documentation": A_TEST.docs_url,
        "dbt_cloud_run": "https://ab123.us1.dbt.com/runs/9001",
        "alert": "CRITICAL: Daily Revenue failed",
        "alert_description": "Revenue is stale",
    }
    assert (node["database"], node["schema"], node["alias"]) == ("analytics", "shop", "not_null_orders_id")


def test_a_failing_model_is_an_error_under_the_jobs_name() -> None:
    content = _content(an_alert(failed=(A_MODEL,)))
    assert content["jobName"] == "Daily Revenue"
    assert content["runResults"]["results"][0]["status"] == "error"
    assert content["runResults"]["elapsed_time"] == 4.25


def test_what_is_uploaded_never_stands_for_the_whole_project() -> None:
    assert _content()["projectName"] == "Finance (dbt-alerts)"


def test_both_artifacts_are_of_one_invocation_which_every_try_repeats() -> None:
    first, again, other = _content(), _content(), _content(an_alert(id="another"))
    assert first == again
    assert first["manifest"]["metadata"]["invocation_id"] == first["invocationId"]
    assert str(UUID(first["invocationId"])) == first["invocationId"] != other["invocationId"]


def test_a_test_that_warns_warns() -> None:
    (result,) = _content(an_alert(failed=(), warned=(A_TEST, A_MODEL)))["runResults"]["results"]
    assert (result["unique_id"], result["status"]) == (A_TEST.unique_id, "warn")


def test_what_failed_together_is_told_together() -> None:
    members = (an_alert(failed=(A_TEST,)), an_alert(failed=(A_MODEL,)))
    found = _content(an_alert(failed=(), grouped=Grouped(by="project", members=members)))["manifest"]["nodes"]
    assert set(found) == {A_TEST.unique_id, A_MODEL.unique_id}


def test_what_is_neither_model_nor_test_is_said_to_be_left_out() -> None:
    source = FailedThing(name="payments", kind=NodeKind.FRESHNESS, unique_id="source.shop.stripe.payments")
    step = FailedThing(name="Clone git repository", kind=NodeKind.INFRASTRUCTURE)
    payload = _payload(a_message("monte_carlo", PARTS, alert=an_alert(failed=(A_TEST, source, step))))
    assert payload.cut == (
        "'payments': Monte Carlo takes models and tests only",
        "'Clone git repository': Monte Carlo takes models and tests only",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"include": frozenset({"link"})}, "Revenue is stale"),
        ({"include": frozenset({"error"})}, A_TEST.error),
        ({"audience": Audience.STAKEHOLDERS}, "Revenue is stale"),
    ],
)
def test_an_error_is_told_to_those_who_are_to_see_it(given: dict[str, Any], said: str) -> None:
    content = _content(an_alert(failed=(A_TEST,)), **given)
    assert content["runResults"]["results"][0]["message"] == said


def test_owner_and_runbook_are_told_where_the_channel_includes_them() -> None:
    alert = an_alert(failed=(A_TEST,), runbook="https://wiki")
    node = _content(alert, include=frozenset({"error"}))["manifest"]["nodes"][A_TEST.unique_id]
    assert not {"owner", "owner_email", "runbook"} & set(node["meta"])


def test_a_drill_is_marked_where_it_is_read() -> None:
    message = a_message("monte_carlo", {"title": "TEST Daily Revenue"}, alert=a_drill(an_alert(failed=(A_TEST,))))
    assert _payload(message).content["runResults"]["results"][0]["message"].startswith("TEST Daily Revenue\n")


@pytest.mark.parametrize(
    ("relation", "named"),
    [
        ("RAW.STRIPE.PAYMENTS", ("RAW", "STRIPE", "PAYMENTS")),
        ("`p-1`.`shop`.`a.b`", ("p-1", "shop", "a.b")),
        ('"a.b"."c"', (None, "a.b", "c")),
        ("[db].[dbo].[t]", ("db", "dbo", "t")),
        ("", (None, "", "orders")),
    ],
)
def test_a_relation_is_read_as_each_warehouse_writes_it(relation: str, named: tuple[str | None, ...]) -> None:
    thing = FailedThing(name="orders", kind=NodeKind.MODEL, unique_id="model.shop.orders", relation=relation)
    node = _content(an_alert(failed=(thing,)))["manifest"]["nodes"]["model.shop.orders"]
    assert (node["database"], node["schema"], node["alias"]) == named


@settings(max_examples=20)
@given(st.text(max_size=40).map(lambda text: text * 50), st.sampled_from(["test.", "source.", ""]))
def test_no_text_makes_artifacts_that_dbt_would_not_read(text: str, prefix: str) -> None:
    thing = replace(
        A_TEST, unique_id=prefix + text, name=text, error=text * 50, owner=text, relation=text, tags=(text,)
    )
    many = tuple(replace(thing, unique_id=f"{thing.unique_id}{number}") for number in range(3))
    alert = an_alert(failed=many, job=AlertJob(id=1, name=text, project=text))
    payload = _payload(a_message("monte_carlo", {"title": text, "description": text}, alert=alert))
    assert bool(payload.cut) == (prefix != "test.")


def test_more_failed_nodes_than_anybody_reads_are_cut_and_counted() -> None:
    many = tuple(replace(A_TEST, unique_id=f"test.shop.t{number}", error="x" * 100_000) for number in range(210))
    payload = _payload(a_message("monte_carlo", PARTS, alert=an_alert(failed=many)))
    assert len(payload.content["runResults"]["results"]) == 200
    assert payload.cut == ("10 of 210 failed nodes",)


# --- what is asked --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", [UPLOAD_URL, ANNOUNCE, WHO])
def test_every_question_is_one_that_monte_carlos_schema_knows(document: str) -> None:
    assert validate(SCHEMA, parse(document)) == []


class Fake:
    """Monte Carlo's schema answering, and a store for uploads: what a test wants otherwise, it replaces."""

    def __init__(self, *, upload: str = UPLOAD, **answers: Callable[[], httpx.Response]) -> None:
        self.upload = upload
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.method == "PUT":
            return self.answers.get("put", lambda: httpx.Response(200))()
        body = json.loads(request.content)
        name = next(each for each in ("getDbtUploadUrl", "sendDbtArtifactsEvent", "getUser") if each in body["query"])
        if name in self.answers:
            return self.answers[name]()
        root = {
            "getDbtUploadUrl": self._url,
            "sendDbtArtifactsEvent": {"ok": True},
            "getUser": {"email": "a@acme.example"},
        }
        told = graphql_sync(SCHEMA, body["query"], root_value=root, variable_values=body["variables"])
        assert told.errors is None
        return httpx.Response(200, json={"data": told.data})

    def _url(self, _info: object, **given: str) -> str:
        return f"{self.upload}/{given['fileName']}?signature=s3cr3t"

    @property
    def wire(self) -> Wire:
        http = Outgoing(transport=httpx.MockTransport(self), allowed_hosts={"smtp.inside.example"})
        return Wire(http=http, now=lambda: datetime(2026, 11, 20, tzinfo=UTC))


def _reply(status: int, body: object) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(status, json=body)


def _lost() -> httpx.Response:
    raise httpx.ReadTimeout("gone")


def _send(fake: Fake, to: Destination = TO) -> Any:  # noqa: ANN401
    return MonteCarlo().deliver(_payload(a_message("monte_carlo", PARTS)), to, fake.wire)


def test_both_artifacts_are_uploaded_and_then_announced_under_one_key() -> None:
    fake = Fake()
    receipt = _send(fake)
    content = _content()
    assert (receipt.verdict, receipt.answer, receipt.vendor_id) == (Verdict.DONE, "ok", content["invocationId"])
    assert [(each.method, each.url.host) for each in fake.asked] == [
        ("POST", "api.getmontecarlo.com"),
        ("PUT", "uploads.s3.example"),
        ("POST", "api.getmontecarlo.com"),
        ("PUT", "uploads.s3.example"),
        ("POST", "api.getmontecarlo.com"),
    ]
    assert [json.loads(each.content) for each in fake.asked if each.method == "PUT"] == [
        content["manifest"],
        content["runResults"],
    ]
    assert fake.asked[-1].headers["x-mcd-idempotent-id"] == content["invocationId"]
    assert fake.asked[-1].headers["x-mcd-token"] == "mcd-token-4567"


def test_the_key_stays_with_monte_carlo() -> None:
    fake = Fake()
    _send(fake)
    assert all("x-mcd-token" not in each.headers for each in fake.asked if each.method == "PUT")


@pytest.mark.parametrize(
    "upload",
    [
        "http://uploads.s3.example/a",
        "https://10.0.0.7/a",
        "https://smtp.inside.example/a",
        "file:///etc",
        "https://[",
        "",
    ],
)
def test_an_address_in_an_answer_leads_to_a_public_place_or_nowhere(upload: str) -> None:
    """Not to what the operator allows for other things either: an answer is not the operator."""
    fake = Fake(upload=upload)
    receipt = _send(fake)
    assert receipt.verdict is Verdict.PERMANENT
    assert "PUT" not in {each.method for each in fake.asked}
    assert "s3cr3t" not in receipt.answer


def test_behind_an_operators_base_uploads_may_go_where_the_base_is() -> None:
    base = "http://127.0.0.1:8580/channels/monte_carlo"
    fake = Fake(upload="http://127.0.0.1:8580/channels/monte_carlo/upload")
    wire = Wire(http=Outgoing(transport=httpx.MockTransport(fake), allowed_hosts={"127.0.0.1:8580"}))
    receipt = MonteCarlo().deliver(_payload(a_message("monte_carlo", PARTS)), replace(TO, base=base), wire)
    assert receipt.verdict is Verdict.DONE
    assert str(fake.asked[0].url) == f"{base}/graphql"


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (
            {"sendDbtArtifactsEvent": _reply(200, {"errors": [{"message": "Unauthorized mcd-token-4567"}]})},
            Verdict.PERMANENT,
        ),
        ({"sendDbtArtifactsEvent": _reply(200, {"data": {"sendDbtArtifactsEvent": {"ok": False}}})}, Verdict.PERMANENT),
        ({"sendDbtArtifactsEvent": _reply(200, {"data": {"sendDbtArtifactsEvent": None}})}, Verdict.PERMANENT),
        ({"sendDbtArtifactsEvent": _lost}, Verdict.IN_DOUBT),
        ({"sendDbtArtifactsEvent": _reply(429, {})}, Verdict.THROTTLED),
        ({"getDbtUploadUrl": _reply(200, {"errors": [{"message": "no such project"}]})}, Verdict.PERMANENT),
        ({"getDbtUploadUrl": _reply(200, {"data": {"getDbtUploadUrl": None}})}, Verdict.PERMANENT),
        ({"getDbtUploadUrl": _lost}, Verdict.TRANSIENT),
        ({"getDbtUploadUrl": _reply(502, "<html>")}, Verdict.TRANSIENT),
        ({"put": _reply(403, "<Error>SignatureProvided s3cr3t</Error>")}, Verdict.TRANSIENT),
        ({"put": _reply(503, {})}, Verdict.TRANSIENT),
        ({"put": _reply(400, {})}, Verdict.PERMANENT),
        ({"put": _lost}, Verdict.TRANSIENT),
    ],
)
def test_only_the_announcement_can_be_in_doubt(answers: dict[str, Any], verdict: Verdict) -> None:
    fake = Fake(**answers)
    receipt = _send(fake)
    assert receipt.verdict is verdict
    assert "mcd-token-4567" not in receipt.answer
    assert "s3cr3t" not in receipt.answer
    announced = any(b"sendDbtArtifactsEvent" in each.content for each in fake.asked if each.method == "POST")
    assert announced == ("sendDbtArtifactsEvent" in answers)


def test_an_alert_without_model_or_test_is_said_to_be_none_for_monte_carlo() -> None:
    fake = Fake()
    payload = _payload(a_message("monte_carlo", PARTS, alert=an_alert(failed=())))
    receipt = MonteCarlo().deliver(payload, TO, fake.wire)
    assert (receipt.verdict, receipt.answer) == (
        Verdict.PERMANENT,
        "Monte Carlo takes models and tests, and none is in this",
    )
    assert fake.asked == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (None, Verdict.DONE),
        (_reply(200, {"data": {"getUser": None}}), Verdict.PERMANENT),
        (_reply(403, {"message": "Forbidden"}), Verdict.PERMANENT),
    ],
)
def test_a_probe_asks_whose_key_it_is(answer: Callable[[], httpx.Response] | None, verdict: Verdict) -> None:
    fake = Fake()
    fake.answers = {"getUser": answer} if answer else {}
    assert MonteCarlo().probe(TO, fake.wire).verdict is verdict
    assert len(fake.asked) == 1


def test_the_check_finds_a_pair_that_is_none() -> None:
    pair: dict[str, Any] = {"manifest": {"metadata": {"invocation_id": "a"}}, "invocationId": "b", "projectName": "p"}
    found = MonteCarlo().check(Payload(role=Role.MAIN, content=pair, key="k"))
    assert found == ("no jobName", "manifest is of another invocation", "runResults is of another invocation")
