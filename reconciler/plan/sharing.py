"""Who else has what a plan takes over or gives up: nobody hands over without a gap who cannot see both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from reconciler.model.actions import AdoptEdge, AdoptModels, ReleaseEdge, ReleaseModels

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.ledger import Others

__all__ = ["others_who_have"]


def others_who_have(actions: Iterable[Action], others: Others) -> Mapping[Edge | int, tuple[str, ...]]:
    """Return the managers that claim or announced each adopted or released edge, or models of an environment."""
    if not others.ledgers:
        return {}
    found: dict[Edge | int, tuple[str, ...]] = {}
    for action in actions:
        if isinstance(action, AdoptEdge | ReleaseEdge):
            edge = action.edge
            found[edge] = tuple(each.manager for each in others.ledgers if edge in each.claims or edge in each.pending)
        elif isinstance(action, AdoptModels | ReleaseModels):
            number = action.environment_id
            found[number] = tuple(each.manager for each in others.ledgers if number in each.models)
    return {what: managers for what, managers in found.items() if managers}
