"""What of a message a channel wants: its `include`, by the parts and links that each word stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.model.message import Message

__all__ = ["parts_of", "wants"]

_PARTS: Final = {"error": ("error", "detail"), "models": ("failed",), "actions": ("actions",)}


def wants(message: Message, word: str) -> bool:
    """Whether the channel wants this; one without `include` wants everything."""
    return not message.include or word in message.include


def parts_of(message: Message) -> Mapping[str, str]:
    """Return the parts that are wanted. What has no word, such as a title, always is."""
    unwanted = {part for word, parts in _PARTS.items() if not wants(message, word) for part in parts}
    return {name: text for name, text in message.parts.items() if name not in unwanted and text.strip()}
