"""Which live edges an import speaks of, and what becomes of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.yaml_text import seen

if TYPE_CHECKING:
    from reconciler.importing.jobs import JobWords
    from reconciler.importing.standing import Held, Standing
    from reconciler.model.edge import Edge, RecipientKey
    from reconciler.model.inventory import Inventory

__all__ = ["Told", "not_live", "told_edges"]

_LISTED: Final = 10
"""How many ids a comment names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The edges to be written by recipient, and what was met on the way: both only of recipients that matter."""

    wanted: Mapping[RecipientKey, frozenset[Edge]]
    oddities: Mapping[RecipientKey, tuple[Oddity, ...]]


def told_edges(inventory: Inventory, words: JobWords, standing: Standing, held: Held | None) -> Told:
    """Sort the live edges: what the policy says already is not spoken of, what it must not say is told as an oddity."""
    by_why: defaultdict[RecipientKey, defaultdict[OddityKind | None, set[Edge]]]
    by_why = defaultdict(lambda: defaultdict(set))
    others = standing.others.edges
    candidates = inventory.edges if held is None else inventory.edges & held.edges.keys()
    for edge in candidates - standing.edges:
        by_why[edge.recipient][_why_not(edge, words, standing, others)].add(edge)
    return Told(
        wanted={key: frozenset(found[None]) for key, found in by_why.items() if found[None]},
        oddities={key: tuple(_oddities(key, found)) for key, found in sorted(by_why.items())},
    )


def _why_not(edge: Edge, words: JobWords, standing: Standing, others: frozenset[Edge]) -> OddityKind | None:
    if edge.job_id not in words:
        return OddityKind.DANGLING
    if edge in others:
        return OddityKind.OTHERS
    if standing.scope is not None and not standing.scope.edge(edge):
        return OddityKind.OUTSIDE_SCOPE
    return None


_SAID: Final = (
    (OddityKind.DANGLING, "jobs that are deleted or not shown"),
    (OddityKind.OTHERS, "jobs for another manager, who claims them"),
    (OddityKind.OUTSIDE_SCOPE, "jobs outside the policy's scope"),
)


def _oddities(key: RecipientKey, found: Mapping[OddityKind | None, set[Edge]]) -> Iterator[Oddity]:
    for kind, what in _SAID:
        if edges := found.get(kind):
            text = f"{seen(str(key))} is told of {what}: {_listed(edge.job_id for edge in edges)}."
            yield Oddity(kind=kind, text=text)


def not_live(inventory: Inventory, held: Held) -> Iterator[Oddity]:
    """Yield what another tool holds and dbt Cloud does not have."""
    missing: defaultdict[tuple[str, RecipientKey], set[int]] = defaultdict(set)
    for edge in held.edges.keys() - inventory.edges:
        missing[held.edges[edge], edge.recipient].add(edge.job_id)
    for (address, key), jobs in sorted(missing.items()):
        text = f"{seen(address)} tells {seen(str(key))} of jobs of which dbt Cloud does not: {_listed(jobs)}."
        yield Oddity(kind=OddityKind.NOT_LIVE, text=text)
    live = {each.id for each in inventory.subscriptions}
    for webhook, address in sorted(held.webhooks.items()):
        if webhook not in live and not inventory.webhooks_hidden:
            text = f"{seen(address)} holds webhook {seen(webhook)}, which dbt Cloud does not have."
            yield Oddity(kind=OddityKind.NOT_LIVE, text=text)
    for note in held.notes:
        yield Oddity(kind=OddityKind.NOT_LIVE, text=note)


def _listed(ids: Iterable[int]) -> str:
    found = sorted(set(ids))
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(map(str, found[:_LISTED])) + more
