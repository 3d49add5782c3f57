"""What a mail server's replies mean (RFC 5321 §4.2, enhanced codes of RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconciler import escape
from reconciler.channels.contract import Receipt, Verdict

__all__ = ["Refusals", "Reply", "for_all", "listed", "receipt", "said", "verdict"]

Reply = tuple[int, bytes]
Refusals = Mapping[str, Reply]
"""What the server said of each recipient that it did not take."""

_LATER: Final = 300.0
"""RFC 5321 §4.5.4.1 wants half an hour between tries; greylisting is usually over after five minutes."""

_TOO_MUCH: Final = re.compile(rb"\b4\.7\.(?:0|28|650)\b|\brate\b|too many|throttl", re.IGNORECASE)
_MOST_SAID: Final = 2_000
"""Characters of one reply. What is shown is shorter, and is cut after it is masked: half a secret cannot be."""


def verdict(reply: Reply) -> Verdict:
    """Tell what a reply means that is not the one asked for: 4yz is for now, everything else for good."""
    code, text = reply
    if 200 <= code < 400:
        return Verdict.DONE
    if not 400 <= code < 500:
        return Verdict.PERMANENT
    return Verdict.THROTTLED if code == 452 or _TOO_MUCH.search(text) else Verdict.TRANSIENT


def receipt(what: str, reply: Reply) -> Receipt:
    """Return the receipt of a mail that ends with this reply; `what` was asked when it came."""
    means = verdict(reply)
    later = _LATER if means in {Verdict.THROTTLED, Verdict.TRANSIENT} else None
    return Receipt(verdict=means, answer=f"{what}: {said(reply)}", status=reply[0], retry_after=later)


def for_all(refused: Refusals) -> Receipt:
    """Return the receipt where the server took no recipient. One that may be taken later is worth another try."""
    replies = sorted(refused.values(), key=lambda reply: verdict(reply) is Verdict.PERMANENT)
    whole = receipt("recipients", replies[0])
    return Receipt(
        verdict=whole.verdict,
        answer=f"no recipient was taken: {listed(refused)}",
        status=whole.status,
        retry_after=whole.retry_after,
        untold=tuple(refused),
    )


def listed(refused: Refusals) -> str:
    return "; ".join(f"{who}: {said(reply)}" for who, reply in refused.items())


def said(reply: Reply) -> str:
    """Return code and text on one line."""
    code, text = reply
    words = " ".join(text.decode(errors="replace").split())
    return escape.terminal(f"{code} {words}".strip()[:_MOST_SAID])
