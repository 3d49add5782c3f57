"""The jobs of which nothing is told and somebody said why: silent on purpose, or muted until a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING

from reconciler.model.coverage import JobCoverage, Muted, Silence, Standing
from reconciler.routing.clock import instant

if TYPE_CHECKING:
    from reconciler.model.policy import Mute
    from reconciler.model.problem import Position
    from reconciler.plan.survey import Survey

__all__ = ["muted", "silences"]


def silences(jobs: Iterable[JobCoverage]) -> tuple[Silence, ...]:
    """Return the declared silences about failure by their reasons, the one for most jobs first."""
    found: defaultdict[str, list[JobCoverage]] = defaultdict(list)
    for job in jobs:
        if job.answer.failure.standing is Standing.SILENT:
            found[job.answer.failure.reason].append(job)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Silence(reason=reason, at=_places(silent), jobs=tuple(job.id for job in silent)) for reason, silent in ordered
    )


def _places(jobs: Iterable[JobCoverage]) -> tuple[Position, ...]:
    return tuple(sorted({job.answer.failure.at for job in jobs if job.answer.failure.at is not None}))


def muted(jobs: Iterable[JobCoverage], survey: Survey, at: datetime) -> tuple[Muted, ...]:
    """Return the mutes that hold at that moment, the next to end first; of a job's mutes the one that ends last."""
    zone = survey.policy.timezone
    found: dict[int, tuple[Mute, list[int]]] = {}
    for job in jobs:
        mutes = survey.places[job.id].mutes
        if mutes and at < instant(mutes[-1].until, time(), zone):
            found.setdefault(id(mutes[-1]), (mutes[-1], []))[1].append(job.id)
    said = [Muted(until=mute.until, reason=mute.reason, at=mute.at, jobs=tuple(ids)) for mute, ids in found.values()]
    return tuple(sorted(said, key=lambda each: (each.until, each.at)))
