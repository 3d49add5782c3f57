"""How the two processes talk: JSON after four bytes that tell its length."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

__all__ = ["HEAD", "MOST", "GarbageError", "length", "packed", "unpacked"]

HEAD: Final = 4
MOST: Final = 64_000_000  # bytes of one message, either way
_FORMAT: Final = ">I"


class GarbageError(Exception):
    """What came through the pipe is not what the other side says."""


def packed(value: dict[str, Any]) -> bytes:
    body = json.dumps(value, default=str, separators=(",", ":")).encode()
    if len(body) > MOST:
        raise GarbageError(f"an alert of {len(body):,} bytes is too large to render")
    return struct.pack(_FORMAT, len(body)) + body


def length(head: bytes) -> int:
    found: int = struct.unpack(_FORMAT, head)[0]
    if found > MOST:
        raise GarbageError("the worker answered something else than a message")
    return found


def unpacked(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise GarbageError("the worker answered something else than a message") from problem
    if not isinstance(found, dict):
        raise GarbageError("the worker answered something else than a message")
    return found
