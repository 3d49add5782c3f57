"""Words of messages: how a value is quoted, which name was probably meant."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.model.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["did_you_mean", "listed", "shown"]

_LONGEST = 60
_SHORTEST_SECRET = 16
_LOOKED_THROUGH = 2000


def shown(value: Any, *, quote: str = '"') -> str:  # noqa: ANN401 - anything a file may hold
    """Return a value as a message quotes it: short, on one line, never a secret's own type."""
    if isinstance(value, str):
        if _holds_a_secret(value):
            return MASK
        text = json.dumps(value[: _LONGEST + 1], ensure_ascii=False)[1:-1]
        return f"{quote}{text if len(value) <= _LONGEST else text[:_LONGEST] + '…'}{quote}"
    if isinstance(value, dict):
        return f"a mapping with {listed(list(value)[:4]) or 'no keys'}"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST]


def _holds_a_secret(value: str) -> bool:
    """Tell whether somebody pasted a token or a hook's address where none is expected."""
    if len(value) < _SHORTEST_SECRET:
        return False
    from reconciler.lint.secrets_in_text import pasted_secret  # noqa: PLC0415 - most policies are right

    return bool(pasted_secret(value[:_LOOKED_THROUGH]))


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Return names in backticks, separated by commas, and how many more there are."""
    every = list(names)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(f"`{shown(name, quote='')}`" for name in every[:most]) + rest


def did_you_mean(name: str, candidates: Sequence[str]) -> str:
    """Return the candidate that was probably meant, or nothing."""
    if len(name) > 2 * _LONGEST:
        return ""
    begun = [candidate for candidate in candidates if len(name) > 2 and candidate.startswith(name)]
    if len(begun) == 1:
        return begun[0]
    near = [candidate for candidate in candidates if abs(len(candidate) - len(name)) <= 4]
    if len(near) > 200:
        near = [candidate for candidate in near if candidate[:1] == name[:1]][:200]
    folded = {candidate.casefold().replace("-", "_"): candidate for candidate in near}
    close = get_close_matches(name.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
