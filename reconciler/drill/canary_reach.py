"""Who else hears of the canary's failure: to dbt Cloud it is a failure like any other."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drill.bench import Bench
from reconciler.model.inventory import AllJobs
from reconciler.model.outcome import Outcome
from reconciler.plan.resolve import Recipient

__all__ = ["also_told"]


def also_told(bench: Bench, job_id: int) -> tuple[str, ...]:
    """Return each webhook that carries a run of the job, and each recipient of its failures that is no canary's.

    A webhook of all jobs carries it, whoever owns it: behind it may be a pager.
    """
    return tuple(sorted([*_webhooks(bench, job_id), *_recipients(bench, job_id)]))


def _webhooks(bench: Bench, job_id: int) -> Iterator[str]:
    inventory = bench.survey.inventory
    if inventory.webhooks_hidden:
        yield "webhooks of all jobs, which this token may not read"
    for each in inventory.subscriptions:
        if each.active and (isinstance(each.jobs, AllJobs) or job_id in each.jobs):
            yield f"webhook {each.name}{' (of all jobs)' if isinstance(each.jobs, AllJobs) else ''}"


def _recipients(bench: Bench, job_id: int) -> Iterator[str]:
    canary = bench.policy.canary
    found = [bench.survey.resolved[name] for name in (canary.channels if canary is not None else ())]
    ours = {each.key for each in found if isinstance(each, Recipient)}
    for key, rows in bench.survey.inventory.rows.items():
        if key not in ours and any(job_id in row.jobs.get(Outcome.FAILURE, frozenset()) for row in rows):
            yield str(key)
