"""Text that is ready for its medium, and the pen that a template writes with.

Jinja's own `Markup` escapes as HTML whatever it is joined with, and has every method of `str`. `Made` has none: it
can be printed and joined, and a join escapes the rest for the same medium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from jinja2 import Undefined
from jinja2.exceptions import TemplateRuntimeError

from reconciler.alerts.rendering.media import Medium, escaped, medium_of

__all__ = ["LIMIT", "Made", "Pen", "bounded"]

LIMIT: Final = 1_000_000  # characters of a message, of a part, and of anything on the way to them
_PLAIN: Final = frozenset({Medium.LINE, Medium.LINES, Medium.HEADER})


def bounded(pieces: Iterable[str]) -> str:
    """Join, and refuse more than a message may have before there is that much."""
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LIMIT:
            raise TemplateRuntimeError(f"the text grew over {LIMIT:,} characters")
        kept.append(piece)
    return "".join(kept)


@dataclass(frozen=True, slots=True)
class Made:
    """Text that was escaped for a medium. Falsy when it says nothing."""

    text: str
    medium: Medium

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    def __len__(self) -> int:
        return len(self.text)

    def __str__(self) -> str:
        """Refuse: whoever asks wants to change it, and half an escape is none."""
        raise TemplateRuntimeError("text that is already made for its medium cannot be changed: change it before")


@dataclass(slots=True)
class Pen:
    """The state of one render: which medium is written now, and the parts so far."""

    kind: str
    medium: Medium
    parts: dict[str, str] = field(default_factory=dict)
    written: int = 0

    def show(self, value: object) -> str:
        """Return what `{{ value }}` prints: escaped once, for the medium that it is printed in."""
        text = self._shown(value)
        self.written += len(text)
        if self.written > 4 * LIMIT:
            raise TemplateRuntimeError(f"more than {4 * LIMIT:,} characters were written")
        return text

    def _shown(self, value: object) -> str:
        match value:
            case Made():
                return self._again(value)
            case str():
                return escaped(self.medium, str(value))
            case None:
                return ""
            case bool():
                return "yes" if value else "no"
            case int() | float():
                return escaped(self.medium, str(value))
            case Undefined():
                return str(value)
            case _:
                raise TemplateRuntimeError(f"a {type(value).__name__} cannot be printed: name one of its values")

    def _again(self, made: Made) -> str:
        if made.medium is self.medium:
            return made.text
        if made.medium in _PLAIN:
            return escaped(self.medium, made.text)
        raise TemplateRuntimeError(f"text made for {made.medium.value} cannot stand in {self.medium.value}")

    def make(self, text: str) -> Made:
        """Take over text that a template wrote: a macro's, a block's, a set block's."""
        return Made(text, self.medium)

    def join(self, pieces: Iterable[object]) -> str | Made:
        """Join with `~` and `join`: with something made among them all of it is, and the rest is escaped."""
        found = list(pieces)
        if any(isinstance(piece, Made) for piece in found):
            return self.make(bounded(self._shown(piece) for piece in found))
        return bounded(_text(piece) for piece in found)

    def part(self, name: str, body: Callable[[], Made]) -> Made:
        """Write one part of the message in its own medium."""
        if name in self.parts:
            raise TemplateRuntimeError(f"the part {name} is there twice")
        around, self.medium = self.medium, medium_of(self.kind, name)
        try:
            self.parts[name] = self._again(body()).strip()
        finally:
            self.medium = around
        return self.make("")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float | Undefined):
        return str(value)
    raise TemplateRuntimeError(f"a {type(value).__name__} cannot be joined: name one of its values")
