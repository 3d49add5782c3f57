"""`release:` against the account: what this repository gives up without touching it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Policy, Release
from reconciler.plan.hold import Hold
from reconciler.plan.resolve import Recipient
from reconciler.plan.wish import Resolved, unanswered
from reconciler.routing.selection import JobIndex

__all__ = ["Releases", "read_releases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """R within the live edges, and keys of webhooks. A release that matches no job holds what it means to give up."""

    edges: frozenset[Edge]
    webhooks: frozenset[str]
    holds: tuple[Hold, ...]


def read_releases(policy: Policy, inventory: Inventory, *, index: JobIndex, resolved: Resolved) -> Releases:
    """Resolve the releases. A key that is left out means any: recipient, outcome, job."""
    edges: set[Edge] = set()
    holds: list[Hold] = []
    for release in policy.releases:
        if release.webhook is not None:
            continue
        jobs = None if release.jobs is None else index.select(release.jobs)
        if release.jobs is not None and jobs is not None:
            routes = frozenset(_ends(release, resolved))
            blocked = unanswered(release.jobs, "release", index=index, matched=jobs)
            holds.extend(Hold(blocked=each, team=release.team, routes=routes) for each in blocked)
        edges.update(_edges(release, inventory, jobs=jobs, resolved=resolved))
    webhooks = frozenset(f"{each.team}/{each.webhook}" for each in policy.releases if each.webhook is not None)
    return Releases(edges=frozenset(edges), webhooks=webhooks, holds=tuple(holds))


def _edges(
    release: Release, inventory: Inventory, *, jobs: frozenset[int] | None, resolved: Resolved
) -> Iterable[Edge]:
    key = None
    if release.to is not None:
        recipient = resolved.get(release.to)
        if not isinstance(recipient, Recipient):
            return ()
        key = recipient.key
    return (
        edge
        for edge in inventory.edges
        if (key is None or edge.recipient == key)
        and (not release.on or edge.outcome in release.on)
        and (jobs is None or edge.job_id in jobs)
    )


def _ends(release: Release, resolved: Resolved) -> Iterable[tuple[RecipientKey | str, Outcome]]:
    for name, each in resolved.items():
        if release.to in {None, name}:
            for outcome in release.on or NATIVE_OUTCOMES:
                yield name, outcome
                if each.key is not None:
                    yield each.key, outcome
