"""Who and what is there in Slack: the bot, channels, members, user groups, people by address."""

from __future__ import annotations

import hashlib

from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.slack_call import SlackCall, SlackError, channel_name
from reconciler.sandbox.channels.slack_chat import BOT
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.store import Row

__all__ = ["auth_test", "info", "lookup_by_email", "members", "rooms", "usergroups"]

_GROUPS = (("S0123ABCD", "data-engineer-oncall"), ("S0456EFGH", "platform-oncall"))


def auth_test(_call: SlackCall) -> Row:
    """auth.test: which workspace and bot the token is for."""
    return {
        "url": "https://acme.slack.com/",
        "team": "Acme",
        "user": "dbt_alerts",
        "team_id": BOT["team"],
        "user_id": BOT["user"],
        "bot_id": BOT["bot_id"],
        "is_enterprise_install": False,
    }


def info(call: SlackCall) -> Row:
    """conversations.info."""
    return {"channel": _room(call, call.channel())}


def rooms(call: SlackCall) -> Row:
    """conversations.list: the channels that dbt Cloud's notifications name."""
    rows = call.post.state.store.find("notifications", {"state": 1})
    ids = sorted({row["slack_channel_id"] for row in rows if row.get("slack_channel_id")})
    return {"channels": [_room(call, each) for each in ids], "response_metadata": {"next_cursor": ""}}


def members(call: SlackCall) -> Row:
    """conversations.members: the account's active people, and the bot unless it was removed."""
    channel = call.channel()
    bot = [] if holds(call.post.state, Kind.SLACK, "not_in_channel", channel) else [BOT["user"]]
    return {"members": [*bot, *map(_user_id, _addresses(call))], "response_metadata": {"next_cursor": ""}}


def usergroups(call: SlackCall) -> Row:
    """usergroups.list: those that the example policy rings; a disabled one is listed only if asked for."""
    everything = call.text("include_disabled").lower() in ("1", "true")
    groups = [_group(call, group, handle) for group, handle in _GROUPS]
    return {"usergroups": [each for each in groups if everything or not each["date_delete"]]}


def lookup_by_email(call: SlackCall) -> Row:
    """users.lookupByEmail: people of the dbt Cloud account are people of the workspace."""
    email = call.text("email")
    if email not in _addresses(call) or holds(call.post.state, Kind.SLACK, "no_user", email):
        raise SlackError("users_not_found")
    name = email.partition("@")[0]
    profile = {"email": email, "real_name": name, "display_name": name}
    return {"user": {"id": _user_id(email), "team_id": BOT["team"], "name": name, "deleted": False, "profile": profile}}


def _room(call: SlackCall, channel: str) -> Row:
    state, name = call.post.state, channel_name(call.post, channel)
    return {
        "id": channel,
        "name": name,
        "name_normalized": name,
        "is_channel": True,
        "is_private": channel.startswith("G"),
        "is_archived": holds(state, Kind.SLACK, "archived", channel),
        "is_member": not holds(state, Kind.SLACK, "not_in_channel", channel),
        "is_general": False,
        "context_team_id": BOT["team"],
    }


def _group(call: SlackCall, group: str, handle: str) -> Row:
    gone = holds(call.post.state, Kind.SLACK, "no_usergroup", group)
    return {
        "id": group,
        "team_id": BOT["team"],
        "is_usergroup": True,
        "name": handle,
        "handle": handle,
        "date_delete": int(call.post.state.clock.now().timestamp()) if gone else 0,
        "user_count": len(_addresses(call)),
    }


def _addresses(call: SlackCall) -> list[str]:
    return [row["email"] for row in call.post.state.store.find("users") if row.get("email") and row.get("is_active")]


def _user_id(email: str) -> str:
    return "U" + hashlib.sha256(email.encode()).hexdigest()[:10].upper()
