"""What an unquoted word means in YAML 1.2's core schema."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["MAX_DIGITS", "BadNumberError", "PlainScalars"]

_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITY: Final = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_STARTS: Final = frozenset("-+.0123456789")
MAX_DIGITS: Final = 20
"""The longest number, its sign included; an id of dbt Cloud has at most 19 digits."""


class BadNumberError(ValueError):
    """A number that no key of the language can mean."""


class PlainScalars(dict[str, Any]):
    """Remembers what each unquoted word means: a policy repeats few of them often."""

    def __init__(self) -> None:
        super().__init__(_WORDS)

    def __missing__(self, text: str) -> Any:  # noqa: ANN401 - a scalar of YAML
        value = _number(text) if text[0] in _STARTS else text
        self[text] = value
        return value


def _number(text: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise BadNumberError(text)
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    infinity = _INFINITY.fullmatch(text)
    return float(f"{infinity[1]}inf") if infinity else text
