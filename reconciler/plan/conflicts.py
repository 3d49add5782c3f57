"""Where this repository and another manager of the account contradict each other: people must agree, nobody may allow.

What another manager wants is known from its ledger only: what it last applied, and where its policy said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import Action, EdgeLoss
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Ledger, Others, RecipientSettings
from reconciler.plan.naming import called, setting_called

if TYPE_CHECKING:
    from reconciler.model.plan import Names
    from reconciler.plan.desire import Desired, DesiredRecipient

__all__ = ["SCALARS", "Conflict", "find_conflicts", "rivals", "stranger_notes"]

SCALARS: Final = ("slack_channel_name", "user_id")

_NOTHING: Final = RecipientSettings()

_UNSEEN: Final = "another manager is at work on this account, and a ledger in a file cannot see what it owns"
_STRANGER: Final = (
    "a manager that the shared ledger does not know is at work on this account: it may own what would be taken away; "
    "let it keep its ledger there too, apply with --additions-only, or clear its mark from the webhook if it is gone"
)
_DIFFERENT: Final = (
    "another manager sets a recipient differently; agree on one value, leave it out in one repository, "
    "or let one repository declare the recipient alone and hand over the rest with `release:`"
)
_EXCLUSIVE: Final = (
    "an exclusive recipient has one manager; remove `exclusive: true` and apply that first, "
    "tell another recipient, or hand the recipient over with `release:`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One kind of contradiction, with its ways out, and the places where it is."""

    message: str
    items: tuple[str, ...]


def find_conflicts(
    *, desired: Desired, inventory: Inventory, others: Others, marks: Iterable[str], run: Iterable[Action], names: Names
) -> tuple[Conflict, ...]:
    """Return every contradiction. `marks` are the managers whose webhooks live shows; `run` is what will run.

    `names` are the plan's.
    """
    recipients = [recipient for _, recipient in sorted(desired.recipients.items())]
    unseen: Iterable[str] = () if others.shared else marks
    unknown: Iterable[str] = _strangers(others, marks) if _takes_edges(run) else ()
    found = (
        Conflict(message=_UNSEEN, items=tuple(unseen)),
        Conflict(message=_STRANGER, items=tuple(unknown)),
        Conflict(message=_DIFFERENT, items=tuple(_differing(recipients, inventory, others, names))),
        Conflict(message=_EXCLUSIVE, items=tuple(_of_one_manager(recipients, others, names))),
    )
    return tuple(conflict for conflict in found if conflict.items)


def stranger_notes(others: Others, marks: Iterable[str]) -> tuple[str, ...]:
    """Return what a reader should know of managers that the shared store does not know."""
    return tuple(
        f"manager {name} has webhooks here and no ledger in the shared store: what it owns cannot be seen"
        for name in _strangers(others, marks)
    )


def rivals(key: RecipientKey, name: str, value: object, others: Others) -> Iterator[Ledger]:
    """Yield the managers that set this scalar of the recipient to something else."""
    for ledger in others.ledgers:
        theirs = getattr(ledger.recipients.get(key, _NOTHING), name)
        if theirs is not None and theirs != value:
            yield ledger


def _strangers(others: Others, marks: Iterable[str]) -> list[str]:
    known = {ledger.manager for ledger in others.ledgers}
    return [name for name in marks if name not in known] if others.shared else []


def _takes_edges(run: Iterable[Action]) -> bool:
    return any(isinstance(action, EdgeLoss) for action in run)


def _differing(
    recipients: Iterable[DesiredRecipient], inventory: Inventory, others: Others, names: Names
) -> Iterator[str]:
    for recipient in recipients:
        for name in SCALARS:
            ours = getattr(recipient.settings, name)
            for ledger in rivals(recipient.key, name, ours, others) if ours is not None else ():
                theirs = ledger.recipients[recipient.key]
                yield (
                    f"`{setting_called(name, recipient.key.kind)}` of {called(recipient.key, names)} "
                    f"is {_shown(name, ours, inventory)}{_at(recipient.settings)}, "
                    f"and {_shown(name, getattr(theirs, name), inventory)} for manager {ledger.manager}{_at(theirs)}"
                )


def _of_one_manager(recipients: Iterable[DesiredRecipient], others: Others, names: Names) -> Iterator[str]:
    recipients = tuple(recipients)
    asked = any(recipient.exclusive for recipient in recipients)
    present = {ledger.manager: _present(ledger) for ledger in others.ledgers if asked}
    for recipient in recipients:
        key, here = recipient.key, _at(recipient.settings)
        who = called(key, names)
        for ledger in others.ledgers:
            there = _at(ledger.recipients.get(key, _NOTHING))
            if key in ledger.exclusive:
                yield f"{who} is exclusive to manager {ledger.manager}{there}, and this repository uses it{here}"
            elif recipient.exclusive and key in present[ledger.manager]:
                yield f"{who} is exclusive to this repository{here}, and manager {ledger.manager} tells it{there}"


def _present(ledger: Ledger) -> frozenset[RecipientKey]:
    return frozenset(edge.recipient for edge in _edges(ledger))


def _edges(ledger: Ledger) -> Iterable[Edge]:
    yield from ledger.claims
    yield from ledger.pending


def _shown(name: str, value: object, inventory: Inventory) -> str:
    user = inventory.users.get(value) if name == "user_id" and isinstance(value, int) else None
    return f"{value}" if user is None else user.email


def _at(settings: RecipientSettings) -> str:
    return f" ({settings.at})" if settings.at else ""
