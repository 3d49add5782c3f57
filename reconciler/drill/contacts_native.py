"""The contacts that dbt Cloud writes to: users, external addresses, Slack channels; and what to write in the policy."""

from __future__ import annotations

import json

from reconciler.drill.bench import Bench
from reconciler.drill.found import Contact
from reconciler.drill.routes import Route
from reconciler.model.edit import ReplaceScalar
from reconciler.model.inventory import Inventory, NotificationRow, User
from reconciler.model.policy import DbtEmail, DbtSlack, DbtUser, NativeChannel
from reconciler.plan.resolve import Recipient, Unresolved

__all__ = ["native", "successor"]


def native(bench: Bench, route: Route) -> Contact:
    """Look at one native channel as live shows it. That its row is there proves no message: the canary does."""
    resolved = bench.survey.resolved[route.channel]
    channel = resolved.channel
    _renew_address(bench, channel)
    broken = bench.survey.why_broken(route.channel)
    if broken:
        return Contact.failed(broken, _fix(resolved))
    if isinstance(resolved, Unresolved):
        return Contact.failed(resolved.blocked.what, resolved.blocked.next_step)
    return _row(bench, resolved)


def _row(bench: Bench, recipient: Recipient) -> Contact:
    inventory = bench.survey.inventory
    rows = inventory.rows.get(recipient.key, ())
    name = recipient.channel.name
    if not rows:
        return Contact.failed(f"dbt Cloud has no notification for {recipient.key}", "run `dbt-alerts apply`")
    row = rows[0]
    if not inventory.can_deliver(row):
        return Contact.failed(
            f"the user under whom notification {row.id} stands is gone or deactivated: nothing is delivered",
            f"name an active user in channel {name}, then run `dbt-alerts apply`",
        )
    if isinstance(recipient.channel, DbtSlack):
        return _slack(bench, recipient, recipient.channel, row)
    return Contact.accepted(f"notification {row.id} is there and complete")


def _slack(bench: Bench, recipient: Recipient, channel: DbtSlack, row: NotificationRow) -> Contact:
    wanted = recipient.settings.user_id
    if not channel.app and wanted is not None and row.user_id != wanted:
        live = bench.survey.inventory.users.get(row.user_id or 0)
        under = live.email if live is not None else f"user {row.user_id}"
        return Contact.failed(
            f"dbt Cloud has the channel under {under}, the policy says {channel.linked_by}: under anybody but who"
            " linked the app it is never delivered",
            "ask who linked Slack to dbt Cloud, name that person as `linked_by`, then run `dbt-alerts apply`",
        )
    if channel.channel_name and row.slack_channel_name and channel.channel_name != row.slack_channel_name:
        _note(bench, channel, "channel_name", json.dumps(row.slack_channel_name))
        return Contact.accepted(f"notification {row.id} is there; the channel is {row.slack_channel_name} now")
    return Contact.accepted(f"notification {row.id} is there and complete")


def _fix(resolved: Recipient | Unresolved) -> str:
    if isinstance(resolved, Unresolved):
        return resolved.blocked.next_step
    if resolved.departed is not None:
        return f"name somebody else in channel {resolved.channel.name}, or let dbt Cloud activate {resolved.departed}"
    return f"correct channel {resolved.channel.name}, then run `dbt-alerts apply`"


def successor(email: str, inventory: Inventory) -> User | None:
    """Return the one active user who has the full name of a deactivated one: the same person's new address."""
    gone = [user for user in inventory.users.values() if user.email.casefold() == email.strip().casefold()]
    if not gone or any(user.active for user in gone) or not gone[0].name.strip():
        return None
    same = [user for user in inventory.users.values() if user.active and user.name.strip() == gone[0].name.strip()]
    return same[0] if len(same) == 1 else None


def _renew_address(bench: Bench, channel: NativeChannel) -> None:
    """Note the new address of somebody whose old user is deactivated."""
    match channel:
        case DbtUser(email=email):
            key = "email"
        case DbtEmail(owner=str(email)):
            key = "owner"
        case DbtSlack(app=app, linked_by=str(email)):
            key = "owner" if app else "linked_by"
        case _:
            return
    found = successor(email, bench.survey.inventory)
    if found is not None:
        _note(bench, channel, key, json.dumps(found.email))


def _note(bench: Bench, channel: NativeChannel, key: str, value: str) -> None:
    """Note an edit: another value in the place of the one that the policy has."""
    if key in channel.places:
        words = f"`{key}` of channel {channel.name} is {value} now"
        bench.notebook.edits.append((words, ReplaceScalar(at=channel.places[key], value=value)))
