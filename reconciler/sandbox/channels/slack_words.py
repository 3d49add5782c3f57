"""What a Slack message says in plain words: a headline and a text, for whoever looks for it in the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.sandbox.store import Row

__all__ = ["readable", "spoken"]

_LINK = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_STYLE = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~])")
_HEADLINE = 150


def spoken(message: Row) -> tuple[str, str]:
    """Return a message's headline and everything that a reader sees, without markup."""
    parts = [readable(part) for part in _texts(message) if part.strip()]
    fallback = readable(str(message.get("text") or ""))
    lines = "\n".join(parts) or fallback
    headline = next(iter((parts[0] if parts else fallback).strip().splitlines()), "")
    return headline[:_HEADLINE], lines


def readable(text: str) -> str:
    """Take Slack's markup out of a text: links become their label, entities their sign, bold is gone."""
    plain = _STYLE.sub(r"\2", text)
    plain = _LINK.sub(lambda found: found["label"] or found["target"], plain)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _texts(message: Row) -> Iterator[str]:
    yield from _block_texts(message.get("blocks"))
    for attachment in message.get("attachments") or []:
        if isinstance(attachment, dict):
            yield from _attachment_texts(attachment)


def _attachment_texts(attachment: Row) -> Iterator[str]:
    yield from (str(attachment[name]) for name in ("pretext", "author_name", "title", "text") if attachment.get(name))
    for field in attachment.get("fields") or []:
        if isinstance(field, dict):
            yield f"{field.get('title', '')}: {field.get('value', '')}"
    yield from _block_texts(attachment.get("blocks"))
    if attachment.get("footer"):
        yield str(attachment["footer"])


def _block_texts(blocks: Any) -> Iterator[str]:
    """Yield the texts of any nesting of blocks in reading order."""
    match blocks:
        case {"text": str(text)}:
            yield text
        case dict():
            for name in ("text", "title", "fields", "elements", "accessory"):
                yield from _block_texts(blocks.get(name))
        case list():
            for block in blocks:
                yield from _block_texts(block)
        case _:
            return
