"""Slack's markup and the Markdown of cards, as HTML: everything is escaped, then little is marked up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

__all__ = ["card_markdown", "mrkdwn"]

_KEPT = "\ue000{}\ue001"
_KEPT_PATTERN = re.compile("\ue000(\\d+)\ue001")
_SLACK_CODE = re.compile(r"```\n?(.+?)```|`([^`\n]+)`", re.DOTALL)
_SLACK_TOKEN = re.compile(r"<([^<>\n|]+)(?:\|([^<>\n]*))?>")
_CARD_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])")
_CARD_LINK = re.compile(r"\[([^\[\]\n]*)\]\(([^()\s]+)\)")
_SLACK_STYLES = ((r"\*", "strong"), ("_", "em"), ("~", "s"))
_CARD_STYLES = ((r"\*\*", "strong"), (r"\*", "em"), ("_", "em"))
_ENTITIES: Mapping[str, str] = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


class _Aside:
    """Finished pieces of HTML, taken out of a text while the rest of it is worked on."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        self._pieces.append(piece)
        return _KEPT.format(len(self._pieces) - 1)

    def back(self, text: str) -> str:
        """Put them in again: a label may hold pieces itself."""
        for _ in range(3):
            text = _KEPT_PATTERN.sub(lambda found: self._pieces[int(found[1])], text)
        return text


def mrkdwn(text: object) -> Markup:
    """Show a text of Slack's mrkdwn as Slack does: links, mentions, code, bold; anything else is just text."""
    aside, plain = _Aside(), _clean(str(text))
    plain = _SLACK_CODE.sub(lambda found: aside.put(_code(found)), plain)
    plain = _SLACK_TOKEN.sub(lambda found: aside.put(_slack_token(found[1], found[2])), plain)
    return _finished(aside, str(escape(_unescaped(plain))), _SLACK_STYLES)


def card_markdown(text: object) -> Markup:
    """Show a text of an Adaptive Card: bold, italic, links, lists; a backslash makes a sign plain."""
    aside, plain = _Aside(), _clean(str(text))
    plain = _CARD_ESCAPE.sub(lambda found: aside.put(str(escape(found[1]))), plain)
    plain = _CARD_LINK.sub(lambda found: aside.put(_link(found[2], found[1])), plain)
    plain = re.sub(r"(?m)^\s*[-*] ", "• ", plain)
    return _finished(aside, str(escape(plain)), _CARD_STYLES)


def _clean(text: str) -> str:
    return text.replace("\ue000", "").replace("\ue001", "")


def _unescaped(text: str) -> str:
    return re.sub("&(?:lt|gt|amp);", lambda found: _ENTITIES[found[0]], text)


def _finished(aside: _Aside, html: str, styles: tuple[tuple[str, str], ...]) -> Markup:
    for mark, tag in styles:
        pattern = rf"(?<![\w{mark}]){mark}(?=\S)([^\n]+?)(?<=\S){mark}(?![\w{mark}])"
        html = re.sub(pattern, rf"<{tag}>\1</{tag}>", html)
    return Markup(aside.back(html).replace("\n", "<br>"))  # noqa: S704 - escaped above, before any tag was added


def _code(found: re.Match[str]) -> str:
    tag, inside = ("pre", found[1]) if found[1] is not None else ("kbd", found[2])
    plain = _SLACK_TOKEN.sub(lambda token: token[2] or token[1], inside)
    # A line break here must not become <br>: <pre> keeps it.
    return f"<{tag}>{escape(_unescaped(plain))}</{tag}>".replace("\n", "&#10;")


def _slack_token(target: str, label: str | None) -> str:
    shown = _unescaped(label or "")
    match target[:1]:
        case "@":
            return _mention(shown or target)
        case "!":
            name = target.removeprefix("!subteam^") if target.startswith("!subteam^") else target.removeprefix("!")
            return _mention(f"@{shown.removeprefix('@') or name}")
        case "#":
            return _mention(f"#{shown or target[1:]}")
        case _:
            return _link(_unescaped(target), shown or _unescaped(target))


def _mention(name: str) -> str:
    return f'<b class="mention">{escape(name)}</b>'


_SAFE = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def _link(url: str, label: str) -> str:
    """Make a link of an address that is one; any other is shown as text."""
    if not _SAFE.match(url):
        return str(escape(f"{label} ({url})"))
    return f'<a href="{escape(url)}" rel="noreferrer noopener">{escape(label)}</a>'
