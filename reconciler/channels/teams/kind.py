"""Microsoft Teams: an Adaptive Card, posted to the address of a workflow.

POST {"type": "message", "attachments": [card]}; 202 whatever becomes of it later: nothing can be read back, edited or
threaded. Practitioners see refusals from 21 KB on, so 20,000 bytes is the bound. Through a workflow only OpenUrl,
ShowCard and ToggleVisibility act, so buttons are links. Address and signature are one secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Wire
from reconciler.channels.destination import masked, revealed
from reconciler.channels.exchange import call, json_bytes
from reconciler.channels.keys import delivery_key
from reconciler.channels.teams.card import MAX_BYTES, card
from reconciler.model.message import Message

__all__ = ["KIND", "Teams"]

_ELEMENTS: Final = frozenset({"TextBlock", "FactSet", "Container"})
_MAX_ACTIONS: Final = 6


class Teams:
    name = "teams"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Make the one card. What does not fit is left out: there is no thread to put it in."""
        content, cut = card(message, acknowledge=to.acknowledges)
        return (Payload(role=Role.MAIN, content=content, key=delivery_key(message, to), cut=cut),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        return tuple(_problems(content)) if isinstance(content, Mapping) else ("a mail is no card",)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        return call(revealed(to.settings.get("url", "")), to, wire, body=json_bytes(payload.content)).receipt

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    if (size := len(json_bytes(content))) > MAX_BYTES:
        yield f"{size:,} bytes, {MAX_BYTES:,} are safe"
    for each in content.get("attachments", ()):
        shown = each["content"]
        for element in shown["body"]:
            if element["type"] not in _ELEMENTS:
                yield f"an element of type {element['type']}, which this tool never makes"
        yield from _action_problems(shown.get("actions", []))


def _action_problems(actions: list[Mapping[str, Any]]) -> Iterator[str]:
    if len(actions) > _MAX_ACTIONS:
        yield f"{len(actions)} buttons, {_MAX_ACTIONS} are shown"
    for action in actions:
        if action["type"] != "Action.OpenUrl":
            yield f"a button of type {action['type']}, which does nothing through a workflow"


KIND: Final[Kind] = Teams()
