"""What to do next about coverage, the most pressing first: each step with the command or the line that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reconciler.model.coverage import Coverage, JobCoverage, Standing, Step

__all__ = ["steps"]

_SEVERE: Final = 2
"""Ranks up to this one ought to have an owner, a runbook and an impact (lint rule `actionable-alert`)."""


def steps(coverage: Coverage) -> Coverage:
    """Return the coverage with its steps."""
    return replace(coverage, steps=tuple(_steps(coverage)))


def _steps(coverage: Coverage) -> Iterator[Step]:
    missing, today = coverage.missing, coverage.today
    production = [job for job in missing if job.production]
    others = len(missing) - len(production)
    do = "each has its line below: somebody to tell, or `tier: none` with a reason"
    if production:
        text = f"Nobody is sure to hear when {_jobs(len(production), 'production ')} {_fails(len(production))}."
        yield Step(text=text, do=do, section="uncovered")
    if today.unapplied:
        text = f"Nobody hears of {_jobs(len(today.unapplied))} today, although the policy names somebody."
        yield Step(text=text, do="run `dbt-alerts apply`", section="today")
    if today.relay_only:
        text = f"Of {_jobs(len(today.relay_only))} only the relay would tell, and it is not there: nobody hears."
        do_native = "add a native channel (`dbt_user`, `dbt_email`, `dbt_slack`) beside the relayed one"
        yield Step(text=text, do=do_native, section="today")
    if others:
        text = f"Nobody is sure to hear when {_jobs(others, 'other ')} {_fails(others)}."
        yield Step(text=text, do=do, section="uncovered")
    yield from _lesser(coverage)


def _lesser(coverage: Coverage) -> Iterator[Step]:
    silent_nights = sum(len(each.never) for each in coverage.paging if each.rank == 1)
    if silent_nights:
        text = f"{_jobs(silent_nights).capitalize()} of the worst tier can wake nobody."
        yield Step(text=text, do="add a channel that pages, or an escalation that names one", section="paging")
    untold = len(coverage.deadlines.late_untold)
    if untold:
        text = f"{_jobs(untold).capitalize()} {_verb(untold, 'have')} a deadline, and the policy names nobody."
        yield Step(text=text, do="add `notify: {late: [a-channel]}`", section="deadlines")
    without = len(coverage.deadlines.production_without)
    if without:
        text = f"{_jobs(without, 'production ').capitalize()} {_verb(without, 'have')} no deadline."
        do = "add `sla: {due: …}` for reports, `sla: {stale_after: …}` for what runs often"
        yield Step(text=text, do=do, section="deadlines")
    bare = len(_bare(coverage.jobs))
    if bare:
        text = f"{_jobs(bare).capitalize()} of ranks 1 and 2 {_verb(bare, 'lack')} owner, runbook or impact."
        yield Step(text=text, do="`dbt-alerts lint --select actionable-alert` names them", section="details")


def _bare(jobs: Sequence[JobCoverage]) -> list[JobCoverage]:
    return [
        job
        for job in jobs
        if not job.deactivated
        and job.answer.rank is not None
        and job.answer.rank <= _SEVERE
        and job.answer.missing
        and job.answer.failure.standing is not Standing.SILENT
    ]


def _jobs(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}job{'' if count == 1 else 's'}"


def _fails(count: int) -> str:
    return _verb(count, "fail")


def _verb(count: int, verb: str) -> str:
    if verb == "have":
        return "has" if count == 1 else "have"
    return f"{verb}s" if count == 1 else verb
