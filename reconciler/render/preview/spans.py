"""The little markup that Slack and Teams read in a text, as runs of plain text with a style: what they would draw.

Only what the two products promise is read. Whatever is not markup stays as it is, and a link that is no web address
stays text: the page that is made of it must not be a way to anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

__all__ = ["Span", "card_spans", "plain_spans", "slack_spans", "web_address"]

_JOINERS: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
"""Characters without width or look, which escapers put between others to hold markup off."""

_WEB: Final = re.compile(r"\A(https?://|mailto:)", re.ASCII)

_SLACK: Final = re.compile(
    r"```(?P<pre>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>\S(?:[^*\n]*\S)?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>\S(?:[^_\n]*\S)?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>\S(?:[^~\n]*\S)?)~(?![\w~])",
    re.DOTALL,
)
_CARD: Final = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|\[(?P<text>(?:\\.|[^\]\\\n])+)\]\((?P<url>[^)\s]+)\)"
    r"|<at>(?P<at>[^<]+)</at>"
    r"|\*\*(?P<bold>\S(?:.*?\S)?)\*\*"
    r"|(?<![\w_\\])_(?P<italic>\S(?:[^_\n]*\S)?)_(?![\w_])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text. `style` is a word for the page: `bold`, `italic`, `strike`, `code`, `pre`, `mention` or empty."""

    text: str
    style: str = ""
    href: str = ""


def web_address(url: object) -> str:
    """Return an address that a page may lead to: of the web or of mail; anything else is empty."""
    return url if isinstance(url, str) and _WEB.match(url) else ""


def plain_spans(text: str) -> tuple[Span, ...]:
    """Return text that no product reads markup in."""
    return (Span(text=_JOINERS.sub("", text)),) if text else ()


def slack_spans(text: str) -> tuple[Span, ...]:
    """Read Slack's mrkdwn: links and mentions in angle brackets, three characters written as entities."""
    return tuple(_slack(text))


def _slack(text: str, *, style: str = "") -> Iterator[Span]:
    at = 0
    for found in _SLACK.finditer(text):
        yield from _shown(text[at : found.start()], style)
        at = found.end() + (found.lastgroup == "pre" and text[found.end() : found.end() + 1] == "\n")
        kind, inner = found.lastgroup or "", found.group(found.lastgroup or 0)
        if kind == "angle":
            yield replace(_angle(inner), style=_angle(inner).style or style)
        elif kind in {"pre", "code"}:
            yield from _shown(inner.strip("\n"), kind)
        else:
            yield from _slack(inner, style=f"{style} {kind}".strip())
    yield from _shown(text[at:], style)


def _shown(text: str, style: str) -> Iterator[Span]:
    if text:
        yield Span(text=_without_entities(text), style=style)


def _without_entities(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return _JOINERS.sub("", text)


def _angle(inner: str) -> Span:
    target, _, label = inner.partition("|")
    if target[:1] in {"@", "#"} or target.startswith(("!subteam^", "!here", "!channel", "!everyone")):
        name = label or target.removeprefix("!subteam^").lstrip("!@#")
        sign = "#" if target.startswith("#") else "@"
        return Span(text=f"{sign}{_without_entities(name).lstrip('@#')}", style="mention")
    if target.startswith("!date^"):
        return Span(text=_without_entities(label))
    return _linked(_without_entities(label or target), _without_entities(target))


def _linked(text: str, url: str, *, style: str = "") -> Span:
    return Span(text=text, href=web_address(url), style=style)


def card_spans(text: str) -> tuple[Span, ...]:
    """Read the Markdown of an Adaptive Card's text: bold, italic, links, mentions, and backslashes before marks."""
    return tuple(_merged(_card(text)))


def _card(text: str, *, style: str = "") -> Iterator[Span]:
    at = 0
    for found in _CARD.finditer(text):
        if found.start() > at:
            yield Span(text=_without_entities(text[at : found.start()]), style=style)
        at = found.end()
        yield from _card_mark(found, style)
    if text[at:]:
        yield Span(text=_without_entities(text[at:]), style=style)


def _card_mark(found: re.Match[str], style: str) -> Iterator[Span]:
    groups = found.groupdict()
    if groups["escaped"]:
        yield Span(text=groups["escaped"], style=style)
    elif groups["url"]:
        label = "".join(each.text for each in _card(groups["text"]))
        yield _linked(label, groups["url"], style=style)
    elif groups["at"]:
        yield Span(text=f"@{_without_entities(groups['at']).lstrip('@')}", style="mention")
    else:
        kind = "bold" if groups["bold"] else "italic"
        yield from _card(groups[kind], style=f"{style} {kind}".strip())


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """Join neighbours of one style: an escaped character is no word of its own."""
    last: Span | None = None
    for span in spans:
        if last is not None and not span.href and (last.style, last.href) == (span.style, ""):
            last = replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
