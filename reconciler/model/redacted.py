"""URLs without their secrets, that can still be compared: for snapshots, which people send to each other.

A webhook's path or query may be a key to somebody's chat. What is kept is scheme, host and port, and a keyed hash of
all the rest, user and password included. The key stands in the snapshot beside it: it makes the hashes of two
snapshots differ, and lets a plan from a snapshot compare the policy's URL with live's. It does not keep a short or
well-known path from being guessed: a snapshot is not for publishing.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

__all__ = ["is_redacted", "redact_url"]

_PREFIX = "/redacted-"
_HEX_LENGTH = 32


def redact_url(url: str, key: str) -> str:
    """Return scheme and host of a URL, and a hash of the whole under `key`. What is no URL is hashed whole."""
    digest = hmac.new(key.encode(), url.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:_HEX_LENGTH]
    return f"{_origin(url)}{_PREFIX}{digest}"


def is_redacted(url: str) -> bool:
    """Tell whether a URL is one that `redact_url` returned."""
    origin, found, digest = url.rpartition(_PREFIX)
    return (
        bool(found) and len(digest) == _HEX_LENGTH and set(digest) <= set("0123456789abcdef") and origin == _origin(url)
    )


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not (parts.scheme and host):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}" if port else f"{parts.scheme}://{shown}"
