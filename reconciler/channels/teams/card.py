"""A message as an Adaptive Card: the headline on its outcome's colour, the rest below, links as buttons."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reconciler import escape
from reconciler.channels.exchange import json_bytes
from reconciler.channels.fit import Markup, clip, clip_words, shrink
from reconciler.channels.included import parts_of, wants
from reconciler.channels.links import linkable
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome

__all__ = ["MAX_BYTES", "card"]

Element = dict[str, Any]

MAX_BYTES: Final = 20_000
_NOTES: Final = 600
"""Bytes kept free for the line that says what was cut."""
_TEXT: Final = 6000
_TITLE: Final = 300
_MOST: Final = {"mention": 600}
_FACTS: Final = 12
_FACT: Final = 1000
_URL: Final = 1500
_STYLES: Final = {
    Outcome.SUCCESS: "good",
    Outcome.RECOVERED: "good",
    Outcome.WARNING: "warning",
    Outcome.SLOW: "warning",
    Outcome.ANOMALY: "warning",
    Outcome.FAILURE: "attention",
    Outcome.LATE: "attention",
    Outcome.CANCELLED: "emphasis",
    Outcome.STARTED: "accent",
}
_LEAST_IMPORTANT_FIRST: Final = ("body", "error", "failed", "actions", "fields", "context", "summary")
_AT: Final = re.compile(r"<at>([^<]{1,300})</at>")
_AT_MARKS: Final = re.compile(r"</?at>")
_PLACES: Final = ("summary", "body", "fields", "failed", "error", "actions", "mention", "context")


def card(message: Message, *, acknowledge: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the whole body to post, and what was cut."""
    wanted = {name: text.strip() for name, text in parts_of(message).items() if name in {*_PLACES, "title"}}
    parts = {name: clip(text, _MOST.get(name, _TEXT), markup=Markup.MARKDOWN) for name, text in wanted.items()}
    cut = tuple(clip_words(name, wanted[name], text) for name, text in parts.items() if text != wanted[name])
    parts["mention"], entities = _mention(
        message, parts.get("mention", ""), wanted_id=message.parts.get("mention_id", "")
    )
    buttons = list(_buttons(message, acknowledge=acknowledge))

    def made(texts: Mapping[str, str], notes: Iterable[str] = ()) -> dict[str, Any]:
        return _posted([_title(message, texts), *_elements(texts, notes)], buttons, entities)

    kept, shrunk = shrink(
        parts,
        lambda texts: len(json_bytes(made(texts))) <= MAX_BYTES - _NOTES,
        order=_LEAST_IMPORTANT_FIRST,
        markup=Markup.MARKDOWN,
    )
    cut = (*cut, *shrunk)
    return made(kept, cut), cut


def _posted(body: list[Element], buttons: list[Element], entities: list[Element]) -> dict[str, Any]:
    content: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "full", **({"entities": entities} if entities else {})},
    }
    if buttons:
        content["actions"] = buttons
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attached]}


def _title(message: Message, parts: Mapping[str, str]) -> Element:
    alert = message.alert
    plain = escape.teams(f"{alert.severity}: {alert.job.name} {alert.outcome.value}")
    title = clip(" ".join((parts.get("title") or plain).split()), _TITLE, markup=Markup.MARKDOWN)
    shown = _text(title) | {"weight": "bolder", "size": "large"}
    return {"type": "Container", "style": _STYLES[alert.outcome], "bleed": True, "items": [shown]}


def _elements(parts: Mapping[str, str], notes: Iterable[str]) -> Iterator[Element]:
    for name in ("summary", "body"):
        yield from _block(parts.get(name, ""))
    if facts := _facts(parts.get("fields", "")):
        yield {"type": "FactSet", "facts": facts}
    yield from _block(parts.get("failed", ""))
    yield from _block(parts.get("error", ""), fontType="monospace")
    yield from _block(parts.get("actions", ""))
    yield from _block(parts.get("mention", ""))
    said = "; ".join(notes)
    context = "\n\n".join(filter(None, (parts.get("context", ""), clip(said, _NOTES - 200))))
    yield from _block(context, isSubtle=True, size="small")


def _block(text: str, **look: object) -> Iterator[Element]:
    if text:
        yield _text(text) | look


def _text(text: str) -> Element:
    """Return a block of text. A card breaks lines at an empty one only, so each line's end becomes one."""
    return {"type": "TextBlock", "text": re.sub(r"(?<!\n)\n(?!\n)", "\n\n", text), "wrap": True}


def _facts(text: str) -> list[Element]:
    found: list[Element] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        label, bar, value = line.partition("|")
        title, shown = (label.strip(), value.strip()) if bar else ("", line)
        found.append({"title": title or " ", "value": clip(shown, _FACT, markup=Markup.MARKDOWN) or "–"})
    return found[:_FACTS]


def _mention(message: Message, text: str, *, wanted_id: str) -> tuple[str, list[Element]]:
    """Return the text and the entity that makes it ring. A name in `<at>` without an entity would break the card."""
    who = wanted_id.strip() or (message.alert.oncall.teams if message.alert.oncall else "") or ""
    found = _AT.search(text)
    if found is None or not who or len(who) > 300:
        return _AT_MARKS.sub("", text), []
    mentioned = {"id": who, "name": html.unescape(found[1])}
    return text, [{"type": "mention", "text": found[0], "mentioned": mentioned}]


def _buttons(message: Message, *, acknowledge: bool) -> Iterator[Element]:
    alert = message.alert
    if alert.run and wants(message, "link"):
        yield from _link("Open run", alert.run.url)
    if wants(message, "runbook"):
        yield from _link("Runbook", alert.runbook)
    if acknowledge:
        yield from _link("Acknowledge", alert.ack_url)


def _link(title: str, url: str) -> Iterator[Element]:
    if linkable(url, most=_URL):
        yield {"type": "Action.OpenUrl", "title": title, "url": url}
