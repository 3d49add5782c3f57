"""Teams, Monte Carlo, one's own endpoint, Apprise: each by something that we did not write, where there is one."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import uuid4

import apprise
import graphql
import httpx
import pytest
from standardwebhooks import Webhook

from reconciler.sandbox import RunningSandbox
from reconciler.sandbox.channels.graphql import selection

Json: TypeAlias = Any
CARD = "application/vnd.microsoft.card.adaptive"
MC = {"x-mcd-id": "id", "x-mcd-token": "token"}


def card(*body: dict[str, Any]) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "version": "1.4", "body": list(body)}
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": content}]}


def test_a_workflow_takes_a_card_with_202_and_no_word(web: httpx.Client, vendors: RunningSandbox) -> None:
    body = card(
        {"type": "TextBlock", "text": "**Daily** [failed](https://x.example)"}, {"type": "FactSet", "facts": []}
    )
    answer = web.post("teams/workflows/x/invoke?sig=y", json=body)
    assert (answer.status_code, answer.content) == (202, b"")
    [message] = vendors.control.inbox(kind="teams")
    assert (message["subject"], message["state"]) == ("Daily failed", "delivered")


@pytest.mark.parametrize("body", [{"text": "hi"}, {"type": "message", "attachments": []}, {"type": "message"}])
def test_202_whatever_comes_of_it(web: httpx.Client, vendors: RunningSandbox, body: dict[str, Any]) -> None:
    assert web.post("teams/flow", json=body).status_code == 202
    assert vendors.control.inbox()[0]["state"] == "failed"


@pytest.mark.parametrize(("size", "status"), [(27_000, 202), (28_700, 413)])
def test_over_28_kb_is_too_large(web: httpx.Client, size: int, status: int) -> None:
    assert web.post("teams/flow", json=card({"type": "TextBlock", "text": "x" * size})).status_code == status


@pytest.mark.parametrize(("mode", "status"), [("gone", 404), ("wrong_signature", 401), ("disabled", 400)])
def test_a_flow_that_is_not_there(web: httpx.Client, vendors: RunningSandbox, mode: str, status: int) -> None:
    vendors.control.break_channel("teams", mode, only="/flow")
    assert web.post("teams/flow", json=card()).status_code == status
    assert web.post("teams/other", json=card()).status_code == 202


def test_an_old_connector_says_1_or_200_with_an_error(web: httpx.Client, vendors: RunningSandbox) -> None:
    path = "teams/webhookb2/a@b/IncomingWebhook/c/d"
    assert web.post(path, json={"text": "hi"}).text == "1"
    large = web.post(path, json={"text": "x" * 29_000})
    assert (large.status_code, "HTTP error 413" in large.text) == (200, True)
    assert web.post(path, json={}).status_code == 400
    vendors.control.break_channel("teams", "connector")
    assert web.post("teams/flow", json=card({"type": "TextBlock", "text": "x"})).text == "1"


def ask(web: httpx.Client, query: str, **variables: Json) -> dict[str, Any]:
    return web.post("monte_carlo/graphql", json={"query": query, "variables": variables}, headers=MC).json()


UPLOAD = (
    "query U($p: String!, $i: String!, $f: String!) "
    "{ getDbtUploadUrl(projectName: $p, invocationId: $i, fileName: $f) }"
)
SEND = (
    "mutation S($p: String!, $j: String!, $i: UUID!, $a: DbtArtifactsInput!) "
    "{ sendDbtArtifactsEvent(projectName: $p, jobName: $j, invocationId: $i, artifacts: $a) { ok } }"
)


def test_artifacts_go_up_and_are_announced(web: httpx.Client, vendors: RunningSandbox) -> None:
    run = str(uuid4())
    url = ask(web, UPLOAD, projectName="p", invocationId=run, fileName="run_results.json")["data"]["getDbtUploadUrl"]
    failed = {"unique_id": "model.a.b", "status": "error", "message": "relation is gone"}
    results = {"metadata": {"invocation_id": run}, "results": [failed, {"status": "success"}]}
    assert web.put(url, content=json.dumps(results)).status_code == 200
    sent = ask(web, SEND, projectName="p", jobName="j", invocationId=run, artifacts={"runResults": "run_results.json"})
    assert sent == {"data": {"sendDbtArtifactsEvent": {"ok": True}}}
    announced, upload = vendors.control.inbox(kind="monte_carlo")
    assert announced["subject"] == "sendDbtArtifactsEvent: j"
    assert "error model.a.b: relation is gone" in upload["text"]


def test_monte_carlo_says_what_is_wrong_with_200(web: httpx.Client) -> None:
    assert "invocationId" in ask(web, SEND, projectName="p", jobName="j")["errors"][0]["message"]
    assert (
        "UUID"
        in ask(web, SEND, projectName="p", jobName="j", invocationId="x", artifacts={"a": 1})["errors"][0]["message"]
    )
    assert ask(web, "mutation {")["errors"]


def test_monte_carlo_keys_are_asked_for(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.post("monte_carlo/graphql", json={"query": "{ getUser { email } }"}).status_code == 403
    vendors.control.break_channel("monte_carlo", "revoked", only="id")
    assert web.post("monte_carlo/graphql", json={"query": "{ getUser { email } }"}, headers=MC).status_code == 403


@pytest.mark.parametrize(
    "document",
    [
        UPLOAD,
        SEND,
        "{ a { b(x: {y: [1, 2]}) { c } d } e }",
        'query Q { one(text: "a { b } c", other: """x } y""") { two # not { this }\n three } }',
        "mutation { m(a: true, b: null, c: -1.5e3, d: ENUM) { ok } }",
    ],
)
def test_the_fields_read_are_those_that_graphql_reads(document: str) -> None:
    operation = graphql.parse(document).definitions[0]
    assert isinstance(operation, graphql.OperationDefinitionNode)

    def fields(chosen: graphql.SelectionSetNode | None) -> dict[str, Any]:
        nodes = [node for node in (chosen.selections if chosen else ()) if isinstance(node, graphql.FieldNode)]
        return {node.name.value: fields(node.selection_set) for node in nodes}

    assert selection(document) == fields(operation.selection_set)


def test_ones_own_endpoint_keeps_what_a_receiver_verifies(web: httpx.Client, vendors: RunningSandbox) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    body = json.dumps({"type": "alert.failure", "data": {"title": "Daily failed", "text": "2 models"}})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
        "X-Token": "t",
    }
    assert web.post("webhook/api/alerts", content=body, headers=headers).json() == {"ok": True}
    [message] = vendors.control.inbox(kind="webhook_out")
    Webhook(secret).verify(message["body"], message["signed"])
    assert (message["subject"], message["text"], message["headers"]["x-token"]) == ("Daily failed", "2 models", "t")


def test_an_endpoint_that_is_gone(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("webhook", "gone")
    assert web.post("webhook/x", json={}).status_code == 410


@pytest.mark.filterwarnings("ignore::DeprecationWarning:apprise")
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_itself_delivers(vendors: RunningSandbox) -> None:
    sender = apprise.Apprise()
    sender.add(vendors.ready["channels_url"].replace("http://", "json://") + "apprise/phone")
    assert sender.notify(title="Daily failed", body="2 models")
    [message] = vendors.control.inbox(kind="apprise")
    assert (message["subject"], message["text"]) == ("Daily failed", "2 models")
