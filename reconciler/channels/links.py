"""Which addresses may become a link or a button: what every vendor's parser reads as one address, and nothing else."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["linkable"]

_ADDRESS: Final = re.compile(
    r"https?://[A-Za-z0-9._~-]+(?::\d{1,5})?(?:[/?#](?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
    r"(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?)?",
    re.ASCII,
)


def linkable(url: str, *, most: int) -> bool:
    """Whether an address may be a link: of the web, in the characters of RFC 3986, no longer than the vendor takes."""
    return len(url) <= most and _ADDRESS.fullmatch(url) is not None
