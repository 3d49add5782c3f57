"""The diff of edges: the classes of the algebra as actions, less what must wait or is protected, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from reconciler.plan.carry import Carry, of_origin
from reconciler.plan.coverage import reachable
from reconciler.plan.hold import HoldIndex

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.plan.desire import Desired

__all__ = ["EdgeDiff", "diff_edges"]

Classes = Mapping[EdgeClass, list[Edge]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDiff:
    """What becomes of every edge. `owned` is B with its claims.

    `protected` may not be removed; of these `lifted` lose their protection now and can be removed by the next apply,
    and `idle` tell nobody, because their job is deleted: they stay and refuse nothing.
    `unchanged` and `foreign` only count.
    """

    owned: Mapping[Edge, Claim]
    actions: tuple[Action, ...]
    kept: tuple[Kept, ...]
    protected: tuple[Edge, ...]
    lifted: frozenset[Edge]
    idle: frozenset[Edge]
    invisible: tuple[Edge, ...]
    unchanged: int
    foreign: int
    notes: tuple[str, ...]


def diff_edges(*, desired: Desired, inventory: Inventory, ledger: Ledger, others: frozenset[Edge]) -> EdgeDiff:
    """Compare B, D and L, and hold back what waits for the relay or is protected."""
    owned = ledger.owned(inventory.edges)
    holds = HoldIndex((*desired.holds, *desired.latent))
    classes = partition(_sides(desired, inventory, owned, others, holds))
    waiting = _waiting(classes[EdgeClass.REMOVE], desired)
    spared = _waiting(classes[EdgeClass.EVICT], desired)
    protected = tuple(edge for edge in classes[EdgeClass.REMOVE] if owned[edge].protected)
    lifted = frozenset(edge for edge in protected if edge.recipient in desired.unprotected)
    held_back = waiting | spared | frozenset(protected)
    going = {name: [e for e in classes[name] if e not in held_back] for name in (EdgeClass.REMOVE, EdgeClass.EVICT)}
    return EdgeDiff(
        owned=owned,
        actions=(
            *_actions({**classes, **going}, desired, owned, inventory, Carry(holds, desired.unprotected)),
            *(UpdateClaim(before=owned[e], claim=replace(owned[e], protected=False)) for e in sorted(lifted)),
        ),
        kept=_kept(classes, owned, waiting, protected),
        protected=protected,
        lifted=lifted,
        idle=frozenset(edge for edge in protected if _job_is_gone(edge, inventory)),
        invisible=tuple(classes[EdgeClass.INVISIBLE]),
        unchanged=len(classes[EdgeClass.KEEP]),
        foreign=len(classes[EdgeClass.FOREIGN]) + len(spared),
        notes=_spared_notes(spared),
    )


def _sides(
    desired: Desired,
    inventory: Inventory,
    owned: Mapping[Edge, Claim],
    others: frozenset[Edge],
    holds: HoldIndex,
) -> Sides:
    return Sides(
        owned=frozenset(owned),
        desired=frozenset(desired.claims),
        live=inventory.edges,
        others=others,
        released=desired.released,
        exclusive=frozenset(key for key, recipient in desired.recipients.items() if recipient.exclusive),
        in_scope=lambda edge: desired.scope.edge(edge, owned.get(edge)),
        blocked=_blocked(desired, owned, holds),
        invisible=lambda edge: edge.job_id not in inventory.jobs,
    )


def _blocked(desired: Desired, owned: Mapping[Edge, Claim], holds: HoldIndex) -> Callable[[Edge], bool]:
    """Return the test for what live did not answer; the common case of no holds costs nothing."""
    if not (desired.holds or desired.latent):
        return lambda _: False
    return lambda edge: holds.covering(edge, owned.get(edge), desired=edge in desired.claims) is not None


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
    classes: Classes, desired: Desired, owned: Mapping[Edge, Claim], inventory: Inventory, carry: Carry
) -> tuple[Action, ...]:
    return (
        *(_added(edge, desired, owned, carry) for edge in classes[EdgeClass.ADD]),
        *(_removed(edge, owned, inventory) for edge in classes[EdgeClass.REMOVE]),
        *(_evicted(edge, desired) for edge in classes[EdgeClass.EVICT]),
        *_adopted(classes[EdgeClass.ADOPT], desired, inventory),
        *(ReleaseEdge(claim=owned[edge]) for edge in classes[EdgeClass.RELEASE]),
        *(ForgetEdge(claim=owned[edge]) for edge in classes[EdgeClass.FORGET]),
        *_updated(classes[EdgeClass.KEEP], desired, owned, carry),
    )


def _adopted(edges: list[Edge], desired: Desired, inventory: Inventory) -> Iterator[AdoptEdge]:
    """Yield what is taken over; what reached nobody then is remembered so: that is no drift later."""
    reached = reachable(inventory)
    for edge in edges:
        origin = Origin.ADOPTED if edge.recipient in reached else Origin.ADOPTED_SILENT
        yield AdoptEdge(claim=of_origin(desired.claims[edge], origin))


def _added(edge: Edge, desired: Desired, owned: Mapping[Edge, Claim], carry: Carry) -> AddEdge:
    before = owned.get(edge)
    if before is None:
        return AddEdge(claim=desired.claims[edge], cause=Cause.POLICY)
    return AddEdge(claim=carry.over(before, desired.claims[edge]), cause=Cause.DRIFT)


def _removed(edge: Edge, owned: Mapping[Edge, Claim], inventory: Inventory) -> RemoveEdge:
    reason = RemovalReason.DANGLING if _job_is_gone(edge, inventory) else RemovalReason.UNWANTED
    return RemoveEdge(claim=owned[edge], reason=reason)


def _job_is_gone(edge: Edge, inventory: Inventory) -> bool:
    job = inventory.jobs.get(edge.job_id)
    return job is not None and job.deleted


def _evicted(edge: Edge, desired: Desired) -> EvictEdge:
    recipient = desired.recipients[edge.recipient]
    return EvictEdge(edge=edge, team=recipient.team, channel=recipient.channel)


def _updated(kept: list[Edge], desired: Desired, owned: Mapping[Edge, Claim], carry: Carry) -> Iterator[UpdateClaim]:
    for edge in kept:
        before, wanted = owned[edge], desired.claims[edge]
        if _facts(before) != _facts(wanted):
            claim = carry.over(before, wanted)
            if _facts(before) != _facts(claim):
                yield UpdateClaim(before=before, claim=claim)


def _facts(claim: Claim) -> tuple[object, ...]:
    return claim.team, claim.channel, claim.also, claim.protected


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
