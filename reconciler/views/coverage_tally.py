"""Coverage in numbers: by team, by tier, by outcome; deadlines, pages and details. Deactivated jobs are left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from reconciler.model.coverage import (
    LOOKED_AT,
    Deadlines,
    Details,
    Group,
    JobCoverage,
    PagingGroup,
    Share,
    Standing,
)
from reconciler.model.outcome import Outcome

__all__ = ["by_outcome", "by_team", "by_tier", "deadlines", "details", "paging", "share"]


def share(jobs: Iterable[JobCoverage], outcome: Outcome = Outcome.FAILURE) -> Share:
    """Count how these jobs stand as to one outcome."""
    found = Counter(job.answer.cells[outcome].standing for job in jobs)
    return Share(**{standing.value: found[standing] for standing in Standing})


def by_team(jobs: Sequence[JobCoverage]) -> tuple[Group, ...]:
    """Return the teams by name; the jobs of no team last, because nobody looks after them."""
    return _groups(jobs, lambda job: job.answer.team, order=lambda job: (int(not job.answer.team), 0, job.answer.team))


def by_tier(jobs: Sequence[JobCoverage]) -> tuple[Group, ...]:
    """Return the tiers, the worst first; then declared silent, then the jobs of no tier."""
    return _groups(jobs, lambda job: job.answer.tier, order=_tier_order)


def by_outcome(jobs: Sequence[JobCoverage]) -> Mapping[Outcome, Share]:
    return {outcome: share(jobs, outcome) for outcome in LOOKED_AT}


def deadlines(jobs: Sequence[JobCoverage]) -> Deadlines:
    """Look at the deadlines. A job that is declared silent is asked for none."""
    timed = [job for job in jobs if job.answer.deadline]
    untold = [job.id for job in timed if not job.answer.cells[Outcome.LATE].standing.decided]
    production = [job for job in jobs if job.production and not job.answer.silent]
    return Deadlines(
        with_deadline=len(timed),
        late_untold=tuple(untold),
        production=len(production),
        production_without=tuple(job.id for job in production if not job.answer.deadline),
    )


def paging(jobs: Sequence[JobCoverage]) -> tuple[PagingGroup, ...]:
    """Say by tier whose failure wakes somebody. Who is silent on purpose shall wake nobody."""
    loud = sorted((job for job in jobs if not job.answer.silent), key=lambda job: (_tier_order(job), job.id))
    groups: defaultdict[str, list[JobCoverage]] = defaultdict(list)
    for job in loud:
        groups[job.answer.tier].append(job)
    return tuple(_paging_group(tier, members) for tier, members in groups.items())


def details(jobs: Iterable[JobCoverage]) -> Details:
    """Count, of the jobs of whose failure somebody hears, those with what that person needs."""
    told = [job for job in jobs if job.answer.failure.standing in {Standing.TOLD, Standing.DIGEST, Standing.PARTLY}]
    missing = Counter(detail for job in told for detail in (job.answer.missing if job.answer.at else _NONE_GIVEN))
    return Details(of=len(told), **{detail: len(told) - missing[detail] for detail in _NONE_GIVEN})


_NONE_GIVEN = ("owner", "runbook", "impact")


def _paging_group(tier: str, jobs: Sequence[JobCoverage]) -> PagingGroup:
    first = [min((page.after for page in job.answer.pages), default=None) for job in jobs]
    return PagingGroup(
        tier=tier,
        rank=jobs[0].answer.rank,
        at_once=sum(after == timedelta() for after in first),
        later=sum(after is not None and after > timedelta() for after in first),
        never=tuple(job.id for job, after in zip(jobs, first, strict=True) if after is None),
    )


def _tier_order(job: JobCoverage) -> tuple[int, int, str]:
    answer = job.answer
    place = 2 if not answer.tier else 1 if answer.silent else 0
    return (place, answer.rank or 0, answer.tier)


def _groups(
    jobs: Sequence[JobCoverage],
    name: Callable[[JobCoverage], str],
    *,
    order: Callable[[JobCoverage], tuple[int, int, str]],
) -> tuple[Group, ...]:
    groups: defaultdict[str, list[JobCoverage]] = defaultdict(list)
    for job in jobs:
        groups[name(job)].append(job)
    ordered = sorted(groups.items(), key=lambda item: order(item[1][0]))
    return tuple(
        Group(name=each, share=share(members), production=share(job for job in members if job.production))
        for each, members in ordered
    )
