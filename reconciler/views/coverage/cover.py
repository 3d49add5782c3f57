"""Coverage of a whole account: job x outcome x route. What the words mean is said in `model/coverage.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import Answer, Chosen, Coverage, JobCoverage
from reconciler.model.selector import Purpose
from reconciler.views.coverage.answer import Answers
from reconciler.views.coverage.gaps import gaps
from reconciler.views.coverage.quiet import muted, silences
from reconciler.views.coverage.steps import steps
from reconciler.views.coverage.tally import by_outcome, by_project, by_team, by_tier, deadlines, details, paging, share
from reconciler.views.coverage.today import LiveTruth, tally_today

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.plan.survey import Survey

__all__ = ["EVERYTHING", "cover"]

EVERYTHING: Final = Chosen()


def cover(survey: Survey, *, at: datetime, chosen: Chosen = EVERYTHING) -> Coverage:
    """Return the coverage of the chosen jobs in scope. Pure; near-linear in jobs and live alerts.

    The survey's conflicts are the caller's business: a job that two rules claim is here one without a rule.
    """
    jobs = tuple(_chosen(survey, chosen))
    counted = [job for job in jobs if not job.deactivated]
    inventory, policy = survey.inventory, survey.policy
    found = Coverage(
        host=inventory.host,
        account_id=inventory.account_id,
        manager=policy.manager,
        policy_digest=policy.digest,
        at=at,
        chosen=chosen,
        jobs=jobs,
        whole=share(counted),
        production=share(job for job in counted if job.production),
        deactivated=len(jobs) - len(counted),
        projects=by_project(counted),
        teams=by_team(counted),
        tiers=by_tier(counted),
        outcomes=by_outcome(counted),
        deadlines=deadlines(counted),
        paging=paging(counted),
        details=details(counted),
        today=tally_today(counted),
        gaps=gaps(counted, survey),
        silences=silences(counted),
        mutes=muted(counted, survey, at),
        taken_at=inventory.taken_at if inventory.url_key else "",
        by_id={job.id: job for job in jobs},
    )
    return steps(found)


def _chosen(survey: Survey, chosen: Chosen) -> Iterator[JobCoverage]:
    answers, live = Answers(survey), LiveTruth(survey)
    for placed in survey.places.values():
        answer = answers.of(placed)
        production = placed.environment is not None and placed.environment.purpose == Purpose.PRODUCTION
        if not _meant(answer, chosen, production=production):
            continue
        yield JobCoverage(
            id=placed.job.id,
            name=placed.job.name,
            project=placed.project.name if placed.project else "",
            environment=placed.environment.name if placed.environment else "",
            production=production,
            deactivated=placed.job.deactivated,
            answer=answer,
            today=live.of(placed.job.id, answer),
        )


def _meant(answer: Answer, chosen: Chosen, *, production: bool) -> bool:
    return (
        (chosen.team is None or answer.team == chosen.team)
        and (chosen.tier is None or answer.tier == chosen.tier)
        and (production or not chosen.production)
    )
