"""One escaper per medium. Names of jobs, channels and people come from elsewhere and are hostile text until here."""

from __future__ import annotations

import html as _html
import re
import unicodedata

__all__ = [
    "annotation",
    "annotation_property",
    "html",
    "lines",
    "mail_header",
    "markdown",
    "plain",
    "slack",
    "slack_code",
    "teams",
    "terminal",
    "text_lines",
]

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~@$&:])")
_LINE_COMMAND = re.compile(r"\A(\s*)::")
_LINE_END = re.compile(r"\r\n|\n|\r")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

_JOINER = "\u2060"  # a word joiner: no width, no blank, and nobody's markup
_SLACK_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_BACKTICK_LIKE = "\u02cb"  # Slack ends code at a backtick and has no way to write one
_SLACK_LIVE = re.compile(
    r"[*~]|(?<!\w)_|_(?!\w)|\A\s*&gt;|(?<!\w)[@#]|(?<!\w):(?=[\w+'-]+:)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE
)
_TEAMS_SPECIAL = re.compile(r"[\\`*\[\]]|(?<!\w)_|_(?!\w)|\A\s*[-+](?=\s)|(?:(?<=\A\d)|(?<=\A\d\d))[.)](?=\s|\Z)")
_TEAMS_LIVE = re.compile(r"[<>~]|(?<!\w)[@#]|&(?=[#\w])|:(?=//)|\{(?=\{)")

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


def plain(text: str) -> str:
    """Return one line of plain text: what would break, reorder or hide it is shown as its code point."""
    return _seen(text)


def lines(text: str) -> str:
    """Return plain text whose lines stay lines, each as `plain` has it; a tab is four blanks."""
    return "\n".join(_seen(line) for line in text_lines(text))


def text_lines(text: str) -> list[str]:
    """Return the lines of a text, still unescaped, each tab as four blanks."""
    return [line.replace("\t", "    ") for line in _LINE_END.split(text)]


def mail_header(text: str) -> str:
    """Return text for a header of a mail: one line, so that no header can follow, without outer blanks."""
    return _seen(text).strip()


def slack(text: str) -> str:
    """Return text that Slack's mrkdwn shows as itself, on one line: no mention, link, emoji, formatting or quote.

    Slack reads three entities and has no escape for formatting: a word joiner on both sides of what begins it at
    the edge of a word does, and leaves `stg_orders` as it is for copying.
    """
    escaped = _seen(text).translate(_SLACK_ENTITIES).replace("`", _BACKTICK_LIKE)
    return _SLACK_LIVE.sub(_joined, escaped)


def slack_code(text: str) -> str:
    """Return lines for Slack's code and preformatted text: there only the entities and the end of the code count."""
    return lines(text).translate(_SLACK_ENTITIES).replace("`", _BACKTICK_LIKE)


def teams(text: str) -> str:
    """Return text that the Markdown of an Adaptive Card shows as itself: no link, no `<at>`, one line."""
    return _TEAMS_LIVE.sub(_joined, _TEAMS_SPECIAL.sub(r"\\\g<0>", _seen(text)))


def _joined(found: re.Match[str]) -> str:
    return f"{_JOINER}{found[0]}{_JOINER}"
