"""Evidence as lines of JSON, each with the hash of the one before it: what was written cannot be changed unseen.

`hash` is the SHA-256 of the line without it, `before` the `hash` of the line before. That the end was cut off, or
everything written anew, no chain shows by itself: on a branch the history of commits does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["LONGEST_LINE", "START", "Broken", "Link", "chained", "evidence_in", "linked", "tip_of", "verify"]

START: Final = "0" * 64
"""What the first line names as the hash before it."""
LONGEST_LINE: Final = 64 * 1024
"""Bytes. A record holds short, masked answers."""
_LONGEST_TEXT: Final = 2000
_NAMES: Final = tuple(each.name for each in fields(Evidence))


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A line that is not as it was written, counted from 1."""

    line: int
    what: str


class Link(NamedTuple):
    """One readable line: what it holds, and its place in the chain."""

    evidence: Evidence
    before: str
    hash: str


def chained(found: Iterable[Evidence], *, after: str) -> Iterator[bytes]:
    """Yield a line for each, with its newline, the first one linked to the hash `after`."""
    before = after
    for each in found:
        body = {**_plain(each), "before": before}
        before = _digest(body)
        yield _text({**body, "hash": before}) + b"\n"


def linked(line: bytes) -> Link:
    """Read one line. Raises ValueError, in a few words, for one that is not as it was written."""
    try:
        body = json.loads(line) if len(line) <= LONGEST_LINE else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError("is no record")  # noqa: TRY004 - what callers catch
    given = body.pop("hash", None)
    if given != _digest(body):
        raise ValueError("was changed: its hash does not fit")
    before = body.pop("before", None)
    try:
        return Link(_evidence(body), str(before), str(given))
    except (KeyError, TypeError, ValueError):
        raise ValueError("is a record that this version cannot read") from None


def evidence_in(content: bytes) -> tuple[Evidence, ...]:
    """Return what the readable lines hold, oldest first; `verify` tells of the others."""
    found = []
    for line in content.splitlines():
        try:
            found.append(linked(line).evidence)
        except ValueError:
            continue
    return tuple(found)


def tip_of(content: bytes) -> str:
    """Return the hash that the next line is linked to: of the last readable one."""
    for line in reversed(content.splitlines()):
        try:
            return linked(line).hash
        except ValueError:
            continue
    return START


def verify(lines: Iterable[bytes]) -> Iterator[Broken]:
    """Yield every line that was changed, and every place where lines were taken out, put in or turned round."""
    tip: str | None = START
    for number, line in enumerate(lines, start=1):
        try:
            found = linked(line.rstrip(b"\n"))
        except ValueError as why:
            yield Broken(line=number, what=f"line {number} {why}")
            tip = None
            continue
        if tip is not None and found.before != tip:
            yield Broken(line=number, what=f"line {number} does not follow the line before it: one is missing or new")
        tip = found.hash


def _plain(evidence: Evidence) -> dict[str, Any]:
    said = {name: getattr(evidence, name) for name in _NAMES}
    said["at"] = evidence.at.isoformat()
    said["answer"] = evidence.answer[:_LONGEST_TEXT]
    said["fix"] = evidence.fix[:_LONGEST_TEXT]
    said["owners"] = list(evidence.owners)[:50]
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _evidence(body: Mapping[str, Any]) -> Evidence:
    at = datetime.fromisoformat(body["at"])
    if at.tzinfo is None:
        raise ValueError("without a zone")
    seconds = body.get("seconds")
    return Evidence(
        at=at,
        id=str(body["id"]),
        stage=Stage(body["stage"]),
        route=str(body["route"]),
        kind=str(body["kind"]),
        standing=Standing(body["standing"]),
        answer=str(body.get("answer", "")),
        fix=str(body.get("fix", "")),
        seconds=None if seconds is None else float(seconds),
        correlation=str(body.get("correlation", "")),
        sealed=str(body.get("sealed", "")),
        owners=tuple(map(str, body.get("owners", ()))),
        account=int(body.get("account", 0)),
    )


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(_text(body)).hexdigest()


def _text(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
