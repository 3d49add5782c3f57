"""Reading back from Slack, for proof: the token, the bot's place in the channel, the message; and deleting it.

Nothing here raises for what Slack answers; the receipt says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reconciler.channels.contract import Destination, Receipt, Wire
from reconciler.channels.destination import revealed
from reconciler.channels.exchange import Exchange, call
from reconciler.channels.slack.kind import API, api

__all__ = ["Membership", "auth_test", "delete", "found_again", "membership", "read_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The channel as the bot sees it. `name` is what it is called today."""

    receipt: Receipt
    member: bool = False
    archived: bool = False
    name: str = ""


def auth_test(to: Destination, wire: Wire) -> Exchange:
    """Ask who the token is: `data` has `team`, `user`, `bot_id`."""
    return _get("auth.test", {}, to, wire)


def membership(to: Destination, wire: Wire) -> Membership:
    """Ask whether the bot is in its channel, and whether the channel still lives (scope `channels:read`)."""
    found = _get("conversations.info", {"channel": _channel(to)}, to, wire)
    channel = found.data.get("channel")
    about: Mapping[str, Any] = channel if isinstance(channel, dict) else {}
    return Membership(
        receipt=found.receipt,
        member=about.get("is_member") is True,
        archived=about.get("is_archived") is True,
        name=str(about.get("name", "")),
    )


def read_back(to: Destination, wire: Wire, *, ts: str, thread: str | None = None) -> Mapping[str, Any] | None:
    """Return the message as Slack keeps it, with its metadata (scope `channels:history`); None if it is not there.

    What stands in a thread is in no channel's history: `thread` is the `ts` of the message above it.
    """
    only = {"latest": ts, "oldest": ts, "inclusive": "true", "limit": "2"}
    return next((each for each in _messages(to, wire, thread, only) if each.get("ts") == ts), None)


def found_again(to: Destination, wire: Wire, *, key: str, thread: str | None = None) -> str | None:
    """Return the `ts` of the message that carries this key as its metadata, among the last hundred there.

    Slack takes no key for repetitions: before a doubtful message is sent again, this tells whether it is there.
    """
    found = (each for each in _messages(to, wire, thread, {"limit": "100"}) if _delivery(each) == key)
    return next((str(each["ts"]) for each in found if isinstance(each.get("ts"), str)), None)


def _messages(to: Destination, wire: Wire, thread: str | None, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield what the channel, or a thread in it, holds; nothing for an answer that is none."""
    method, where = ("conversations.replies", {"ts": thread}) if thread else ("conversations.history", {})
    common = {"channel": _channel(to), "include_all_metadata": "true"}
    found = _get(method, {**common, **where, **asked}, to, wire)
    rows = found.data.get("messages") if found.done else None
    yield from (each for each in rows if isinstance(each, dict)) if isinstance(rows, list) else ()


def _delivery(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return payload.get("delivery_id") if isinstance(payload, dict) else None


def delete(to: Destination, wire: Wire, *, ts: str) -> Receipt:
    """Delete a message of the bot's own. What stands in its thread stays, so that goes first."""
    return api("chat.delete", {"channel": _channel(to), "ts": ts}, to, wire)


def _channel(to: Destination) -> str:
    return revealed(to.settings.get("channel_id", ""))


def _get(method: str, asked: Mapping[str, str], to: Destination, wire: Wire) -> Exchange:
    token = revealed(to.settings.get("token", ""))
    query = f"?{urlencode(asked)}" if asked else ""
    return call(f"{API}{method}{query}", to, wire, method="GET", headers={"Authorization": f"Bearer {token}"})
