"""What each part of a message is written in, and how text, links, code and mentions are made there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never
from urllib.parse import quote

from reconciler import escape

__all__ = ["Medium", "address", "code", "escaped", "link", "medium_of", "mention", "preformatted"]

_ADDRESS_SAFE: Final = "/:?#[]@!$&+,;=%"


class Medium(StrEnum):
    """`LINE` and `LINES` are plain text, of one line and of several. `SLACK_CODE` is the inside of a code block."""

    LINE = "line"
    LINES = "lines"
    HEADER = "header"
    SLACK = "slack"
    SLACK_CODE = "slack_code"
    TEAMS = "teams"
    DATADOG = "datadog"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """`rest` is the medium of every part that `parts` does not name."""

    rest: Medium
    parts: Mapping[str, Medium]


_KINDS: Final[Mapping[str, _Kind]] = {
    "slack": _Kind(rest=Medium.SLACK, parts={"title": Medium.LINE, "error": Medium.SLACK_CODE}),
    "teams": _Kind(rest=Medium.TEAMS, parts={"mention_id": Medium.LINE}),
    "email": _Kind(rest=Medium.LINE, parts={"subject": Medium.HEADER, "attachment": Medium.LINES}),
    "datadog": _Kind(rest=Medium.DATADOG, parts={}),
}
_PLAIN: Final = _Kind(rest=Medium.LINE, parts={})


def medium_of(kind: str, part: str = "") -> Medium:
    """Return what a part of a channel kind's message is written in. A part that begins with `html` is HTML."""
    if part.startswith("html"):
        return Medium.HTML
    known = _KINDS.get(kind, _PLAIN)
    return known.parts.get(part, known.rest)


def _datadog(text: str) -> str:
    """Datadog reads Markdown between `%%%`, and tells whoever stands after an `@`."""
    return escape.plain(text).replace("%%%", "%\u2060%\u2060%").replace("@", "@\u2060")


_ESCAPES: Final[Mapping[Medium, Callable[[str], str]]] = {
    Medium.LINE: escape.plain,
    Medium.LINES: escape.lines,
    Medium.HEADER: escape.mail_header,
    Medium.SLACK: escape.slack,
    Medium.SLACK_CODE: escape.slack_code,
    Medium.TEAMS: escape.teams,
    Medium.DATADOG: _datadog,
    Medium.HTML: escape.html,
}


def escaped(medium: Medium, text: str) -> str:
    """Return the text as the medium shows it: nothing in it is obeyed."""
    return _ESCAPES[medium](text)


def address(url: str) -> str:
    """Return an address that no medium can be broken out of, empty if it is not one of the web or of mail."""
    if not url.startswith(("https://", "http://", "mailto:")):
        return ""
    return quote(url, safe=_ADDRESS_SAFE, errors="replace")


def link(medium: Medium, url: str, text: str) -> str:
    """Return a link. Where the medium has none, the text and the address after it; without an address, the text."""
    shown, to = escaped(medium, text), address(url)
    if not to:
        return shown
    match medium:
        case Medium.SLACK:
            return f"<{to.replace('&', '&amp;')}|{shown}>"
        case Medium.TEAMS:
            return f"[{shown}]({to})"
        case Medium.HTML:
            return f'<a href="{escape.html(to)}">{shown}</a>'
        case Medium.LINE | Medium.LINES | Medium.HEADER | Medium.SLACK_CODE | Medium.DATADOG:
            return to if text in ("", url) else f"{shown}: {to}"
        case _:
            assert_never(medium)


def code(medium: Medium, text: str) -> str:
    """Return a few words as code, on one line."""
    match medium:
        case Medium.SLACK:
            return f"`{escape.slack_code(escape.plain(text))}`" if text else ""
        case Medium.HTML:
            return f"<code>{escape.html(text)}</code>"
        case _:
            return escaped(medium, text)


def preformatted(medium: Medium, text: str) -> str:
    """Return text whose lines stay lines, in a fixed width where the medium has one."""
    inner = text.strip("\r\n")
    match medium:
        case Medium.SLACK:
            return f"```\n{escape.slack_code(inner)}\n```" if inner else ""
        case Medium.SLACK_CODE:
            return escape.slack_code(inner)
        case Medium.HTML:
            return "<pre>" + "\n".join(escape.html(line) for line in escape.text_lines(inner)) + "</pre>"
        case Medium.HEADER:
            return escape.mail_header(inner)
        case Medium.TEAMS:
            return "\n".join(_indented(line) for line in escape.text_lines(inner))
        case Medium.LINE | Medium.LINES | Medium.DATADOG:
            return "\n".join(escaped(medium, line) for line in escape.text_lines(inner))
        case _:
            assert_never(medium)


def _indented(line: str) -> str:
    """Keep a line's indent: Markdown drops blanks, and not those that do not break."""
    rest = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(rest)) + escape.teams(rest)


def mention(medium: Medium, oncall: Mapping[str, object] | None) -> str:
    """Return who is on call: so that it rings in Slack, by the name elsewhere. Empty if nobody is named.

    Slack's user groups begin with S, people with U or W. In Teams the name stands in `<at>`, beside an entity.
    """
    if not oncall:
        return ""
    group, person = _text(oncall, "slack"), _text(oncall, "teams")
    name = _text(oncall, "name") or _text(oncall, "email") or person
    match medium:
        case Medium.SLACK if group.isascii() and group.isalnum() and group[:1] in ("S", "U", "W"):
            return f"<!subteam^{group}>" if group.startswith("S") else f"<@{group}>"
        case Medium.TEAMS if person:
            return f"<at>{escape.html(name)}</at>"
        case _:
            return escaped(medium, name)


def _text(values: Mapping[str, object], key: str) -> str:
    found = values.get(key)
    return found if isinstance(found, str) else ""
