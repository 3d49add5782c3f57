"""The recipients that a policy reaches: channels of one recipient together, and those that live does not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import RecipientSettings
from reconciler.model.plan import Blocked
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.plan.hold import Hold
from reconciler.plan.resolve import Recipient, Unresolved, incomplete, two_rows
from reconciler.plan.wish import Resolved, Wish

__all__ = ["Reached", "latent_holds", "reach", "row_holds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The channels in use, by name. Channels of one recipient share their settings, `protect` and `exclusive`."""

    recipients: Mapping[str, Recipient]
    protected: frozenset[RecipientKey]
    exclusive: frozenset[RecipientKey]
    holds: tuple[Hold, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def reach(policy: Policy, wishes: Iterable[Wish], *, resolved: Resolved) -> Reached:
    """Look at the channels that something in this account uses; a channel that nothing uses blocks nothing."""
    used = _used(policy, wishes, resolved)
    by_key: defaultdict[RecipientKey, list[Recipient]] = defaultdict(list)
    for name in sorted(used):
        each = resolved[name]
        if isinstance(each, Recipient):
            by_key[each.key].append(each)
    known = [each for each in resolved.values() if isinstance(each, Recipient)]
    settings = {key: _merged(group) for key, group in by_key.items()}
    return Reached(
        recipients={
            each.channel.name: replace(each, settings=settings[key]) for key, group in by_key.items() for each in group
        },
        protected=frozenset(each.key for each in known if each.channel.protect),
        exclusive=frozenset(each.key for each in known if each.channel.exclusive),
        holds=tuple(_unresolved_hold(each) for name in sorted(used) if isinstance(each := resolved[name], Unresolved)),
        problems=tuple(problem for group in by_key.values() for problem in _contradictions(group)),
        notes=tuple(_departed_note(each) for group in by_key.values() for each in group if each.departed),
    )


def row_holds(
    told: Mapping[RecipientKey, Recipient], wanted: Iterable[RecipientKey], inventory: Inventory
) -> tuple[Hold, ...]:
    """Return the recipients left alone because of their rows: two of them, or none and too little to make one."""
    return tuple(
        Hold(blocked=blocked, recipients=frozenset({key}))
        for key in wanted
        if (blocked := _row_block(key, told, inventory))
    )


def latent_holds(inventory: Inventory, *, besides: Container[RecipientKey]) -> tuple[Hold, ...]:
    """Return the recipients with two rows that the policy does not tell: they matter if the ledger owns edges there."""
    return tuple(
        Hold(blocked=blocked, recipients=frozenset({key}))
        for key in inventory.rows
        if key not in besides and (blocked := two_rows(key, inventory))
    )


def _used(policy: Policy, wishes: Iterable[Wish], resolved: Resolved) -> set[str]:
    told = {route.channel for wish in wishes if wish.jobs for route in wish.routes.native}
    given_up = {each.to for each in policy.releases if each.to is not None and each.to in resolved}
    return told | given_up | {name for name, each in resolved.items() if each.channel.exclusive}


def _row_block(key: RecipientKey, told: Mapping[RecipientKey, Recipient], inventory: Inventory) -> Blocked | None:
    doubled = two_rows(key, inventory)
    if doubled is not None or key not in told:
        return doubled
    return incomplete(told[key], inventory)


def _unresolved_hold(unresolved: Unresolved) -> Hold:
    return Hold(
        blocked=unresolved.blocked,
        recipients=frozenset({unresolved.key} if unresolved.key is not None else ()),
        channels=frozenset({unresolved.channel.name}),
    )


def _merged(group: Sequence[Recipient]) -> RecipientSettings:
    """Return what the channels of one recipient say together: of each setting the first that is given, and where."""
    names = (each.settings.slack_channel_name for each in group)
    users = (each.settings.user_id for each in group)
    return RecipientSettings(
        slack_channel_name=next((name for name in names if name is not None), None),
        user_id=next((user for user in users if user is not None), None),
        at=_places(group),
    )


def _places(group: Sequence[Recipient]) -> str:
    """Return where the settings stand; where there are none, where the recipient does."""
    setting = [each for each in group if each.settings != RecipientSettings()]
    return ", ".join(f"{each.channel.at.file}:{each.channel.at.line}" for each in setting or group)


def _contradictions(group: Sequence[Recipient]) -> Iterable[Problem]:
    """Yield where two channels of one recipient set the same thing differently: dbt Cloud has one row for both."""
    merged = _merged(group)
    for what, agreed, given in (
        ("channel_name", merged.slack_channel_name, [each.settings.slack_channel_name for each in group]),
        ("the user who stands for it", merged.user_id, [each.settings.user_id for each in group]),
    ):
        for each, value in zip(group, given, strict=True):
            if value is not None and value != agreed:
                yield _contradiction(group[0], each, what)


def _contradiction(first: Recipient, other: Recipient, what: str) -> Problem:
    names = f"{first.channel.name} and {other.channel.name}"
    return Problem(
        at=other.channel.at,
        also_at=(first.channel.at,),
        message=f"channels {names} are one recipient ({first.key}) and differ in {what}",
        expected="one recipient, one set of settings",
        fix="give both the same value, or use one channel",
    )


def _departed_note(recipient: Recipient) -> str:
    return (
        f"channel {recipient.channel.name}: the user {recipient.departed} is deactivated, so dbt Cloud delivers nothing"
    )
