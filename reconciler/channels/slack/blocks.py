"""A message as Slack's blocks: the headline and who is called above, everything else beside a bar of colour.

A mention rings above, and may not inside an attachment. Limits: Block Kit's reference, as slack_sdk enforces them; the
13,000 for all blocks together is what Slack enforces as `msg_blocks_too_long` without documenting it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler import escape
from reconciler.channels.fit import Markup, clip, clip_words, pieces, shrink
from reconciler.channels.included import parts_of, wants
from reconciler.channels.links import linkable
from reconciler.channels.slack.buttons import MAX_URL, buttons_of
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome

__all__ = ["MAX_ALL_BLOCKS", "block_size", "body", "thread_body"]

Block = dict[str, Any]

MAX_ALL_BLOCKS: Final = 12_000
_SECTION: Final = 3000
_FIELD: Final = 2000
_FIELDS: Final = 10
_SECTIONS: Final = 49
"""And a line about the rest makes the fifty blocks that a message may have."""
_TITLE: Final = 150
_NOTES: Final = 400
"""Characters kept free for the line that says what was cut."""
_MOST: Final = {"mention": 500, "context": 1500, "error": _SECTION - 10}
_QUIET: Final = {"unfurl_links": False, "unfurl_media": False}
"""Slack fetches no address of a message, and none fills the channel with its preview."""
_UNCAPPED: Final = frozenset({"fields", "title"})

_COLOURS: Final = {
    Outcome.SUCCESS: "#2EB67D",
    Outcome.RECOVERED: "#2EB67D",
    Outcome.WARNING: "#ECB22E",
    Outcome.SLOW: "#ECB22E",
    Outcome.ANOMALY: "#ECB22E",
    Outcome.FAILURE: "#D40E0D",
    Outcome.LATE: "#E8590C",
    Outcome.CANCELLED: "#868E96",
    Outcome.STARTED: "#1D9BD1",
}
_LEAST_IMPORTANT_FIRST: Final = ("body", "error", "failed", "actions", "fields", "context", "summary", "fallback")


def body(message: Message, *, acknowledge: bool, bot: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the body of a message without its channel, and what was cut. `acknowledge`: a relay answers the button."""
    buttons = buttons_of(message, acknowledge=acknowledge, bot=bot)
    wanted = parts_of(message)
    parts, cut = _capped({name: text.strip() for name, text in wanted.items() if name != "detail"})

    def made(texts: Mapping[str, str], notes: Iterable[str] = ()) -> dict[str, Any]:
        return _made(message, texts, buttons, notes)

    kept, shrunk = shrink(
        parts,
        lambda texts: block_size(made(texts)) <= MAX_ALL_BLOCKS - _NOTES,
        order=_LEAST_IMPORTANT_FIRST,
        markup=Markup.MRKDWN,
    )
    cut = (*cut, *shrunk)
    return made(kept, cut), cut


def thread_body(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the body that holds the detail: as many sections as fit into one message, and a line about the rest."""
    sections: list[Block] = []
    shown = 0
    for piece in pieces(text, _SECTION, markup=Markup.MRKDWN):
        if len(sections) == _SECTIONS or block_size({"blocks": [*sections, _section(piece)]}) > MAX_ALL_BLOCKS - _NOTES:
            break
        sections.append(_section(piece))
        shown += len(piece)
    whole = len(text.strip())
    cut = (clip_words("detail", text, text[:shown]),) if shown < whole else ()
    if cut:
        sections.append(_context(_note(cut)))
    return {"text": clip(text.strip(), 200, markup=Markup.MRKDWN), "blocks": sections, **_QUIET}, cut


def block_size(content: Mapping[str, Any]) -> int:
    """Return the characters of all blocks together, as JSON, as Slack counts them."""
    inner = [block for each in content.get("attachments", []) for block in each.get("blocks", [])]
    return len(json.dumps([*content.get("blocks", []), *inner], ensure_ascii=False))


def _capped(parts: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Cut each part to what its own block holds; lines of fields have a limit of their own."""
    kept = dict(parts)
    cut: list[str] = []
    for name, text in parts.items():
        if name in _UNCAPPED:
            continue
        kept[name] = clip(text, _MOST.get(name, _SECTION), markup=Markup.MRKDWN)
        if kept[name] != text:
            cut.append(clip_words(name, text, kept[name]))
    return kept, tuple(cut)


def _made(message: Message, parts: Mapping[str, str], buttons: list[Block], notes: Iterable[str]) -> dict[str, Any]:
    title = _title(message, parts)
    called = "\n".join(filter(None, (_headline(message, title), parts.get("mention", ""))))
    inside = [*_inside(parts), *([{"type": "actions", "elements": buttons}] if buttons else [])]
    if context := "\n".join(filter(None, (parts.get("context", ""), _note(notes)))):
        inside.append(_context(context))
    fallback = parts.get("fallback") or title
    shown = Outcome.WARNING if message.alert.over and message.alert.late else message.alert.outcome
    bar = {"color": _COLOURS[shown], "fallback": clip(fallback, 300, markup=Markup.MRKDWN)}
    made: dict[str, Any] = {"text": fallback, "blocks": [_section(called)], **_QUIET}
    return made | ({"attachments": [bar | {"blocks": inside}]} if inside else {})


def _inside(parts: Mapping[str, str]) -> list[Block]:
    """Return what stands beside the bar, in the order in which it is read at night. A bare `body` is all of it."""
    found = [_section(parts[name]) for name in ("summary", "body") if parts.get(name)]
    if fields := _fields(parts.get("fields", "")):
        found.append({"type": "section", "fields": fields})
    texts = (parts.get("failed"), _fenced(parts.get("error", "")), parts.get("actions"))
    return found + [_section(text) for text in texts if text]


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_words(text, 2000)]}


def _note(notes: Iterable[str]) -> str:
    said = "; ".join(notes)
    return clip(f"_{said}_", _NOTES - 20, markup=Markup.MRKDWN) if said else ""


def _headline(message: Message, title: str) -> str:
    url = message.alert.run.url if message.alert.run else ""
    if not wants(message, "link") or not linkable(url, most=MAX_URL):
        return f"*{title}*"
    return f"*<{url.replace('&', '&amp;')}|{title.replace('|', chr(0x2223))}>*"


def _title(message: Message, parts: Mapping[str, str]) -> str:
    """Return the title, which is plain text, as one line that nothing in it can break."""
    alert = message.alert
    title = parts.get("title") or f"{alert.severity}: {alert.job.name} {alert.outcome.value}"
    return escape.slack(clip(" ".join(title.split()), _TITLE)) or "dbt alert"


def _section(text: str) -> Block:
    return {"type": "section", "text": _words(text, _SECTION)}


def _words(text: str, most: int) -> Block:
    """Return words that mean what they say: `verbatim`, or Slack itself links bare domains and #names in them."""
    return {"type": "mrkdwn", "text": clip(text, most, markup=Markup.MRKDWN), "verbatim": True}


def _fields(text: str) -> list[Block]:
    """Return ten fields at most; what has no bar is a value without a label."""
    found: list[Block] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        label, bar, value = line.partition("|")
        shown = f"*{label.strip()}*\n{value.strip()}" if bar else line
        found.append(_words(shown, _FIELD))
    return found[:_FIELDS]


def _fenced(text: str) -> str:
    """Return a code block around what is already escaped for its inside."""
    return f"```\n{text.replace('```', chr(39) * 3)}\n```" if text else ""
