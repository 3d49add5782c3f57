"""A message: an alert in the words of a template, each part already escaped for the medium of its channel kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.alert import Alert, Audience, Case

__all__ = ["Message", "Trouble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A template that could not be used. `template` is its name, `line` where it broke, 0 if nothing tells."""

    template: str
    why: str
    line: int = 0
    overridden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel kind makes its payload of, adding no text.

    `parts` are texts by the names that the kind's base template gives them (docs/reference/templates.md), without
    outer blanks; a part that says nothing is left out. `trouble` is there when a built-in plain message stands in for a
    broken template. `thread` is what the vendor called the incident's first message in this channel, if there was one.
    """

    kind: str
    case: Case
    audience: Audience
    alert: Alert
    parts: Mapping[str, str]
    trouble: Trouble | None = None
    thread: str | None = None
    include: frozenset[str] = field(default_factory=frozenset)
