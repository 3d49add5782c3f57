"""The three-way diff of edges (design §5): pure set algebra over ownership, desire and live.

    B  what we own        D  what the policy wants, inside scope        L  what is live
    O  what other managers claim        R  what the policy gives up

Every edge of B ∪ D ∪ L falls in exactly one class; that is a property in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.edge import Edge, RecipientKey

__all__ = ["EdgeClass", "Sides", "classify", "partition"]


class EdgeClass(StrEnum):
    """What becomes of an edge. Only the first three are written to dbt Cloud."""

    ADD = "add"
    REMOVE = "remove"
    EVICT = "evict"
    ADOPT = "adopt"
    RELEASE = "release"
    FORGET = "forget"
    KEEP = "keep"
    HELD = "held"
    FOREIGN = "foreign"
    BLOCKED = "blocked"
    INVISIBLE = "invisible"


def _nowhere(_: Edge) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The inputs of the diff. `in_scope` bounds removals and evictions; `desired` must already be inside it.

    `blocked` tells what live did not answer, `invisible` which jobs stand in no list; both only ever keep things.
    """

    owned: frozenset[Edge]
    desired: frozenset[Edge]
    live: frozenset[Edge]
    others: frozenset[Edge] = frozenset()
    released: frozenset[Edge] = frozenset()
    exclusive: frozenset[RecipientKey] = frozenset()
    in_scope: Callable[[Edge], bool] = field(default=_nowhere)
    blocked: Callable[[Edge], bool] = field(default=_nowhere)
    invisible: Callable[[Edge], bool] = field(default=_nowhere)


def classify(edge: Edge, sides: Sides) -> EdgeClass:
    """Return the one class of an edge of B ∪ D ∪ L."""
    owned, live = edge in sides.owned, edge in sides.live
    if sides.blocked(edge):
        return EdgeClass.BLOCKED
    if owned and sides.invisible(edge):
        return EdgeClass.INVISIBLE
    if edge in sides.desired:
        return _of_desired(owned=owned, live=live)
    if owned:
        return _of_unwanted(edge, sides) if live else EdgeClass.FORGET
    return EdgeClass.EVICT if _evicted(edge, sides) else EdgeClass.FOREIGN


def _of_desired(*, owned: bool, live: bool) -> EdgeClass:
    if not live:
        return EdgeClass.ADD
    return EdgeClass.KEEP if owned else EdgeClass.ADOPT


def _of_unwanted(edge: Edge, sides: Sides) -> EdgeClass:
    if edge in sides.others or edge in sides.released:
        return EdgeClass.RELEASE
    return EdgeClass.REMOVE if sides.in_scope(edge) else EdgeClass.HELD


def _evicted(edge: Edge, sides: Sides) -> bool:
    """Tell whether an exclusive recipient loses a foreign edge; one that the policy gives up stays given up."""
    spared = edge in sides.others or edge in sides.released
    return edge.recipient in sides.exclusive and not spared and sides.in_scope(edge)


def partition(sides: Sides) -> dict[EdgeClass, list[Edge]]:
    """Return every edge of B ∪ D ∪ L under its class, sorted; all classes are there."""
    classes: dict[EdgeClass, list[Edge]] = {each: [] for each in EdgeClass}
    for edge in sides.owned | sides.desired | sides.live:
        classes[classify(edge, sides)].append(edge)
    for edges in classes.values():
        edges.sort()
    return classes
