"""As much of GraphQL as an answer needs: which fields were asked for, by name, arguments left aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

__all__ = ["Selection", "invented", "selection"]

Selection: TypeAlias = Mapping[str, Any]
"""Field → what is asked for below it; empty for a leaf."""

_TOKEN = re.compile(r'"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|#[^\n]*|\.\.\.|[A-Za-z_]\w*|[{}():]|[^\s{}():"#.\w]+|[\d.]+')


def selection(document: str) -> Selection:
    """Read the fields of a document's first operation; raises ValueError where there are none."""
    tokens = iter([each for each in _TOKEN.findall(document) if not each.startswith("#")])
    for word in tokens:
        if word == "(":
            _skip(tokens)
        elif word == "{":
            return _fields(tokens, depth=0)
    raise ValueError("no operation")


def _fields(tokens: Iterator[str], *, depth: int) -> dict[str, Any]:
    if depth > 30:
        raise ValueError("nested too deeply")
    found: dict[str, Any] = {}
    name, aliased = "", False
    for token in tokens:
        match token:
            case "}":
                return found
            case "{":
                found[name] = _fields(tokens, depth=depth + 1)
            case "(":
                _skip(tokens)
            case ":":
                aliased = True
            case _ if token.isidentifier() and not aliased:
                name = token
                found.setdefault(name, {})
            case _:
                aliased = False
    raise ValueError("a brace is not closed")


def _skip(tokens: Iterator[str]) -> None:
    depth = 1
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return
    raise ValueError("a bracket is not closed")


def invented(name: str, below: Selection) -> Any:
    """Make up a value that fits a field's name: success for `ok`, an id for an id, an object for what has fields."""
    if below:
        return {each: invented(each, more) for each, more in below.items()}
    low = name.lower()
    if low in ("ok", "success", "valid", "created", "updated"):
        return True
    if low.endswith(("id", "uuid")):
        return "00000000-0000-4000-8000-000000000001"
    return None if low.endswith(("s", "error")) else f"sandbox {name}"
