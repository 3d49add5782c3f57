"""Which live edges an import speaks of, and what becomes of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.yaml_text import counted, seen
from reconciler.model.edge import RecipientKind
from reconciler.plan.naming import live_names

if TYPE_CHECKING:
    from reconciler.importing.jobs import JobWords
    from reconciler.importing.standing import Held, Standing
    from reconciler.model.edge import Edge, RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.plan import Names

__all__ = ["Told", "not_live", "told_edges"]

_LISTED: Final = 10
"""How many jobs a comment names."""


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
    names = live_names(inventory)
    return Told(
        wanted={key: frozenset(found[None]) for key, found in by_why.items() if found[None]},
        oddities={key: tuple(_oddities(key, found, names)) for key, found in sorted(by_why.items())},
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
    (OddityKind.DANGLING, "no longer there or not shown to this token"),
    (OddityKind.OTHERS, "claimed by another manager"),
    (OddityKind.OUTSIDE_SCOPE, "outside the policy's scope"),
)


def _oddities(key: RecipientKey, found: Mapping[OddityKind | None, set[Edge]], names: Names) -> Iterator[Oddity]:
    """Yield what is left out of one recipient's. Alone it must still say whose it is: it may stand in a list."""
    for kind, why in _SAID:
        if edges := found.get(kind):
            jobs = {edge.job_id for edge in edges}
            text = f"{_who(key, names)} is told of {counted(len(jobs), 'job')} {why}, left out: {_listed(jobs, names)}."
            yield Oddity(kind=kind, text=text)


def not_live(inventory: Inventory, held: Held) -> Iterator[Oddity]:
    """Yield what another tool holds and dbt Cloud does not have."""
    names = live_names(inventory)
    missing: defaultdict[tuple[str, RecipientKey], set[int]] = defaultdict(set)
    for edge in held.edges.keys() - inventory.edges:
        missing[held.edges[edge], edge.recipient].add(edge.job_id)
    for (address, key), jobs in sorted(missing.items()):
        text = (
            f"Terraform's {seen(address)} also tells {_who(key, names)} of {counted(len(jobs), 'job')} of which"
            f" dbt Cloud does not, left out: {_listed(jobs, names)}."
        )
        yield Oddity(kind=OddityKind.NOT_LIVE, text=text)
    live = {each.id for each in inventory.subscriptions}
    for webhook, address in sorted(held.webhooks.items()):
        if webhook not in live and not inventory.webhooks_hidden:
            text = f"Terraform's {seen(address)} holds webhook {seen(webhook)}, which dbt Cloud does not have."
            yield Oddity(kind=OddityKind.NOT_LIVE, text=text)
    for note in held.notes:
        yield Oddity(kind=OddityKind.NOT_LIVE, text=note)


def _who(key: RecipientKey, names: Names) -> str:
    """Name a recipient as plans do; one that live does not have by what is known of it."""
    return seen(names.recipients.get(key) or (f"user {key.value}" if key.kind is RecipientKind.USER else key.value))


def _listed(ids: Iterable[int], names: Names) -> str:
    found = sorted(ids)
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(_job(number, names) for number in found[:_LISTED]) + more


def _job(number: int, names: Names) -> str:
    return f"{seen(names.jobs[number])} ({number})" if number in names.jobs else f"{number}"
