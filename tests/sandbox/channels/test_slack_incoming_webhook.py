"""Slack's incoming webhooks: one word for an answer, and a message in the inbox."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from slack_sdk.webhook import WebhookClient

from reconciler.sandbox import RunningSandbox

HOOK = "slack/services/T0SANDBOX/B0CRITICAL/made-up"


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_slacks_own_client_delivers_and_the_inbox_has_it_in_plain_words(vendors: RunningSandbox) -> None:
    client = WebhookClient(f"{vendors.url}/channels/{HOOK}")
    answer = client.send(
        attachments=[{"color": "#e01e5a", "blocks": [section("*<https://x.example|Job> failed* &lt;3")]}]
    )
    assert (answer.status_code, answer.body) == (200, "ok")
    [message] = vendors.control.inbox(kind="slack")
    assert (message["subject"], message["text"]) == ("Job failed <3", "Job failed <3")
    assert (message["state"], message["recipient"]) == ("delivered", "incoming webhook B0CRITICAL")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("{", "invalid_payload"),
        ("[]", "invalid_payload"),
        ("{}", "no_text"),
        ('{"text": ""}', "no_text"),
        (json.dumps({"blocks": [section("x" * 3001)]}), "invalid_blocks"),
        (json.dumps({"blocks": [section("")]}), "invalid_blocks"),
        (json.dumps({"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}), "invalid_blocks"),
        (json.dumps({"blocks": [section("x")] * 51}), "invalid_blocks"),
        (json.dumps({"attachments": [{"blocks": [{"type": "marquee"}]}]}), "invalid_blocks"),
        (json.dumps({"attachments": [{"text": "x"}] * 101}), "too_many_attachments"),
    ],
)
def test_what_is_wrong_is_said_in_slacks_word_and_nothing_arrives(
    web: httpx.Client, vendors: RunningSandbox, body: str, word: str
) -> None:
    answer = web.post(HOOK, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.text) == (400, word)
    assert vendors.control.inbox() == []


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3000),
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 150}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 10},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 10},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 75}}] * 25},
        {"type": "divider"},
    ],
)
def test_blocks_at_their_limit_are_taken(web: httpx.Client, block: dict[str, Any]) -> None:
    assert web.post(HOOK, json={"blocks": [block]}).text == "ok"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}}] * 26},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "block_id": "x" * 256},
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": "a"}] * 2,
        },
    ],
)
def test_blocks_over_their_limit_are_not(web: httpx.Client, block: dict[str, Any]) -> None:
    assert web.post(HOOK, json={"blocks": [block]}).text == "invalid_blocks"


@pytest.mark.parametrize(
    ("mode", "status", "word"),
    [
        ("archived", 410, "channel_is_archived"),
        ("no_service", 404, "no_service"),
        ("no_channel", 404, "channel_not_found"),
        ("prohibited", 403, "action_prohibited"),
        ("wrong_token", 403, "invalid_token"),
    ],
)
def test_the_world_can_be_wrong_for_one_webhook_only(
    web: httpx.Client, vendors: RunningSandbox, mode: str, status: int, word: str
) -> None:
    vendors.control.break_channel("slack", mode, only="B0CRITICAL")
    answer = web.post(HOOK, json={"text": "x"})
    assert (answer.status_code, answer.text) == (status, word)
    assert web.post(HOOK.replace("B0CRITICAL", "B0INFO"), json={"text": "x"}).text == "ok"


def test_a_path_that_is_no_webhook_has_no_service(web: httpx.Client) -> None:
    assert web.post("slack/services/T/B", json={"text": "x"}).text == "no_service"


def test_the_older_form_is_read(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.post(HOOK, data={"payload": '{"text": "from a form"}'}).text == "ok"
    assert vendors.control.inbox()[0]["text"] == "from a form"
