"""Policy files as text: the one place that quotes what comes from elsewhere, and that makes a comment of it.

Remote names are hostile text. A value is written plain only where no YAML engine can take it for anything else, of 1.1
or 1.2, in a block or between braces; everything else stands in double quotes, on one line. Comments hold no character
that cannot be seen, so none of them ends early, hides, or turns the rest of its line around.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

__all__ = ["Value", "comment", "counted", "flow", "item", "joined", "pair", "scalar", "seen"]

Value = str | int | bool | Sequence[str] | Sequence[int] | Mapping[str, "Value"]

WIDTH: Final = 120
_COMMENTED: Final = 100
"""How much of a remote name a comment shows."""

_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w ./@~()'+-]*[\w)])?")
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(value: str | int | bool) -> str:  # noqa: FBT001 - a value of YAML
    """Return one value on one line, quoted where it must be."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if value.isprintable() and _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return '"' + "".join(_ESCAPES.get(each) or _shown(each) for each in value) + '"'


def flow(value: Value) -> str:
    """Return a value on one line: a scalar, a list in brackets, a mapping in braces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, str | int):
        return scalar(value)
    return "[" + ", ".join(scalar(each) for each in value) + "]"


def pair(key: str, value: Value, *, indent: int = 0, notes: Mapping[int, str] | None = None) -> Iterator[str]:
    """Yield `key: value` on one line if that is not too long, else each part on a line of its own.

    `notes` are comments on the items of a list of ids: such a list is always written one item a line.
    """
    margin = " " * indent
    line = f"{margin}{_key(key)}: {flow(value)}"
    if isinstance(value, str | int) or (len(line) <= WIDTH and not (notes and _notes_in(value, notes))):
        yield line
    elif isinstance(value, Mapping):
        yield f"{margin}{_key(key)}:"
        for name, each in value.items():
            yield from pair(name, each, indent=indent + 2, notes=notes)
    else:
        yield f"{margin}{_key(key)}:"
        for each in value:
            note = (notes or {}).get(each, "") if isinstance(each, int) else ""
            yield f"{margin}  - {scalar(each)}" + (f"  # {_visible(note)}" if note else "")


def item(values: Mapping[str, Value], *, notes: Mapping[int, str] | None = None) -> Iterator[str]:
    """Yield a mapping as an item of a list: in braces if that is one line, else a key a line."""
    whole = f"  - {flow(values)}"
    if len(whole) <= WIDTH and not (notes and _notes_in(values, notes)):
        yield whole
        return
    lines = [line for key, value in values.items() for line in pair(key, value, indent=4, notes=notes)]
    yield f"  - {lines[0].lstrip()}"
    yield from lines[1:]


def comment(text: str, *, indent: int = 0) -> Iterator[str]:
    """Yield a comment, its words on as many lines as it takes."""
    margin = " " * indent + "# "
    line = ""
    for word in _visible(text).split(" "):
        if line and len(margin) + len(line) + 1 + len(word) > WIDTH:
            yield margin + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield margin + line


def seen(name: str) -> str:
    """Return a remote name for the inside of a comment: quoted, every character seen, not too long."""
    text = _visible(name)
    return f"“{text}”" if len(text) <= _COMMENTED else f"“{text[:_COMMENTED]}…”"


def counted(count: int, what: str) -> str:
    """Return "1 job" or "2 jobs"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _key(key: str) -> str:
    """Return a key. `on` is a word of the language, and the loader reads it as text."""
    return key if key == "on" else scalar(key)


def _notes_in(value: Value, notes: Mapping[int, str]) -> bool:
    if isinstance(value, Mapping):
        return any(_notes_in(each, notes) for each in value.values())
    return not isinstance(value, str | int) and any(each in notes for each in value)


def _visible(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def joined(lines: Iterable[str]) -> str:
    """Return the text of a file."""
    return "".join(f"{line}\n" for line in lines)
