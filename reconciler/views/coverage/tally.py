"""Coverage in numbers: by team, by tier, by outcome; deadlines, pages and details. Deactivated jobs are left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.model.coverage import (
    LOOKED_AT,
    Deadlines,
    Details,
    Group,
    JobCoverage,
    PagingGroup,
    Share,
    Standing,
    Wake,
)
from reconciler.model.outcome import Outcome

__all__ = ["by_outcome", "by_project", "by_team", "by_tier", "deadlines", "details", "paging", "share"]


def share(jobs: Iterable[JobCoverage], outcome: Outcome = Outcome.FAILURE) -> Share:
    """Count how these jobs stand as to one outcome."""
    found = Counter(job.answer.cells[outcome].standing for job in jobs)
    return Share(**{standing.value: found[standing] for standing in Standing})


def by_project(jobs: Sequence[JobCoverage]) -> tuple[Group, ...]:
    return _groups(jobs, lambda job: job.project, order=lambda job: (int(not job.project), 0, job.project))


def by_team(jobs: Sequence[JobCoverage]) -> tuple[Group, ...]:
    """Return the teams by name; last the jobs that no entry of `jobs:` speaks for, and in which projects they are."""
    return _groups(jobs, lambda job: job.answer.team, order=lambda job: (int(not job.answer.team), 0, job.answer.team))


def by_tier(jobs: Sequence[JobCoverage]) -> tuple[Group, ...]:
    """Return the tiers, the worst first; then declared silent, then the jobs of no tier."""
    return _groups(jobs, lambda job: job.answer.tier, order=_tier_order)


def by_outcome(jobs: Sequence[JobCoverage]) -> Mapping[Outcome, Share]:
    return {outcome: share(jobs, outcome) for outcome in LOOKED_AT}


def deadlines(jobs: Sequence[JobCoverage]) -> Deadlines:
    """Look at the deadlines. A job that is declared silent is asked for none."""
    timed = [job for job in jobs if job.answer.deadline]
    late = [(job.id, job.answer.cells[Outcome.LATE].standing) for job in timed]
    production = [job for job in jobs if job.production and not job.answer.silent]
    return Deadlines(
        with_deadline=len(timed),
        late_untold=tuple(job_id for job_id, standing in late if not standing.decided),
        late_waits=tuple(job_id for job_id, standing in late if standing in {Standing.WAITS, Standing.DIGEST}),
        production=len(production),
        production_without=tuple(job.id for job in production if not job.answer.deadline),
    )


def paging(jobs: Sequence[JobCoverage]) -> tuple[PagingGroup, ...]:
    """Say by tier what wakes somebody. Who is silent on purpose shall wake nobody."""
    loud = sorted((job for job in jobs if not job.answer.silent), key=lambda job: (_tier_order(job), job.id))
    groups: defaultdict[str, list[JobCoverage]] = defaultdict(list)
    for job in loud:
        groups[job.answer.tier].append(job)
    return tuple(_paging_group(tier, members) for tier, members in groups.items())


def details(jobs: Iterable[JobCoverage]) -> Details:
    """Count, of the jobs of whose failure somebody is to hear, those with what that person needs."""
    told = [job for job in jobs if job.answer.failure.standing.named]
    missing = Counter(detail for job in told for detail in (job.answer.missing if job.answer.at else _NONE_GIVEN))
    return Details(of=len(told), **{detail: len(told) - missing[detail] for detail in _NONE_GIVEN})


_NONE_GIVEN = ("owner", "runbook", "impact")


def _paging_group(tier: str, jobs: Sequence[JobCoverage]) -> PagingGroup:
    surest = [next((page.wake for page in job.answer.pages), None) for job in jobs]
    found = Counter(surest)
    return PagingGroup(
        tier=tier,
        rank=jobs[0].answer.rank,
        by={wake: found[wake] for wake in Wake},
        never=tuple(job.id for job, wake in zip(jobs, surest, strict=True) if wake is None),
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
        Group(
            name=each,
            share=share(members),
            production=share(job for job in members if job.production),
            note="" if each else _where(members),
        )
        for each, members in ordered
    )


def _where(jobs: Iterable[JobCoverage]) -> str:
    """Count jobs by project, the project with most of them first: `Finance 6, Growth 1`."""
    counted = Counter(job.project for job in jobs if job.project)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{project} {count:,}" for project, count in ordered)
