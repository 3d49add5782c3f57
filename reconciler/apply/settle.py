"""After all writes: does everything still hold? A concurrent writer posts whole rows and undoes what it never saw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from reconciler.apply.order import AddWork, RemoveWork
from reconciler.apply.recipients import Recipients
from reconciler.apply.writers import Taking
from reconciler.model.edge import RecipientKey

__all__ = ["ROUNDS", "Touched", "reapply", "undone"]

ROUNDS: Final = 3
"""How often lost work is done again before it is reported instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What this run did to one recipient, and verified."""

    key: RecipientKey
    added: AddWork | None = None
    removed: RemoveWork | None = None

    def __bool__(self) -> bool:
        return self.added is not None or self.removed is not None


def undone(done: Touched, recipients: Recipients) -> Touched:
    """Re-read one recipient and return the part that does not hold any more; a false value if all does."""
    live = recipients.live(done.key)
    lost = [action for action in done.added.adds if action.edge not in live] if done.added else []
    back = [action for action in done.removed.actions if action.edge in live] if done.removed else []
    return replace(
        done,
        added=AddWork(key=done.key, adds=tuple(lost)) if lost else None,
        removed=RemoveWork(key=done.key, actions=tuple(back)) if back else None,
    )


def reapply(lost: Touched, recipients: Recipients) -> None:
    """Do again what was undone, by the same steps as the first time."""
    if lost.added is not None:
        recipients.add(lost.added)
    if lost.removed is not None and isinstance(recipients.writer, Taking):
        recipients.remove(lost.removed, recipients.writer)
