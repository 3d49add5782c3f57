"""A Slack payload as Slack draws it: blocks, and attachments with their bar."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler.render.preview.spans import Span, plain_spans, slack_spans

__all__ = ["slack_values"]

_COLOUR: Final = re.compile(r"\A#[0-9a-fA-F]{6}\Z", re.ASCII)
_NAMED: Final = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}

Values = dict[str, Any]


def slack_values(content: Mapping[str, Any]) -> Values:
    """Return what the page draws of one message: the text only where no blocks are, as Slack does."""
    blocks = list(_blocks(content.get("blocks", ())))
    text = content.get("text", "")
    attachments = [_attachment(each) for each in content.get("attachments", ())]
    spoken = not blocks and text and not (attachments and content.get("attachments", [{}])[0].get("fallback") == text)
    return {
        "text": slack_spans(text) if spoken else (),
        "blocks": blocks,
        "attachments": attachments,
        "notification": plain_spans(text),
        "threaded": bool(content.get("thread_ts")),
    }


def _attachment(attachment: Mapping[str, Any]) -> Values:
    colour = str(attachment.get("color", ""))
    colour = _NAMED.get(colour, colour)
    return {
        "colour": colour if _COLOUR.match(colour) else "#dddddd",
        "blocks": [*_old_style(attachment), *_blocks(attachment.get("blocks", ()))],
    }


def _old_style(attachment: Mapping[str, Any]) -> Iterator[Values]:
    """Yield what stands in an attachment's own fields instead of in blocks."""
    if attachment.get("pretext"):
        yield {"type": "section", "text": slack_spans(attachment["pretext"]), "fields": ()}
    if title := attachment.get("title"):
        link = attachment.get("title_link")
        linked = f"*<{link}|{title}>*" if link else f"*{title}*"
        yield {"type": "section", "text": slack_spans(linked), "fields": ()}
    if attachment.get("text") or attachment.get("fields"):
        fields = [
            slack_spans(f"*{each.get('title', '')}*\n{each.get('value', '')}") for each in attachment.get("fields", ())
        ]
        yield {"type": "section", "text": slack_spans(attachment.get("text", "")), "fields": fields}
    if attachment.get("footer"):
        yield {"type": "context", "elements": [slack_spans(attachment["footer"])]}


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Values]:
    for block in blocks:
        kind = block.get("type")
        if kind == "header":
            yield {"type": "header", "text": _text(block["text"])}
        elif kind == "section":
            fields = [_text(each) for each in block.get("fields", ())]
            yield {"type": "section", "text": _text(block.get("text")), "fields": fields}
        elif kind == "context":
            yield {"type": "context", "elements": [_text(each) for each in block.get("elements", ())]}
        elif kind == "divider":
            yield {"type": "divider"}
        elif kind == "actions":
            yield {"type": "actions", "buttons": [_button(each) for each in block.get("elements", ())]}
        elif kind == "rich_text":
            yield {"type": "section", "text": tuple(_rich(block.get("elements", ()))), "fields": ()}
        else:
            yield {"type": "unknown", "name": str(kind)}


def _text(text: Mapping[str, Any] | None) -> tuple[Span, ...]:
    if not text:
        return ()
    said = str(text.get("text", ""))
    return slack_spans(said) if text.get("type") == "mrkdwn" else plain_spans(said)


def _button(element: Mapping[str, Any]) -> Values:
    return {"text": _text(element.get("text")), "style": str(element.get("style", ""))}


def _rich(elements: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    """Yield the runs of rich text that a payload of ours could hold: preformatted text, and text."""
    for element in elements:
        style = "pre" if element.get("type") == "rich_text_preformatted" else ""
        for each in element.get("elements", ()):
            yield Span(text=str(each.get("text", each.get("url", ""))), style=style)
