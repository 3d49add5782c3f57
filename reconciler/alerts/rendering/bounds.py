"""What a template sees, made small enough to be looked through: no alert is too large for its own template.

A run may leave 50,000 failed nodes and 4 MB of errors. No message shows that much, and a template that walks through
all of it takes longer than it has, or writes more than it may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["MOST_ITEMS", "bounded"]

MOST_ITEMS: Final = 500
"""Items of a list. How many there are in all is in the view's own words and counts."""

_NAME: Final = 300
_WORD: Final = 1_000
_TEXT: Final = 10_000
_ERROR: Final = 100_000
_NAMES: Final = frozenset({"error_of", "name", "unique_id"})
"""By these templates find things again: what is the same stays the same."""

_TEXTS: Final = frozenset({"code", "description", "failures_query", "impact", "message", "note", "text"})
_ALL: Final = 400_000
"""Characters of all texts together. What comes once they are used up has 200 of each."""
_LEAST: Final = 200
_LAST: Final = frozenset({"failed", "node_seconds", "skipped", "warned"})
"""Lists of nodes have what is left: the first error, the cause and the next steps are whole."""


def bounded(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same view with long texts cut, which they say, and long lists. Addresses are whole or not there."""
    budget = _Budget()
    first = budget.of_dict({key: value for key, value in view.items() if key not in _LAST})
    last = budget.of_dict({key: value for key, value in view.items() if key in _LAST})
    return {key: last[key] if key in _LAST else first[key] for key in view}


class _Budget:
    def __init__(self) -> None:
        self._left = _ALL

    def of_dict(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._of(key, value) for key, value in values.items()}

    def _of(self, key: str, value: Any) -> Any:  # noqa: ANN401 - any value of a view
        match value:
            case str():
                return self._text(key, value)
            case dict():
                return self.of_dict(value)
            case list():
                return [self._of(key, each) for each in value[:MOST_ITEMS]]
            case _:
                return value

    def _text(self, key: str, text: str) -> str:
        if key.endswith("url"):
            return text if len(text) <= _TEXT else ""
        if key in _NAMES:
            return _cut(text, _NAME)
        most = min(_most(key), max(_LEAST, self._left))
        self._left -= min(len(text), most)
        return _cut(text, most)


def _cut(text: str, most: int) -> str:
    beyond = len(text) - most
    if beyond <= 0:
        return text
    return f"{text[:most]}\n… {beyond:,} characters more" if "\n" in text else f"{text[:most]}…"


def _most(key: str) -> int:
    return _ERROR if key == "error" else _TEXT if key in _TEXTS else _WORD
