"""Webhooks that were there before the policy: taken over by id, as they are. Nothing is written to dbt Cloud for it.

A webhook that is taken over carries no mark: the ledger knows it by id. It gets one with the next real change of its
description, and a webhook that `rotate` makes in its place has one from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.model.actions import SubscriptionSettings
from reconciler.model.inventory import AllJobs, JobScope, Subscription
from reconciler.model.marker import parse_marker, unmarked
from reconciler.model.plan import Blocked, BlockedKind

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger, SubscriptionClaim
    from reconciler.plan.subscriptions import DesiredSubscription

__all__ = ["as_live", "same_description", "same_jobs", "with_taken_over"]


def with_taken_over(
    wanted: DesiredSubscription,
    known: tuple[Subscription, ...],
    *,
    ledger: Ledger,
    live: Mapping[str, Subscription],
) -> tuple[Subscription, ...] | Blocked:
    """Return the webhooks that a rule may mean: those known to be its own, and the one whose `id` it gives.

    The ledger's id counts once there is one: rotation changes it. Where the ledger was lost after a rotation, the old
    one is off and the new one has our mark: that counts. Refuses what is somebody else's, or another rule's.
    """
    claim = ledger.subscriptions.get(wanted.key)
    if wanted.take_over is None or (claim is not None and claim.id is not None):
        return known
    there = live.get(wanted.take_over)
    if there is None:
        return known or _missing(wanted)
    if known and not there.active:
        return known
    blocked = _taken(wanted, there, ledger)
    return blocked or tuple({each.id: each for each in (*known, there)}.values())


def _missing(wanted: DesiredSubscription) -> Blocked:
    return Blocked(
        kind=BlockedKind.NO_MATCH,
        what=f"webhook {wanted.key} shall take over {wanted.take_over}, which is not in this account",
        next_step="correct its `id`; or delete that line and give it a secret_sink, so that it is made",
        at=wanted.at,
    )


def _taken(wanted: DesiredSubscription, there: Subscription, ledger: Ledger) -> Blocked | None:
    owner = next((claim.key for claim in ledger.subscriptions.values() if claim.id == there.id), wanted.key)
    marker = parse_marker(there.description)
    if marker is not None and marker.manager != ledger.manager:
        what, step = f"is marked as {marker.manager}'s", f"let {marker.manager} release it first, and clear the mark"
    elif owner != wanted.key:
        what, step = f"is already ours as {owner}", f"keep that team and name, or release {owner} first"
    elif marker is not None and marker.key != wanted.key:
        what, step = f"is marked as {marker.key}", "give the entry that team and name"
    else:
        return None
    return Blocked(
        kind=BlockedKind.RULE_CONFLICT,
        what=f"webhook {wanted.key} shall take over {there.id}, which {what}",
        next_step=step,
        at=wanted.at,
    )


def as_live(live: Subscription) -> SubscriptionSettings:
    """Return the settings that a webhook has: what was last applied to one that is taken over."""
    return SubscriptionSettings(
        name=live.name,
        url=live.url,
        events=live.events,
        jobs=live.jobs,
        description=live.description,
        active=live.active,
    )


def same_description(wanted: str, live: str, claim: SubscriptionClaim | None) -> bool:
    """Compare without the mark where live has none, unless it had one when it was last written."""
    if wanted == live:
        return True
    applied = None if claim is None else claim.applied.get("description")
    lost = claim is not None and (applied is None or parse_marker(applied) is not None)
    return not lost and parse_marker(live) is None and unmarked(wanted) == unmarked(live)


def same_jobs(wanted: JobScope, live: JobScope, inventory: Inventory) -> bool:
    """Compare without the jobs that are deleted: they never fire, and go with the next real change of the list."""
    if isinstance(wanted, AllJobs) or isinstance(live, AllJobs):
        return wanted == live
    return wanted == live or wanted == frozenset(each for each in live if not _deleted(each, inventory))


def _deleted(job_id: int, inventory: Inventory) -> bool:
    job = inventory.jobs.get(job_id)
    return job is not None and job.deleted
