"""The mark at the end of a webhook's description: whose it is. Notifications have no place for one (reference §2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Marker", "marked", "parse_marker", "unmarked"]

_MARK = re.compile(r"\[dbt-alerts:([^/\[\]]+)/([^/\[\]]+)/([^/\[\]]+)\]\s*\Z")
_SPECIAL = re.compile(r"[%/\[\]\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"%([0-9A-F]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Manager, team and name: the identity of a webhook that a policy owns."""

    manager: str
    team: str
    name: str

    @property
    def key(self) -> str:
        """The webhook's key in its policy: `WebhookRule.key`."""
        return f"{self.team}/{self.name}"

    def __str__(self) -> str:
        parts = (_SPECIAL.sub(_escaped, part) for part in (self.manager, self.team, self.name))
        return f"[dbt-alerts:{'/'.join(parts)}]"


def parse_marker(description: str) -> Marker | None:
    """Return the mark at the very end of a description; None when there is none. A mark in the middle is text."""
    found = _MARK.search(description)
    if found is None:
        return None
    manager, team, name = (_ESCAPED.sub(_unescaped, part) for part in found.groups())
    return Marker(manager=manager, team=team, name=name)


def unmarked(description: str) -> str:
    """Return what people wrote: the description without its mark."""
    return _MARK.sub("", description).rstrip()


def marked(description: str, marker: Marker) -> str:
    """Return the description with this mark at its end, instead of any other."""
    text = unmarked(description)
    return f"{text} {marker}" if text else str(marker)


def _escaped(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
