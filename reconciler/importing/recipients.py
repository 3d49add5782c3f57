"""Notification rows → channels of a policy: only what the policy would find again as the very same recipient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.importing import sayable
from reconciler.importing.naming import channel_name
from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.yaml_text import Value, counted, seen
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import Inventory, NotificationRow, NotificationType, User
from reconciler.model.policy import DbtUser
from reconciler.model.problem import NOWHERE
from reconciler.plan.resolve import Recipient, resolve_channel

__all__ = ["ChannelWords", "channel_of", "rows_without_a_recipient"]

_KINDS: Final = {RecipientKind.SLACK: "dbt_slack", RecipientKind.SLACK_APP: "dbt_slack_app"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWords:
    """A channel as a policy declares it, and what people should know of it."""

    name: str
    values: Mapping[str, Value]
    oddities: tuple[Oddity, ...] = ()


def channel_of(key: RecipientKey, inventory: Inventory) -> ChannelWords | Oddity:
    """Return the channel of a recipient with live rows, or why there can be none. Of two rows the older counts."""
    rows = sorted(inventory.rows[key], key=lambda row: row.id)
    found = _user(key, inventory) if key.kind is RecipientKind.USER else _other(key, rows[0], inventory)
    if isinstance(found, Oddity) or len(rows) == 1:
        return found
    ids = " and ".join(str(row.id) for row in rows)
    text = f"{ids} are notification objects of this one recipient: it is blocked until they are merged in dbt Cloud."
    twice = Oddity(kind=OddityKind.TWO_ROWS, text=text)
    return ChannelWords(name=found.name, values=found.values, oddities=(twice, *found.oddities))


def rows_without_a_recipient(inventory: Inventory) -> Iterator[Oddity]:
    """Yield the live rows that nobody can be told through, each with what it is."""
    for row in inventory.notifications:
        if row.key is not None or row.deleted:
            continue
        jobs = counted(len(frozenset().union(*row.jobs.values())), "job")
        if row.type in set(NotificationType):
            text = f"notification {row.id} (type {row.type}, {jobs}) has no address and reaches nobody: delete it."
            yield Oddity(kind=OddityKind.NO_ADDRESS, text=text)
        else:
            text = f"notification {row.id} is of type {row.type}, which this tool leaves alone ({jobs})."
            yield Oddity(kind=OddityKind.UNKNOWN_TYPE, text=text)


def _user(key: RecipientKey, inventory: Inventory) -> ChannelWords | Oddity:
    user = inventory.users.get(int(key.value)) if key.value.isdigit() else None
    if user is None:
        text = f"user {key.value} is told, and the account shows no such user: gone, or not visible to this token."
        return Oddity(kind=OddityKind.UNKNOWN_USER, text=text)
    trouble = _unnameable(user, inventory)
    if trouble is not None:
        return trouble
    email = user.email.strip()
    name = channel_name(key, address=email)
    return ChannelWords(
        name=name,
        values={"type": "dbt_user", "email": email},
        oddities=() if user.active else (_departed(user),),
    )


def _other(key: RecipientKey, row: NotificationRow, inventory: Inventory) -> ChannelWords | Oddity:
    slack = key.kind is not RecipientKind.EMAIL
    if not (sayable.slack_channel(key.value) if slack else sayable.email(key.value)):
        what = "Slack channel id" if slack else "address"
        text = f"notification {row.id} goes to {seen(key.value)}, which is no {what} that a policy can hold."
        return Oddity(kind=OddityKind.UNSAYABLE, text=text)
    stand_in, oddities = _stand_in(row, inventory, linked=key.kind is RecipientKind.SLACK)
    name = channel_name(key, shown=row.slack_channel_name)
    if not slack:
        return ChannelWords(
            name=name, values={"type": "dbt_email", "address": key.value, **stand_in}, oddities=oddities
        )
    shown = row.slack_channel_name
    called: Mapping[str, Value] = {"channel_name": shown} if shown and sayable.text(shown) else {}
    values = {"type": _KINDS[key.kind], "channel_id": key.value, **called, **stand_in}
    return ChannelWords(name=name, values=values, oddities=oddities)


def _stand_in(
    row: NotificationRow, inventory: Inventory, *, linked: bool
) -> tuple[Mapping[str, Value], tuple[Oddity, ...]]:
    """Return the key that names the user who stands for a row; none where the policy could not find that user."""
    user = inventory.users.get(row.user_id or 0)
    if user is None:
        why = f"dbt Cloud's user {row.user_id} is not shown" if row.user_id else "no dbt Cloud user stands for it"
        end = "; with another than who linked Slack nothing is delivered." if linked else "."
        return {}, (Oddity(kind=OddityKind.NO_STAND_IN, text=f"{why}{end}"),)
    if _unnameable(user, inventory) is not None:
        text = f"user {user.id} stands for it, and no e-mail means that user alone."
        return {}, (Oddity(kind=OddityKind.NO_STAND_IN, text=text),)
    oddities = (_departed(user),) if linked and not user.active else ()
    return {"linked_by" if linked else "owner": user.email.strip()}, oddities


def _unnameable(user: User, inventory: Inventory) -> Oddity | None:
    """Return why the policy would not find a user by e-mail; None if it would."""
    email = user.email.strip()
    if not sayable.email(email):
        text = f"user {user.id} is told and has no e-mail that a policy can hold: {seen(user.email)}."
        return Oddity(kind=OddityKind.UNSAYABLE, text=text)
    found = resolve_channel(DbtUser(name="", at=NOWHERE, email=email), inventory)
    if isinstance(found, Recipient) and found.key == RecipientKey.user(user.id):
        return None
    others = (each.id for each in inventory.users_by_email.get(email.casefold(), ()) if each.id != user.id)
    text = f"user {user.id} is told and shares the e-mail {seen(email)} with {_listed(others)}: clear that up first."
    return Oddity(kind=OddityKind.SAME_EMAIL, text=text)


def _departed(user: User) -> Oddity:
    text = f"{seen(user.email)} is deactivated in dbt Cloud: nothing is delivered."
    return Oddity(kind=OddityKind.DEPARTED, text=text)


def _listed(ids: Iterable[int]) -> str:
    return "user " + ", ".join(map(str, sorted(ids)))
