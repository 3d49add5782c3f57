"""Slack's Web API, judged by Slack's own client."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from reconciler.sandbox import RunningSandbox

Json: TypeAlias = Any
ROOM = "C0987654321"
Client = Any
"""slack_sdk's WebClient, whose answers are typed as if every one might be missing."""


def refused(call: Callable[..., object], **arguments: Json) -> str:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    assert raised.value.response.status_code == 200
    return raised.value.response["error"]


def test_a_message_is_posted_answered_in_a_thread_changed_read_back_and_removed(
    slack: Client, vendors: RunningSandbox
) -> None:
    first = slack.chat_postMessage(
        channel=ROOM, text="failed", metadata={"event_type": "a", "event_payload": {"id": 1}}
    )
    reply = slack.chat_postMessage(channel=ROOM, text="the error", thread_ts=first["ts"])
    slack.chat_update(channel=ROOM, ts=first["ts"], text="recovered")
    [shown] = slack.conversations_history(channel=ROOM, latest=first["ts"], inclusive=True, limit=1)["messages"]
    assert (shown["ts"], shown["text"]) == (first["ts"], "recovered")
    thread = slack.conversations_replies(channel=ROOM, ts=first["ts"])["messages"]
    assert [each["text"] for each in thread] == ["recovered", "the error"]
    slack.chat_delete(channel=ROOM, ts=reply["ts"])
    assert len(slack.conversations_replies(channel=ROOM, ts=first["ts"])["messages"]) == 1
    states = {row["ts"]: row["state"] for row in vendors.control.inbox(kind="slack")}
    assert states == {first["ts"]: "delivered", reply["ts"]: "deleted"}
    assert vendors.control.inbox(ts=first["ts"])[0]["edits"][0]["text"] == "failed"


def test_every_message_has_a_ts_of_its_own_in_order(slack: Client) -> None:
    found = [slack.chat_postMessage(channel=ROOM, text="x")["ts"] for _ in range(3)]
    assert sorted(found) == found
    assert len(set(found)) == 3
    assert all(re.fullmatch(r"\d{10}\.\d{6}", each) for each in found)


def test_metadata_comes_back_only_if_asked_for(slack: Client) -> None:
    meta = {"event_type": "delivery", "event_payload": {"delivery_id": "d1"}}
    ts = slack.chat_postMessage(channel=ROOM, text="x", metadata=meta)["ts"]
    around: dict[str, Any] = {"channel": ROOM, "latest": ts, "inclusive": True, "limit": 1}
    assert slack.conversations_history(**around, include_all_metadata=True)["messages"][0]["metadata"] == meta
    assert "metadata" not in slack.conversations_history(**around)["messages"][0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "channel": "nowhere"}, "channel_not_found"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": ""}}, "invalid_metadata_format"),
    ],
)
def test_a_message_that_slack_refuses_is_200_with_ok_false(
    slack: Client, vendors: RunningSandbox, arguments: dict[str, Any], error: str
) -> None:
    assert refused(slack.api_call, api_method="chat.postMessage", json={"channel": ROOM, **arguments}) == error
    assert vendors.control.inbox() == []


def test_what_blocks_break_is_told_with_a_pointer(slack: Client) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as raised:
        slack.chat_postMessage(channel=ROOM, text="x", blocks=blocks)
    [told] = raised.value.response["response_metadata"]["messages"]
    assert told == "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"


@pytest.mark.parametrize(
    ("mode", "only", "error"),
    [
        ("archived", ROOM, "is_archived"),
        ("not_in_channel", ROOM, "not_in_channel"),
        ("no_channel", ROOM, "channel_not_found"),
        ("prohibited", ROOM, "restricted_action"),
        ("revoked", "xoxb-sandbox", "token_revoked"),
        ("wrong_token", None, "invalid_auth"),
        ("missing_scope", "chat:write", "missing_scope"),
    ],
)
def test_the_world_goes_wrong_and_right_again(
    slack: Client, vendors: RunningSandbox, mode: str, only: str | None, error: str
) -> None:
    vendors.control.break_channel("slack", mode, only=only)
    assert refused(slack.chat_postMessage, channel=ROOM, text="x") == error
    vendors.control.mend_channels("slack")
    assert slack.chat_postMessage(channel=ROOM, text="x")["ok"]


def test_tokens_are_asked_for(vendors: RunningSandbox) -> None:
    base = f"{vendors.url}/channels/slack/api/"
    assert refused(WebClient("", base_url=base).auth_test) == "not_authed"
    assert refused(WebClient("secret", base_url=base).auth_test) == "invalid_auth"


def test_archived_and_membership_show_in_what_is_read(slack: Client, vendors: RunningSandbox) -> None:
    bot = slack.auth_test()["user_id"]
    assert bot in slack.conversations_members(channel=ROOM)["members"]
    vendors.control.break_channel("slack", "archived", only=ROOM)
    vendors.control.break_channel("slack", "not_in_channel", only=ROOM)
    assert slack.conversations_info(channel=ROOM)["channel"]["is_archived"]
    assert bot not in slack.conversations_members(channel=ROOM)["members"]


def test_a_channel_has_the_name_that_dbt_cloud_knows(slack: Client) -> None:
    assert slack.conversations_info(channel="C0123456789")["channel"]["name"] == "data-alerts"


def test_people_and_groups_are_found_unless_they_left(slack: Client, vendors: RunningSandbox) -> None:
    assert slack.users_lookupByEmail(email="maria@acme.example")["user"]["profile"]["email"] == "maria@acme.example"
    assert refused(slack.users_lookupByEmail, email="leo@acme.example") == "users_not_found"
    assert "S0123ABCD" in [group["id"] for group in slack.usergroups_list()["usergroups"]]
    vendors.control.break_channel("slack", "no_usergroup", only="S0123ABCD")
    assert "S0123ABCD" not in [group["id"] for group in slack.usergroups_list()["usergroups"]]


def test_changing_what_is_not_there(slack: Client) -> None:
    assert refused(slack.chat_update, channel=ROOM, ts="1.000001", text="x") == "message_not_found"
    assert refused(slack.chat_delete, channel=ROOM, ts="1.000001") == "message_not_found"
    assert refused(slack.conversations_replies, channel=ROOM, ts="1.000001") == "thread_not_found"


def test_an_unknown_method_is_still_200(web: httpx.Client) -> None:
    answer = web.post("slack/api/chat.shout", headers={"Authorization": "Bearer xoxb-1"})
    assert (answer.status_code, answer.json()["error"]) == (200, "unknown_method")


def test_a_reply_is_in_its_thread_and_not_in_the_channel(slack: Client) -> None:
    first = slack.chat_postMessage(channel="C0111111111", text="failed")
    slack.chat_postMessage(channel="C0111111111", text="quiet", thread_ts=first["ts"])
    slack.chat_postMessage(channel="C0111111111", text="loud", thread_ts=first["ts"], reply_broadcast=True)
    shown = slack.conversations_history(channel="C0111111111")["messages"]
    assert [each["text"] for each in shown] == ["loud", "failed"]
