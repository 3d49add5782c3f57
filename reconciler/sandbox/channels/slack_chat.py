"""Messages of Slack's Web API: posted, changed, removed, and read back, with their threads."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.channels.exchange import keep
from reconciler.sandbox.channels.slack_blocks import block_problems, too_long_in_all
from reconciler.sandbox.channels.slack_call import SlackCall, SlackError, channel_name
from reconciler.sandbox.channels.slack_webhook import message_problem
from reconciler.sandbox.channels.slack_words import spoken
from reconciler.sandbox.inbox import Kind, MessageState, amend
from reconciler.sandbox.store import Row

__all__ = ["BOT", "delete", "history", "permalink", "post_message", "replies", "update"]

BOT = {"user": "U0SANDBOXB", "bot_id": "B0SANDBOXB", "app_id": "A0SANDBOXA", "team": "T0SANDBOXT"}
_TEXT = 40_000
_PAGE = 100
_KEPT = ("text", "blocks", "attachments", "metadata", "mrkdwn", "unfurl_links", "unfurl_media", "reply_broadcast")


def post_message(call: SlackCall) -> Row:
    """chat.postMessage: a new message, or a reply in a thread."""
    channel, message = call.channel(writing=True), _message(call)
    thread = call.text("thread_ts") or None
    if thread and _found(call, channel, thread) is None:
        raise SlackError("thread_not_found")
    title, text = spoken(message)
    row = keep(
        call.post,
        to=f"{channel}|#{channel_name(call.post, channel)}",
        title=title,
        text=text,
        payload=message,
        via="bot",
        channel_id=channel,
        ts=_next_ts(call),
        thread_ts=thread,
        edits=[],
    )
    return {"channel": channel, "ts": row["ts"], "message": _shown(row)}


def update(call: SlackCall) -> Row:
    """chat.update: the message's words are replaced; what they were is kept for the inbox."""
    channel = call.channel(writing=True)
    row, message = _own(call, channel), _message(call)
    title, text = spoken(message)
    before = {"at": call.post.state.stamp(), "subject": row["subject"], "text": row["text"]}
    changes = {"subject": title, "text": text, "payload": message, "edits": [*row["edits"], before]}
    amend(call.post.state, row["id"], changes)
    return {"channel": channel, "ts": row["ts"], "text": message.get("text") or "", "message": _shown(row | changes)}


def delete(call: SlackCall) -> Row:
    """chat.delete: gone for readers; the inbox keeps it, marked."""
    channel = call.channel(writing=True)
    row = _own(call, channel)
    amend(call.post.state, row["id"], {"state": MessageState.DELETED.value})
    return {"channel": channel, "ts": row["ts"]}


def permalink(call: SlackCall) -> Row:
    """chat.getPermalink."""
    channel, ts = call.channel(), call.text("message_ts")
    if _found(call, channel, ts) is None:
        raise SlackError("message_not_found")
    return {"channel": channel, "permalink": f"https://acme.slack.com/archives/{channel}/p{ts.replace('.', '')}"}


def history(call: SlackCall) -> Row:
    """conversations.history: newest first, replies only inside their thread unless they were broadcast."""
    rows = [row for row in _rows(call, call.channel()) if not row["thread_ts"] or _broadcast(row)]
    rows = [row for row in reversed(rows) if _within(call, row["ts"])]
    return _page(call, rows)


def replies(call: SlackCall) -> Row:
    """conversations.replies: the thread's first message and what followed, oldest first."""
    channel, ts = call.channel(), call.text("ts")
    rows = _rows(call, channel)
    row = next((each for each in rows if each["ts"] == ts), None)
    if row is None:
        raise SlackError("thread_not_found")
    first = row["thread_ts"] or ts
    thread = [each for each in rows if first in (each["ts"], each["thread_ts"])]
    return _page(call, [each for each in thread if each["ts"] == first or _within(call, each["ts"])])


def _message(call: SlackCall) -> Row:
    message: Row = {name: call.arguments[name] for name in _KEPT if call.arguments.get(name) is not None}
    problem = message_problem(message)
    if problem == "invalid_blocks":
        found = block_problems(message.get("blocks") or [])
        raise SlackError(problem, errors=found, response_metadata={"messages": found})
    if problem:
        raise SlackError(problem)
    if len(message.get("text") or "") > _TEXT:
        raise SlackError("msg_too_long")
    if message.get("blocks") and too_long_in_all(message["blocks"]):
        raise SlackError("msg_blocks_too_long")
    metadata = message.get("metadata")
    if metadata is not None and not _is_metadata(metadata):
        raise SlackError("invalid_metadata_format")
    return message


def _is_metadata(found: Any) -> bool:
    return isinstance(found, dict) and bool(found.get("event_type")) and isinstance(found.get("event_payload"), dict)


def _next_ts(call: SlackCall) -> str:
    """Make the id of a message: its second, and a number that never comes twice."""
    state = call.post.state
    return f"{int(state.clock.now().timestamp())}.{state.store.next_number('slack_ts', 100):06}"


def _rows(call: SlackCall, channel: str) -> list[Row]:
    """List the channel's messages that came through the Web API and are still there, oldest first."""
    found = call.post.state.store.find("messages", {"kind": Kind.SLACK.value})
    there = [row for row in found if row.get("channel_id") == channel and row["state"] != MessageState.DELETED.value]
    return sorted(there, key=lambda row: row["ts"])


def _found(call: SlackCall, channel: str, ts: str) -> Row | None:
    return next((row for row in _rows(call, channel) if row["ts"] == ts), None)


def _own(call: SlackCall, channel: str) -> Row:
    row = _found(call, channel, call.text("ts"))
    if row is None:
        raise SlackError("message_not_found")
    return row


def _broadcast(row: Row) -> bool:
    return bool(row["payload"].get("reply_broadcast"))


def _within(call: SlackCall, ts: str) -> bool:
    """Tell whether a message lies between `oldest` and `latest`: the bounds themselves only if `inclusive`."""
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999.999999"
    inside = _seconds(oldest) < _seconds(ts) < _seconds(latest)
    inclusive = call.text("inclusive").lower() in ("1", "true")
    return inside or (inclusive and _seconds(ts) in (_seconds(oldest), _seconds(latest)))


def _seconds(ts: str) -> tuple[int, int]:
    whole, _, rest = ts.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))):
        raise SlackError("invalid_ts_latest")
    return int(whole), int(rest.ljust(6, "0")[:6] or 0)


def _page(call: SlackCall, rows: list[Row]) -> Row:
    asked = call.text("limit") or str(_PAGE)
    limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else _PAGE
    shown = [_shown(row, metadata=bool(call.arguments.get("include_all_metadata"))) for row in rows[:limit]]
    return {"messages": shown, "has_more": len(rows) > limit, "pin_count": 0, "response_metadata": {"next_cursor": ""}}


def _shown(row: Row, *, metadata: bool = True) -> Row:
    message = {name: value for name, value in row["payload"].items() if metadata or name != "metadata"}
    shown: Row = {"type": "message", "ts": row["ts"], **BOT, "text": "", **message}
    if row["thread_ts"]:
        shown["thread_ts"] = row["thread_ts"]
    if row["edits"]:
        shown["edited"] = {"user": BOT["user"], "ts": row["ts"]}
    return shown
