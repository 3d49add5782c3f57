"""One call of Slack's Web API, and how it is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.channels.exchange import Post
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.store import Row

__all__ = ["SlackCall", "SlackError", "channel_name"]

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{7,}")


class SlackError(Exception):
    """A call that did not work: still HTTP 200."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Row = {"ok": False, "error": error, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCall:
    """A call and its arguments."""

    post: Post
    arguments: Row

    @property
    def token(self) -> str:
        """The bearer token, or the older `token` argument."""
        scheme, _, value = self.post.header("authorization").partition(" ")
        return value.strip() if scheme.lower() == "bearer" else str(self.arguments.get("token") or "")

    def text(self, name: str) -> str:
        """Read an argument as text; empty if it is not there."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def channel(self, *, writing: bool = False) -> str:
        """Read the channel's id; refuses one that is not there, archived, or that the bot is not in."""
        asked = self.text("channel")
        state = self.post.state
        if not _CHANNEL.fullmatch(asked) or holds(state, Kind.SLACK, "no_channel", asked):
            raise SlackError("channel_not_found")
        if writing and holds(state, Kind.SLACK, "archived", asked):
            raise SlackError("is_archived")
        if writing and holds(state, Kind.SLACK, "prohibited", asked):
            raise SlackError("restricted_action")
        if writing and holds(state, Kind.SLACK, "not_in_channel", asked):
            raise SlackError("not_in_channel")
        return asked


def channel_name(post: Post, channel: str) -> str:
    """Return what people call a channel: as a notification of dbt Cloud has it, or made of its id."""
    row = post.state.store.get("settings", f"slack-channel:{channel}")
    known = row or post.state.store.first("notifications", {"slack_channel_id": channel}) or {}
    return str(known.get("slack_channel_name") or f"#{channel.lower()}").removeprefix("#")
