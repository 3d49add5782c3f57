"""Which jobs are told of a failure, before and after: a live edge, anyone's, whose recipient can deliver (design §5).

The relay counts for nothing here until it is there: a route that nobody serves tells nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model.actions import Action, AddEdge, ChangeRecipient, EvictEdge, RemoveEdge
from reconciler.model.edge import Edge, RecipientKey, RecipientKind
from reconciler.model.outcome import Outcome

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import RecipientSettings

__all__ = ["Coverage", "edges_after", "reachable", "told_after", "told_before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The jobs of whose failure somebody is told, before and after the actions that will run."""

    before: frozenset[int] = frozenset()
    after: frozenset[int] = frozenset()

    @property
    def lost(self) -> frozenset[int]:
        return self.before - self.after


def told_before(inventory: Inventory) -> frozenset[int]:
    """Return the jobs of which somebody is told today when they fail."""
    return _told(inventory.edges, reachable(inventory))


def edges_after(live: frozenset[Edge], actions: Iterable[Action]) -> frozenset[Edge]:
    """Return what would be live once these actions had run."""
    added, gone = set[Edge](), set[Edge]()
    for action in actions:
        if isinstance(action, AddEdge):
            added.add(action.edge)
        elif isinstance(action, RemoveEdge | EvictEdge):
            gone.add(action.edge)
    return (live - gone) | added


def told_after(
    inventory: Inventory, actions: Iterable[Action], settings: dict[RecipientKey, RecipientSettings]
) -> frozenset[int]:
    """Return the jobs of which somebody would be told; a changed row delivers as its new settings let it."""
    run = tuple(actions)
    delivering = reachable(inventory)
    changed = {action.key for action in run if isinstance(action, ChangeRecipient)}
    added = {action.edge.recipient for action in run if isinstance(action, AddEdge)} - inventory.rows.keys()
    for key in changed | added:
        if _would_deliver(key, settings.get(key), inventory):
            delivering.add(key)
        elif key in changed:
            delivering.discard(key)
    return _told(edges_after(inventory.edges, run), delivering)


def _told(edges: Iterable[Edge], delivering: set[RecipientKey]) -> frozenset[int]:
    return frozenset(e.job_id for e in edges if e.outcome is Outcome.FAILURE and e.recipient in delivering)


def reachable(inventory: Inventory) -> set[RecipientKey]:
    """Return the recipients that dbt Cloud delivers to."""
    return {key for key, rows in inventory.rows.items() if any(inventory.can_deliver(row) for row in rows)}


def _would_deliver(key: RecipientKey, settings: RecipientSettings | None, inventory: Inventory) -> bool:
    if key.kind in {RecipientKind.EMAIL, RecipientKind.SLACK_APP}:
        return True
    user_id = int(key.value) if key.kind is RecipientKind.USER else _stands_for(key, settings, inventory)
    user = inventory.users.get(user_id or 0)
    return user is not None and user.active


def _stands_for(key: RecipientKey, settings: RecipientSettings | None, inventory: Inventory) -> int | None:
    """Return the user whom the policy names, else the one who already stands on the recipient's row."""
    if settings is not None and settings.user_id is not None:
        return settings.user_id
    rows = inventory.rows.get(key) or inventory.deleted_rows.get(key, ())
    return max(rows, key=lambda row: row.id).user_id if rows else None
