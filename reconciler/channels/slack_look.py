"""Reading back from Slack, for proof: the token, the bot's place in the channel, the message; and deleting it.

Nothing here raises for what Slack answers; the receipt says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reconciler.channels.contract import Destination, Receipt, Wire
from reconciler.channels.destination import revealed
from reconciler.channels.exchange import Exchange, call
from reconciler.channels.slack import API, api

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


def read_back(to: Destination, wire: Wire, *, ts: str) -> Mapping[str, Any] | None:
    """Return the message as Slack keeps it, with its metadata (scope `channels:history`); None if it is not there."""
    asked = {"channel": _channel(to), "latest": ts, "oldest": ts, "inclusive": "true", "limit": "1"}
    found = _get("conversations.history", {**asked, "include_all_metadata": "true"}, to, wire)
    messages = found.data.get("messages") if found.done else None
    rows = messages if isinstance(messages, list) else []
    matching = [each for each in rows if isinstance(each, dict) and each.get("ts") == ts]
    return matching[0] if matching else None


def found_again(to: Destination, wire: Wire, *, key: str) -> str | None:
    """Return the `ts` of the message that carries this key as its metadata, among the channel's last hundred.

    Slack takes no key for repetitions: before a doubtful message is sent again, this tells whether it is there.
    """
    asked = {"channel": _channel(to), "limit": "100", "include_all_metadata": "true"}
    found = _get("conversations.history", asked, to, wire)
    messages = found.data.get("messages") if found.done else None
    for each in messages if isinstance(messages, list) else ():
        if _delivery(each) == key and isinstance(each.get("ts"), str):
            return str(each["ts"])
    return None


def _delivery(message: object) -> object:
    metadata = message.get("metadata") if isinstance(message, dict) else None
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
