"""Slack: by an incoming webhook, which can only post, or by a bot, which answers in threads and edits what it said.

Webhook: POST to its address, 200 and `ok`, or a status and a bare word; no id comes back, so nothing can be edited.
Bot: `chat.postMessage`, 200 with `ok` inside; the `ts` that it returns names the message for threads, edits, deletion.
Neither takes an idempotency key: the bot's messages carry ours as metadata, by which a doubtful one is found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Wire
from reconciler.channels.destination import masked, revealed
from reconciler.channels.exchange import call, json_bytes
from reconciler.channels.keys import delivery_key
from reconciler.channels.slack.blocks import body, thread_body
from reconciler.channels.slack.check import problems
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome

__all__ = ["API", "KIND", "Slack", "api", "by_bot"]

API: Final = "https://slack.com/api/"
_UPDATE: Final = "chat.update"
_POST: Final = "chat.postMessage"


def by_bot(to: Destination) -> bool:
    return "token" in to.settings


class Slack:
    name = "slack"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Make the message, and for a bot what goes into its thread: the detail, and on recovery the edit above."""
        bot = by_bot(to)
        key = delivery_key(message, to)
        content, cut = body(message, acknowledge=to.acknowledges and _open(message), bot=bot)
        detail = message.parts.get("detail", "").strip()
        if detail and not bot:
            cut = (*cut, "detail left out: a webhook cannot write into a thread")
        if not bot:
            return (Payload(role=Role.MAIN, content=content, key=key, cut=cut),)
        posted = content | _of_bot(message, to, key)
        main = Payload(role=Role.MAIN, content=posted, key=key, cut=cut, thread=message.thread)
        return (main, *_edit(message, to, main), *_detail(message, to, key))

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        return tuple(problems(content)) if isinstance(content, Mapping) else ("a mail is no message to Slack",)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        content = payload.content if isinstance(payload.content, Mapping) else {}
        if not by_bot(to):
            return call(revealed(to.settings.get("url", "")), to, wire, body=json_bytes(content)).receipt
        thread = {"thread_ts": payload.thread} if payload.thread and "ts" not in content else {}
        method = _UPDATE if "ts" in content else _POST
        return api(method, {**content, **thread}, to, wire)

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


def api(method: str, content: Mapping[str, Any], to: Destination, wire: Wire) -> Receipt:
    """Call a method that writes. The receipt's id is the message's `ts`."""
    token = revealed(to.settings.get("token", ""))
    done = call(f"{API}{method}", to, wire, body=json_bytes(content), headers={"Authorization": f"Bearer {token}"})
    stamp = done.data.get("ts")
    return replace(done.receipt, vendor_id=stamp if isinstance(stamp, str) else None)


def _of_bot(message: Message, to: Destination, key: str) -> dict[str, Any]:
    return {
        "channel": revealed(to.settings.get("channel_id", "")),
        "metadata": {
            "event_type": "dbt_alert",
            "event_payload": {"delivery_id": key, "incident": message.alert.incident[:255]},
        },
    }


def _edit(message: Message, to: Destination, main: Payload) -> tuple[Payload, ...]:
    """Turn the incident's first message into the good news too: who scrolls past it must not start to work."""
    if not message.alert.over or not message.thread or not isinstance(main.content, Mapping):
        return ()
    key = f"{main.key}-edit"
    content = {**main.content, **_of_bot(message, to, key), "ts": message.thread}
    return (Payload(role=Role.EVENT, content=content, key=key, thread=message.thread),)


def _detail(message: Message, to: Destination, key: str) -> tuple[Payload, ...]:
    text = message.parts.get("detail", "").strip()
    if not text or (message.include and "error" not in message.include):
        return ()
    content, cut = thread_body(text)
    whole = content | _of_bot(message, to, f"{key}-detail")
    return (Payload(role=Role.DETAIL, content=whole, key=f"{key}-detail", cut=cut, thread=message.thread),)


def _open(message: Message) -> bool:
    return message.alert.outcome in {Outcome.FAILURE, Outcome.LATE} and not message.alert.over


KIND: Final[Kind] = Slack()
