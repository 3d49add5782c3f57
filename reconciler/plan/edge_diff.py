"""The diff of edges: the classes of the algebra as actions, less what must wait or is protected, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
    Cause,
    EvictEdge,
    ForgetEdge,
    ReleaseEdge,
    RemovalReason,
    RemoveEdge,
    UpdateClaim,
)
from reconciler.model.edge import Edge
from reconciler.model.ledger import Claim, Ledger, Origin
from reconciler.model.plan import Kept, KeptWhy
from reconciler.plan.algebra import EdgeClass, Sides, partition
from reconciler.plan.hold import HoldIndex

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.plan.desire import Desired

__all__ = ["EdgeDiff", "diff_edges"]

Classes = Mapping[EdgeClass, list[Edge]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDiff:
    """What becomes of every edge. `owned` is B with its claims.

    `protected` may not be removed; of these `lifted` lose their protection now and can be removed by the next apply.
    `unchanged` and `foreign` only count.
    """

    owned: Mapping[Edge, Claim]
    actions: tuple[Action, ...]
    kept: tuple[Kept, ...]
    protected: tuple[Edge, ...]
    lifted: frozenset[Edge]
    invisible: tuple[Edge, ...]
    unchanged: int
    foreign: int
    notes: tuple[str, ...]


def diff_edges(*, desired: Desired, inventory: Inventory, ledger: Ledger, others: frozenset[Edge]) -> EdgeDiff:
    """Compare B, D and L, and hold back what waits for the relay or is protected."""
    owned = ledger.owned(inventory.edges)
    classes = partition(_sides(desired, inventory, owned, others))
    waiting = _waiting(classes[EdgeClass.REMOVE], desired)
    spared = _waiting(classes[EdgeClass.EVICT], desired)
    protected = tuple(edge for edge in classes[EdgeClass.REMOVE] if owned[edge].protected)
    lifted = frozenset(edge for edge in protected if edge.recipient in desired.unprotected)
    held_back = waiting | spared | frozenset(protected)
    going = {name: [e for e in classes[name] if e not in held_back] for name in (EdgeClass.REMOVE, EdgeClass.EVICT)}
    return EdgeDiff(
        owned=owned,
        actions=(
            *_actions({**classes, **going}, desired, owned, inventory),
            *(UpdateClaim(before=owned[e], claim=replace(owned[e], protected=False)) for e in sorted(lifted)),
        ),
        kept=_kept(classes, owned, waiting, protected),
        protected=protected,
        lifted=lifted,
        invisible=tuple(classes[EdgeClass.INVISIBLE]),
        unchanged=len(classes[EdgeClass.KEEP]),
        foreign=len(classes[EdgeClass.FOREIGN]) + len(spared),
        notes=_spared_notes(spared),
    )


def _sides(desired: Desired, inventory: Inventory, owned: Mapping[Edge, Claim], others: frozenset[Edge]) -> Sides:
    return Sides(
        owned=frozenset(owned),
        desired=frozenset(desired.claims),
        live=inventory.edges,
        others=others,
        released=desired.released,
        exclusive=frozenset(key for key, recipient in desired.recipients.items() if recipient.exclusive),
        in_scope=lambda edge: desired.scope.edge(edge, owned.get(edge)),
        blocked=_blocked(desired, owned),
        invisible=lambda edge: edge.job_id not in inventory.jobs,
    )


def _blocked(desired: Desired, owned: Mapping[Edge, Claim]) -> Callable[[Edge], bool]:
    """Return the test for what live did not answer; the common case of no holds costs nothing."""
    holds = (*desired.holds, *desired.latent)
    if not holds:
        return lambda _: False
    index = HoldIndex(holds)
    return lambda edge: index.covering(edge, owned.get(edge), desired=edge in desired.claims) is not None


def _waiting(removals: list[Edge], desired: Desired) -> frozenset[Edge]:
    """Return native removals whose relayed replacement does not count yet: nobody native would be left."""
    still_told = {(edge.outcome, edge.job_id) for edge in desired.claims}
    return frozenset(
        edge
        for edge in removals
        if edge.outcome in desired.relayed.get(edge.job_id, frozenset())
        and (edge.outcome, edge.job_id) not in still_told
    )


def _spared_notes(spared: frozenset[Edge]) -> tuple[str, ...]:
    if not spared:
        return ()
    return (f"{len(spared)} foreign edge(s) of exclusive channels stay: waiting for the relay that shall replace them",)


def _actions(
    classes: Classes, desired: Desired, owned: Mapping[Edge, Claim], inventory: Inventory
) -> tuple[Action, ...]:
    return (
        *(_added(edge, desired, owned) for edge in classes[EdgeClass.ADD]),
        *(_removed(edge, owned, inventory) for edge in classes[EdgeClass.REMOVE]),
        *(_evicted(edge, desired) for edge in classes[EdgeClass.EVICT]),
        *(AdoptEdge(claim=_of_origin(desired.claims[edge], Origin.ADOPTED)) for edge in classes[EdgeClass.ADOPT]),
        *(ReleaseEdge(claim=owned[edge]) for edge in classes[EdgeClass.RELEASE]),
        *(ForgetEdge(claim=owned[edge]) for edge in classes[EdgeClass.FORGET]),
        *_updated(classes[EdgeClass.KEEP], desired, owned),
    )


def _added(edge: Edge, desired: Desired, owned: Mapping[Edge, Claim]) -> AddEdge:
    before = owned.get(edge)
    if before is None:
        return AddEdge(claim=desired.claims[edge], cause=Cause.POLICY)
    return AddEdge(claim=_of_origin(desired.claims[edge], before.origin), cause=Cause.DRIFT)


def _of_origin(wanted: Claim, origin: Origin) -> Claim:
    """Return the claim with its origin. Spelled out: `replace` is three times slower, and this runs for each edge."""
    return Claim(
        edge=wanted.edge,
        project_id=wanted.project_id,
        environment_id=wanted.environment_id,
        team=wanted.team,
        channel=wanted.channel,
        origin=origin,
        protected=wanted.protected,
    )


def _removed(edge: Edge, owned: Mapping[Edge, Claim], inventory: Inventory) -> RemoveEdge:
    job = inventory.jobs.get(edge.job_id)
    gone = job is not None and job.deleted
    return RemoveEdge(claim=owned[edge], reason=RemovalReason.DANGLING if gone else RemovalReason.UNWANTED)


def _evicted(edge: Edge, desired: Desired) -> EvictEdge:
    recipient = desired.recipients[edge.recipient]
    return EvictEdge(edge=edge, team=recipient.team, channel=recipient.channel)


def _updated(kept: list[Edge], desired: Desired, owned: Mapping[Edge, Claim]) -> list[UpdateClaim]:
    found: list[UpdateClaim] = []
    for edge in kept:
        before, wanted = owned[edge], desired.claims[edge]
        if (before.team, before.channel, before.protected) != (wanted.team, wanted.channel, wanted.protected):
            found.append(UpdateClaim(before=before, claim=_of_origin(wanted, before.origin)))
    return found


def _kept(
    classes: Classes,
    owned: Mapping[Edge, Claim],
    waiting: frozenset[Edge],
    protected: tuple[Edge, ...],
) -> tuple[Kept, ...]:
    reasons = {
        KeptWhy.HELD: classes[EdgeClass.HELD],
        KeptWhy.INVISIBLE: classes[EdgeClass.INVISIBLE],
        KeptWhy.BLOCKED: [edge for edge in classes[EdgeClass.BLOCKED] if edge in owned],
        KeptWhy.WAITING: sorted(waiting),
        KeptWhy.PROTECTED: [edge for edge in protected if edge not in waiting],
    }
    return tuple(Kept(claim=owned[edge], why=why) for why, edges in reasons.items() for edge in edges)
