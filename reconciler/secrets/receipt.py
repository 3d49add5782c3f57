"""What may be kept of a secret: enough to recognise it, useless to whoever wants it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from reconciler.model.secret import Secret

__all__ = ["fingerprint", "fingerprint_of"]

_PURPOSE: Final = b"dbt-alerts receipt\0"


def fingerprint(secret: Secret) -> str:
    """Return 12 hex digits of a hash of the secret: the same for the same secret, and no way back.

    dbt Cloud's HMAC secrets are random and long, so there is no list of candidates to try against 48 bits; the prefix
    keeps the value apart from any other hash of the same secret.
    """
    return sha256(_PURPOSE + secret.reveal().encode()).hexdigest()[:12]


def fingerprint_of(receipt: str) -> str:
    """Return the fingerprint at the end of a receipt: every sink puts it there, behind `#`."""
    return receipt.rpartition("#")[2]
