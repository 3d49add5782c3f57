"""Addresses that a ledger keeps as keyed hashes only."""

from __future__ import annotations

import re
from typing import Final

from reconciler.model.edge import RecipientKey, RecipientKind

__all__ = ["HIDDEN_ADDRESS", "is_hidden"]

HIDDEN_ADDRESS: Final = re.compile(r"hmac:[0-9a-f]{32}(?![0-9a-f])")


def is_hidden(key: RecipientKey) -> bool:
    """Tell whether a recipient stands for an address that nobody could name any more: it is equal to no live one."""
    return key.kind is RecipientKind.EMAIL and HIDDEN_ADDRESS.fullmatch(key.value) is not None
