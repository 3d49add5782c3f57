"""One escaper per medium. Names of jobs, channels and people come from elsewhere and are hostile text until here."""

from __future__ import annotations

import html as _html
import re
import unicodedata

__all__ = ["annotation", "annotation_property", "html", "markdown", "terminal"]

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~@$&:])")
_LINE_COMMAND = re.compile(r"\A(\s*)::")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

_AFTER_ESCAPING = (("\\@", "@\u2060"), ("\\#", "\\#\u2060"), ("\\<", "&lt;"), ("\\>", "&gt;"), ("\\&", "&amp;"))


def terminal(text: str) -> str:
    """Return text that cannot move the cursor, colour the screen, reorder the line, break it, or command a CI runner.

    GitHub's runner obeys a line that begins with `::`, whatever blanks are before it, and `##[` anywhere in a line.
    """
    shown = _seen(text)
    if "::" not in shown and "##[" not in shown:
        return shown
    return _LINE_COMMAND.sub(r"\1\\u003a:", shown).replace("##[", "#\\u0023[")


def _seen(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    """Show control and formatting characters, right-to-left marks among them, as their code point."""
    if unicodedata.category(character) in _INVISIBLE_CATEGORIES:
        return f"\\u{ord(character):04x}"
    return character


def markdown(text: str) -> str:
    """Return text that GitHub shows as itself: no markup, no link, no mention, no issue reference, no new line.

    Mentions and references are looked for after the markup, so a backslash does not hold them: a word joiner does.
    """
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", _seen(text))
    for before, after in _AFTER_ESCAPING:
        escaped = escaped.replace(before, after)
    return escaped


def html(text: str) -> str:
    """Return text for HTML element content and double-quoted attributes."""
    return _html.escape(_seen(text), quote=True)


def annotation(text: str) -> str:
    """Return the message of a workflow command of GitHub's runner; its lines stay lines."""
    return "%0A".join(_seen(line).replace("%", "%25") for line in text.split("\n"))


def annotation_property(text: str) -> str:
    """Return a property of a workflow command, such as a file or a title: what ends one is written as a code."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")
