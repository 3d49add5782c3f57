"""Channels → recipients: who a native channel is in this account, or what live does not answer about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.model.edge import RecipientKey, RecipientKind, compared_address
from reconciler.model.inventory import Inventory, NotificationRow, User
from reconciler.model.ledger import RecipientSettings
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.policy import Channel, DbtEmail, DbtSlack, DbtUser, NativeChannel, RelayedChannel

__all__ = [
    "Recipient",
    "Unresolved",
    "incomplete",
    "recipient_names",
    "resolve_channel",
    "resolve_channels",
    "two_rows",
]

_OWNER = "`owner`, the e-mail of the dbt Cloud user who stands for it"
_LINKED_BY = "`linked_by`, the e-mail of the dbt Cloud user who linked the Slack app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a native channel reaches. `departed` is the e-mail of the user it depends on, if deactivated."""

    key: RecipientKey
    channel: NativeChannel
    settings: RecipientSettings
    display: str
    departed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """A native channel that live does not answer. `key` is known when only the user who stands for it is not."""

    channel: NativeChannel
    blocked: Blocked
    key: RecipientKey | None = None


def resolve_channels(channels: Mapping[str, Channel], inventory: Inventory) -> Mapping[str, Recipient | Unresolved]:
    """Resolve every native channel by its name; relayed ones are no recipients."""
    return {
        name: resolve_channel(channel, inventory)
        for name, channel in channels.items()
        if not isinstance(channel, RelayedChannel)
    }


def resolve_channel(channel: NativeChannel, inventory: Inventory) -> Recipient | Unresolved:
    """Find the recipient behind one channel; users are found by trimmed, case-folded e-mail."""
    match channel:
        case DbtUser():
            return _user(channel, inventory)
        case DbtEmail():
            return _standing_for(channel, channel.owner, key=RecipientKey.email(channel.address), inventory=inventory)
        case DbtSlack():
            key = RecipientKey.slack_app if channel.app else RecipientKey.slack
            return _standing_for(channel, channel.linked_by, key=key(channel.channel_id), inventory=inventory)
        case _:
            assert_never(channel)


def recipient_names(resolved: Iterable[Recipient | Unresolved]) -> dict[RecipientKey, frozenset[str]]:
    """Return the names that the policy gives to recipients, for the globs of scope."""
    names: defaultdict[RecipientKey, set[str]] = defaultdict(set)
    for each in resolved:
        if isinstance(each, Recipient):
            names[each.key].add(each.display)
    return {key: frozenset(called) for key, called in names.items()}


def two_rows(key: RecipientKey, inventory: Inventory) -> Blocked | None:
    """Return why a recipient with several live rows is left alone: there is never a first match (design §5)."""
    rows = inventory.rows.get(key, ())
    if len(rows) < 2:
        return None
    ids = " and ".join(str(row.id) for row in sorted(rows, key=lambda row: row.id))
    return Blocked(
        kind=BlockedKind.TWO_ROWS,
        what=f"{key} has {len(rows)} notification rows in dbt Cloud: {ids}",
        next_step="merge their jobs into one of them in dbt Cloud and delete the others",
    )


def incomplete(recipient: Recipient, inventory: Inventory) -> Blocked | None:
    """Return what is missing to create the recipient's row (reference §2.4); None where live has one to use."""
    if inventory.rows.get(recipient.key) or any(map(_usable, inventory.deleted_rows.get(recipient.key, ()))):
        return None
    missing = list(_missing(recipient))
    if not missing:
        return None
    channel = recipient.channel
    return Blocked(
        kind=BlockedKind.INCOMPLETE,
        what=f"channel {channel.name} ({recipient.key}) is new to dbt Cloud and lacks {' and '.join(missing)}",
        next_step=f"add it to the channel at {channel.at}",
        at=channel.at,
    )


def _missing(recipient: Recipient) -> Iterable[str]:
    settings = recipient.settings
    match recipient.channel:
        case DbtUser():
            return
        case DbtEmail():
            if settings.user_id is None:
                yield _OWNER
        case DbtSlack():
            if settings.slack_channel_name is None:
                yield "`channel_name`"
            if settings.user_id is None:
                yield _OWNER if recipient.channel.app else _LINKED_BY


def _usable(row: NotificationRow) -> bool:
    """Tell whether a soft-deleted row still says what a new one would have to."""
    slack = row.key is not None and row.key.kind in {RecipientKind.SLACK, RecipientKind.SLACK_APP}
    return row.user_id is not None and (not slack or bool(row.slack_channel_name))


def _user(channel: DbtUser, inventory: Inventory) -> Recipient | Unresolved:
    user = _find_user(channel.email, inventory)
    if not isinstance(user, User):
        return Unresolved(channel=channel, blocked=_unknown(channel, "email", channel.email, found=user))
    return Recipient(
        key=RecipientKey.user(user.id),
        channel=channel,
        settings=RecipientSettings(),
        display=channel.email.strip(),
        departed=None if user.active else user.email,
    )


def _standing_for(
    channel: DbtEmail | DbtSlack, email: str | None, *, key: RecipientKey, inventory: Inventory
) -> Recipient | Unresolved:
    """Resolve a channel that is not a user but that a user stands for (reference §2.4)."""
    user = None if email is None else _find_user(email, inventory)
    if email is not None and not isinstance(user, User):
        field = "linked_by" if _needs_its_user(channel) else "owner"
        return Unresolved(channel=channel, key=key, blocked=_unknown(channel, field, email, found=user or ()))
    found = user if isinstance(user, User) else None
    slack_name = channel.channel_name if isinstance(channel, DbtSlack) else None
    return Recipient(
        key=key,
        channel=channel,
        settings=RecipientSettings(slack_channel_name=slack_name, user_id=found.id if found else None),
        display=channel.address.strip()
        if isinstance(channel, DbtEmail)
        else channel.channel_name or channel.channel_id,
        departed=found.email if found is not None and not found.active and _needs_its_user(channel) else None,
    )


def _needs_its_user(channel: DbtEmail | DbtSlack) -> bool:
    """Tell whether nothing arrives once its user is gone: addresses outlive their creator (reference §2.4, §2.7)."""
    return isinstance(channel, DbtSlack) and not channel.app


def _find_user(email: str, inventory: Inventory) -> User | tuple[User, ...]:
    """Return the one user of an address, an active one before deactivated ones; else all there are, perhaps none."""
    users = inventory.users_by_email.get(compared_address(email), ())
    candidates = [user for user in users if user.active] or users
    return candidates[0] if len(candidates) == 1 else tuple(candidates)


def _unknown(channel: NativeChannel, field: str, email: str, *, found: tuple[User, ...]) -> Blocked:
    if found:
        ids = ", ".join(str(user.id) for user in found)
        what = f"channel {channel.name}: {len(found)} users of the account have the e-mail {email}: {ids}"
        next_step = f"deactivate the account that is not used, or name another user as `{field}` at {channel.at}"
    else:
        what = f"channel {channel.name}: no user of the account has the e-mail {email}"
        next_step = f"invite {email} to dbt Cloud, or correct `{field}` at {channel.at}"
    return Blocked(kind=BlockedKind.UNKNOWN_USER, what=what, next_step=next_step, at=channel.at)
