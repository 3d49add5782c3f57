"""Datadog's tags, as Datadog itself would rewrite them: so what was sent is what is found."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["MOST_TAG", "tag", "tags"]

MOST_TAG: Final = 200
_OTHER: Final = re.compile(r"[^\w\-:./]+")
_MANY: Final = re.compile(r"_{2,}")


def tag(key: str, value: str) -> str:
    """Return `key:value` in lower case, with letters, digits and `_-:./` alone, of at most 200 characters.

    Source: Datadog's page on defining tags. A value of which nothing is left is told as `none`.
    """
    plain = _MANY.sub("_", _OTHER.sub("_", value.lower())).strip("_")
    return f"{key}:{plain or 'none'}"[:MOST_TAG].rstrip("_")


def tags(**values: str) -> list[str]:
    """Return the tags of those values that say something."""
    return [tag(key, value) for key, value in values.items() if value]
