"""Who hears of a failure in dbt Cloud as it is now, and what of the policy is not there yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from reconciler.model.coverage import Answer, JobCoverage, Means, Route, Standing, Today, TodayTally
from reconciler.model.edge import RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.plan.coverage import reachable
from reconciler.plan.resolve import Recipient

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["LiveTruth", "tally_today"]


class LiveTruth:
    """The live alerts on failures whose recipient dbt Cloud can reach, against those that the policy names."""

    def __init__(self, survey: Survey) -> None:
        self._told = _told_of_failures(survey)
        self._keys = {name: each.key for name, each in survey.resolved.items() if isinstance(each, Recipient)}

    def of(self, job_id: int, answer: Answer) -> Today:
        told = self._told.get(job_id)
        if not told:
            return Today.NOBODY
        wanted = {self._keys.get(route.channel) for route in native_routes(answer)}
        return Today.WANTED if told & wanted else Today.FOREIGN


def native_routes(answer: Answer) -> tuple[Route, ...]:
    """Return the routes by which dbt Cloud itself is to tell of a failure, and can."""
    return tuple(each for each in answer.failure.routes if each.means is Means.NATIVE and not each.broken)


def tally_today(jobs: Iterable[JobCoverage]) -> TodayTally:
    """Sort the counted jobs by what dbt Cloud does now and what the policy wants."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for job in jobs:
        found[_state(job)].append(job.id)
    return TodayTally(**{each.name: tuple(found[each.name]) for each in fields(TodayTally)})


def _state(job: JobCoverage) -> str:
    if job.today is not Today.NOBODY:
        return job.today.value
    if native_routes(job.answer):
        return "unapplied"
    if job.answer.failure.standing is Standing.SILENT:
        return "silent"
    return "relay_only" if job.answer.failure.standing.named else "nobody"


def _told_of_failures(survey: Survey) -> Mapping[int, set[RecipientKey]]:
    told: defaultdict[int, set[RecipientKey]] = defaultdict(set)
    inventory = survey.inventory
    for key in reachable(inventory):
        for row in inventory.rows[key]:
            for job_id in row.jobs.get(Outcome.FAILURE, ()):
                told[job_id].add(key)
    return told
