"""The policy's digest: a SHA-256 of what it means. Comments, layout, order and file names do not change it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from reconciler.policy.parts import LIST_SECTIONS, NAMED_SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.policy.documents.base import Doc
    from reconciler.policy.parts import Part

__all__ = ["digest"]

_OWNED: Final = frozenset({*LIST_SECTIONS, "team"})


def digest(parts: Sequence[Part]) -> str:
    """Return the digest in hexadecimal. Secrets do not enter it: a rotated token is not another policy."""
    lines = sorted(line for part in parts for line in _lines(part))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _lines(part: Part) -> Iterator[bytes]:
    """Yield one line per entry: the team or section that it belongs to, and its canonical JSON."""
    team = part.team.encode()
    for name in LIST_SECTIONS:
        for document in getattr(part.document, name) or ():
            yield b"\0".join((name.encode(), team, _compact(document)))
    head = part.document.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=set(_OWNED))
    for name, value in head.items():
        yield from _head_lines(name, value, part.team)


def _head_lines(name: str, value: Any, owner: str) -> Iterable[bytes]:  # noqa: ANN401 - plain data
    if name in NAMED_SECTIONS:
        return [f"{name}\0{key}\0{json.dumps(item, sort_keys=True)}".encode() for key, item in value.items()]
    return [f"{name}\0{owner}\0{json.dumps(value, sort_keys=True)}".encode()]


def _compact(document: Doc) -> bytes:
    return document.__pydantic_serializer__.to_json(document, by_alias=True, exclude_none=True)
