"""What Slack would refuse about a body: Block Kit's limits, and the size of all blocks together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.channels.slack.blocks import MAX_ALL_BLOCKS, block_size

__all__ = ["problems"]

Block = Mapping[str, Any]

_MAX_BLOCKS: Final = 50
_MAX_TEXT: Final = 4000


def problems(body: Block) -> Iterator[str]:
    text = body.get("text", "")
    if not text.strip():
        yield "a message needs a `text` for notifications"
    if len(text) > _MAX_TEXT:
        yield f"`text` has {len(text):,} characters, {_MAX_TEXT:,} are shown"
    size = block_size(body)
    if size > MAX_ALL_BLOCKS:
        yield f"all blocks have {size:,} characters together, {MAX_ALL_BLOCKS:,} are safe"
    for blocks in (body.get("blocks", []), *(each.get("blocks", []) for each in body.get("attachments", []))):
        if len(blocks) > _MAX_BLOCKS:
            yield f"{len(blocks)} blocks, {_MAX_BLOCKS} are taken"
        for block in blocks:
            yield from _of(block)


def _of(block: Block) -> Iterator[str]:
    match block.get("type"):
        case "section":
            yield from _section(block)
        case "actions":
            yield from _bounded("buttons", len(block["elements"]), 1, 25)
            for button in block["elements"]:
                yield from _button(button)
        case "context":
            yield from _bounded("elements of a context", len(block["elements"]), 1, 10)
            for element in block["elements"]:
                yield from _bounded("characters of a context", len(element["text"]), 1, 3000)
        case kind:
            yield f"a block of type {kind}, which this tool never makes"


def _section(block: Block) -> Iterator[str]:
    if "text" in block:
        yield from _bounded("characters of a section", len(block["text"]["text"]), 1, 3000)
    if "fields" in block:
        yield from _bounded("fields of a section", len(block["fields"]), 1, 10)
        for each in block["fields"]:
            yield from _bounded("characters of a field", len(each["text"]), 1, 2000)


def _button(button: Block) -> Iterator[str]:
    yield from _bounded("characters on a button", len(button["text"]["text"]), 1, 75)
    yield from _bounded("characters of an action_id", len(button["action_id"]), 1, 255)
    yield from _bounded("characters of an address", len(button.get("url", "x")), 1, 3000)
    yield from _bounded("characters of a button's value", len(button.get("value", "x")), 1, 2000)


def _bounded(what: str, count: int, least: int, most: int) -> Iterator[str]:
    if not least <= count <= most:
        yield f"{count:,} {what}, {least} to {most:,} are taken"
