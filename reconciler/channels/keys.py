"""Keys that stay the same in every try: what a vendor, or a reader, tells a repetition by."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from reconciler.channels.contract import Destination
from reconciler.model.message import Message

__all__ = ["delivery_key", "delivery_uuid", "short_key"]


def delivery_key(message: Message, to: Destination) -> str:
    """Return the key of one alert in one channel: 32 hexadecimal digits."""
    return short_key(message.alert.id, to.name)


def delivery_uuid(message: Message, to: Destination) -> UUID:
    """Return the same key where a vendor wants a UUID."""
    return UUID(hex=delivery_key(message, to), version=4)


def short_key(*parts: str) -> str:
    """Return 32 hexadecimal digits that stand for the parts, each however long or strange."""
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
