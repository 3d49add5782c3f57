"""The code of one test message: whoever gives it back has read that message, and no other.

    7f3a9c21-K4TQ9-XMW2H

The test's correlation id, which everybody may know, and a secret that stands in the message and nowhere else. Evidence
keeps a hash of it: 50 bits are more than somebody who could simply ask the reader would search.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from hmac import compare_digest
from typing import Final

__all__ = ["draw", "fits", "seal", "without"]

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32, of which no two look alike in any font: no 0, 1, I, O."""
_GROUP: Final = 5


def draw(correlation: str) -> str:
    """Return a new code of a test."""
    one, two = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(2))
    return f"{correlation}-{one}-{two}"


def seal(code: str) -> str:
    """Return what evidence keeps of a code; of none, nothing. How a person typed it makes no difference."""
    return sha256(_plain(code).encode()).hexdigest() if code else ""


def fits(given: str, sealed: str) -> bool:
    """Tell whether the sealed code is the one that was given back. None fits what was never sealed."""
    return bool(sealed) and compare_digest(seal(given), sealed)


def without(answer: str, code: str) -> str:
    """Return what a vendor answered, with the code taken out: one that shows us our own message would give it away."""
    for secret in (code, *code.split("-")[1:]):
        answer = answer.replace(secret, "(the code)") if secret else answer
    return answer


def _plain(code: str) -> str:
    return "".join(each for each in code.casefold() if each.isalnum())
