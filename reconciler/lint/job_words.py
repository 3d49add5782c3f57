"""How findings name jobs, and how often they run: the subject that a baseline keeps, a few names of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.model.inventory import Job

__all__ = ["few", "job_subject", "job_text", "jobs_text", "times"]

_NAMED: Final = 3


def job_subject(job_id: int) -> str:
    return f"job {job_id}"


def job_text(job: Job) -> str:
    return f"{job.name} ({job.id})"


def jobs_text(jobs: Iterable[Job]) -> str:
    """Return up to three jobs by name and id, and how many more there are."""
    return few([job_text(job) for job in jobs])


def few(texts: Sequence[str], *, at_most: int = _NAMED) -> str:
    """Return the first of several texts, and how many more there are."""
    if len(texts) <= at_most:
        return ", ".join(texts)
    return f"{', '.join(texts[:at_most])} and {len(texts) - at_most} more"


def times(number: float) -> str:
    """Write how often: whole where it is, or nearly so."""
    return f"{number:.0f}" if number == round(number) or number >= 10 else f"{number:.1f}"
