"""The buttons below a message: links, and the acknowledgement where somebody answers it."""

from __future__ import annotations

from typing import Any, Final

from reconciler.channels.fit import clip
from reconciler.channels.included import wants
from reconciler.channels.links import linkable
from reconciler.model.message import Message

__all__ = ["MAX_URL", "buttons_of"]

Block = dict[str, Any]

MAX_URL: Final = 1500
"""Half of what Slack takes: three buttons and a headline must leave room for words."""
_BUTTON_TEXT: Final = 75
_VALUE: Final = 2000


def buttons_of(message: Message, *, acknowledge: bool, bot: bool) -> list[Block]:
    """Return what can be opened, as far as the channel includes it, and `Acknowledge` where that is answered."""
    alert = message.alert
    wanted: list[Block] = []
    if alert.run and wants(message, "link"):
        wanted += _link("Open run", alert.run.url)
    if wants(message, "runbook"):
        wanted += _link("Runbook", alert.runbook)
    if acknowledge and bot:
        wanted.append(
            {
                "type": "button",
                "action_id": "acknowledge",
                "style": "primary",
                "text": {"type": "plain_text", "text": "Acknowledge"},
                "value": alert.incident[:_VALUE],
            }
        )
    elif acknowledge:
        wanted += _link("Acknowledge", alert.ack_url)
    return wanted


def _link(text: str, url: str) -> list[Block]:
    if not linkable(url, most=MAX_URL):
        return []
    name = "open_" + text.lower().replace(" ", "_")
    label = {"type": "plain_text", "text": clip(text, _BUTTON_TEXT)}
    return [{"type": "button", "action_id": name, "text": label, "url": url}]
