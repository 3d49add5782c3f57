"""`mutes:` against the account. A mute holds back what the relay delivers, and nothing that dbt Cloud delivers."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.model.inventory import Inventory
from reconciler.model.policy import Mute, Policy
from reconciler.plan.hold import Hold
from reconciler.plan.wish import unanswered
from reconciler.routing.selection import JobIndex

__all__ = ["Mutes", "read_mutes"]

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutes:
    """Of several mutes of one job the one that ends last. The holds reach no edge: a mute adds and removes nothing."""

    by_job: Mapping[int, Mute]
    holds: tuple[Hold, ...]
    notes: tuple[str, ...]


def read_mutes(policy: Policy, inventory: Inventory, *, index: JobIndex, native: AbstractSet[int]) -> Mutes:
    """Resolve the mutes. `native` are the jobs that dbt Cloud itself tells somebody about, by our edges."""
    by_job: dict[int, Mute] = {}
    holds: list[Hold] = []
    notes: list[str] = []
    for mute in sorted(policy.mutes, key=lambda mute: mute.until):
        jobs = index.select(mute.jobs)
        by_job.update(dict.fromkeys(jobs, mute))
        blocked = unanswered(mute.jobs, "mutes", index=index, matched=jobs)
        holds.extend(Hold(blocked=each, team=mute.team) for each in blocked)
        if jobs & native:
            notes.append(_native_note(mute, jobs & native, inventory))
    return Mutes(by_job=by_job, holds=tuple(holds), notes=tuple(notes))


def _native_note(mute: Mute, jobs: AbstractSet[int], inventory: Inventory) -> str:
    named = [inventory.jobs[job_id].name for job_id in sorted(jobs)]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"{', '.join(named[:_NAMED])}{more}: not muted: dbt Cloud delivers ({mute.at.file}:{mute.at.line})"
