"""Texts made to fit what a vendor takes, the least important first, and told so.

A cut never stands inside a character as people see it, an entity, a link, a mention, an escape, or an open code fence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

__all__ = ["ELLIPSIS", "Markup", "Unit", "clip", "clip_words", "measure", "pieces", "shrink", "sound"]

ELLIPSIS: Final = "…"
_FENCE: Final = "```"
_JOINER: Final = "\u200d"
_LONGEST: Final = 20_000
"""Characters of what is left of a text that does not fit whole: no vendor takes more of one, and trying costs time."""


class Unit(Enum):
    """What a vendor counts: code points, octets of UTF-8, or units of UTF-16, as JavaScript and .NET do."""

    CHARACTERS = "characters"
    BYTES = "bytes"
    UTF16 = "UTF-16 units"


class Markup(Enum):
    """What must stay whole beside a character. `MRKDWN` is Slack's, `MARKDOWN` what Teams reads in a card."""

    PLAIN = r"(?!)"
    MRKDWN = r"<[^<>\n]{1,4000}>|&(?:amp|lt|gt);|```"
    MARKDOWN = (
        r"\\.|!?\[[^\]\n]{0,2000}\]\([^()\n]{0,4000}\)|<at>[^<\n]{0,300}</at>|&(?:#\d+|#x[\da-fA-F]+|[a-z]+);|```"
    )


_ATOMS: Final = {markup: re.compile(f"{markup.value}|.", re.DOTALL) for markup in Markup}


def sound(text: str) -> str:
    """Return text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def measure(text: str, unit: Unit = Unit.CHARACTERS) -> int:
    match unit:
        case Unit.CHARACTERS:
            return len(text)
        case Unit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case Unit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, most: int, *, unit: Unit = Unit.CHARACTERS, markup: Markup = Markup.PLAIN) -> str:
    """Return text of at most this size: whole if it fits, else its beginning and an ellipsis.

    It ends at the end of a line where that costs less than a third. An open code fence is closed.
    """
    if measure(text, unit) <= most:
        return text
    fenced = markup is not Markup.PLAIN and _FENCE in text
    room = most - measure(ELLIPSIS, unit) - (measure(_FENCE, unit) if fenced else 0)
    if room <= 0:
        return ELLIPSIS if measure(ELLIPSIS, unit) <= most else ""
    kept = _at_a_line("".join(_first(text, room, unit, markup)))
    still_open = fenced and kept.count(_FENCE) % 2 == 1
    return kept.rstrip() + ELLIPSIS + (_FENCE if still_open else "")


def pieces(text: str, most: int, *, markup: Markup = Markup.PLAIN) -> Iterator[str]:
    """Yield the text in pieces of at most this many characters. A code fence that is cut is closed and opened again."""
    rest = text.strip()
    while len(rest) > most:
        head = _at_a_line("".join(_first(rest, most - len(_FENCE) - 1, Unit.CHARACTERS, markup)))
        if not head.strip("`\n"):  # nothing but a fence that was opened again: what follows has to be torn
            head = rest[: most // 2]
        rest = rest[len(head) :].lstrip("\n")
        if markup is not Markup.PLAIN and head.count(_FENCE) % 2:
            head, rest = f"{head}\n{_FENCE}", f"{_FENCE}\n{rest}"
        yield head
    if rest:
        yield rest


def clip_words(name: str, before: str, after: str) -> str:
    """Say for people what became of a text."""
    if not after or after == ELLIPSIS:
        return f"{name} left out"
    return f"{name} shortened to {len(after):,} of {len(before):,} characters"


def shrink(
    parts: Mapping[str, str],
    fits: Callable[[Mapping[str, str]], bool],
    *,
    order: Sequence[str],
    markup: Markup = Markup.PLAIN,
    least: int = 80,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the parts, shortened until they fit together, and what was cut. `order`: the least important first.

    A part is shortened as little as needed, is left out where fewer than `least` characters of it would remain, and
    only then the next one is touched. What is not in `order` stays.
    """
    kept = dict(parts)
    cut: list[str] = []
    for name in order:
        if fits(kept):
            break
        if not kept.get(name):
            continue
        before = kept[name]
        kept[name] = _longest(before, lambda text, name=name: fits({**kept, name: text}), markup, least)
        cut.append(clip_words(name, before, kept[name]))
        if not kept[name]:
            del kept[name]
    return kept, tuple(cut)


def _longest(text: str, fits: Callable[[str], bool], markup: Markup, least: int) -> str:
    """Return the longest clip that fits, by halving; nothing where fewer than `least` characters do."""
    low, high = 0, min(len(text), _LONGEST)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(clip(text, middle, markup=markup)):
            low = middle
        else:
            high = middle - 1
    return clip(text, low, markup=markup) if low >= min(least, len(text)) else ""


def _first(text: str, room: int, unit: Unit, markup: Markup) -> list[str]:
    """Return the leading atoms that fit, without a character that its marks would have followed."""
    if markup is Markup.PLAIN and unit is Unit.CHARACTERS:  # the same, without a look at each: most texts are plain
        return _without_torn(list(text[:room]), text[room]) if room < len(text) else list(text)
    atoms = _ATOMS[markup].finditer(text)
    taken: list[str] = []
    for match in atoms:
        atom = match.group()
        room -= measure(atom, unit)
        if room < 0:
            return _without_torn(taken, atom)
        taken.append(atom)
    return taken


def _without_torn(taken: list[str], following: str) -> list[str]:
    """Drop the last character as people see it, if the cut would separate it from what belongs to it."""
    while taken and (_joins(following) or taken[-1] == _JOINER):
        following = taken.pop()
    return taken


def _joins(atom: str) -> bool:
    """Whether it belongs to the character before it: an accent, a joiner, a skin tone, a variation."""
    return (
        atom == _JOINER
        or unicodedata.combining(atom[0]) > 0
        or unicodedata.category(atom[0]) in {"Mn", "Me"}
        or ("\U0001f3fb" <= atom[0] <= "\U0001f3ff")
    )


def _at_a_line(text: str) -> str:
    at = text.rfind("\n")
    return text[:at] if at > len(text) * 2 // 3 else text
