"""Stage *canary*: a run that fails on purpose, so that dbt Cloud writes its own mails and Slack messages.

dbt Cloud writes that text, so nothing of ours can stand in it: the run's id is the code. Whoever got the message gives
it back with `dbt-alerts alert-test confirm RUN_ID`; until then a run that failed as planned is `accepted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Final

from reconciler.cloud.canary import CanaryRuns
from reconciler.drill.bench import Bench
from reconciler.drill.canary_reach import also_told
from reconciler.drill.routes import Route
from reconciler.errors import AlertsError, AuthenticationError, NotFound
from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.outcome import Outcome
from reconciler.model.run import Run, RunStatus
from reconciler.model.secret import Reference
from reconciler.plan.resolve import Recipient

__all__ = ["stage"]

_BETWEEN: Final = (0.2, 1.0, 2.0, 5.0)
"""Seconds between two looks at the run; the last one stays."""
_NO_RIGHT: Final = "let `canary.token` be one that may run this job: the set `job_runner` does (docs/guides/tokens.md)"
_ENDED: Final = frozenset({RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED})


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each native channel of the canary. Nothing is run where no edge is in place."""
    canary = bench.policy.canary
    if canary is None:
        bench.notebook.skipped.append("the policy has no `canary:`, so native channels are not proved")
        return
    routes = [route for route in bench.routes if route.channel in canary.channels]
    jobs = sorted(bench.survey.index.select(canary.job)) if canary.job is not None else []
    if len(jobs) != 1:
        yield from _all(bench, routes, f"`canary.job` means {len(jobs)} jobs", "let its selector mean exactly one job")
        return
    runs = bench.canary
    if runs is None:
        token = canary.token
        why = "there is no token that may run the canary"
        fix = f"set {token}" if isinstance(token, Reference) else "give `canary.token` a reference and set its variable"
        yield from _all(bench, routes, why, fix)
        return
    ready = []
    for route in routes:
        missing = _missing(bench, route, jobs[0])
        if missing:
            yield _said(bench, route, answer=missing, fix="run `dbt-alerts apply`: the policy plans this edge")
        else:
            ready.append(route)
    if ready:
        others = also_told(bench, jobs[0])
        if others:
            bench.notebook.noted.append(f"the canary's failure is real to others too: {'; '.join(others)}")
        yield from _run(bench, runs, ready, jobs[0])


def _missing(bench: Bench, route: Route, job_id: int) -> str:
    """Say why dbt Cloud would tell this channel nothing of the canary's failure."""
    broken = bench.survey.why_broken(route.channel)
    recipient = bench.survey.resolved[route.channel]
    if broken or not isinstance(recipient, Recipient):
        return broken or f"channel {route.channel} is not known to dbt Cloud"
    rows = bench.survey.inventory.rows.get(recipient.key, ())
    if any(job_id in row.jobs.get(Outcome.FAILURE, frozenset()) for row in rows):
        return ""
    return f"{recipient.key} is not told of failures of job {job_id}"


def _run(bench: Bench, runs: CanaryRuns, routes: Sequence[Route], job_id: int) -> Iterator[Evidence]:
    began = bench.monotonic()
    try:
        run = runs.start(job_id, cause=f"dbt-alerts alert-test {bench.correlation}, meant to fail")
        run = _ended(bench, runs, run, until=began + bench.patience)
    except (AuthenticationError, NotFound) as why:
        yield from _all(bench, routes, why.message, _NO_RIGHT)
        return
    except AlertsError as why:
        yield from _all(bench, routes, why.message, why.next_step or "")
        return
    seconds = bench.monotonic() - began
    if run.status is not RunStatus.ERROR:
        word = "has not ended" if run.status not in _ENDED else f"ended as {run.status.name.casefold()}"
        yield from _all(bench, routes, f"run {run.id} was to fail and {word}", "look at the run in dbt Cloud")
        return
    for route in routes:
        yield _said(
            bench,
            route,
            standing=Standing.ACCEPTED,
            answer=f"run {run.id} failed as planned; whoever was told of it: `dbt-alerts alert-test confirm {run.id}`",
            seconds=seconds,
            code=str(run.id),
        )


def _ended(bench: Bench, runs: CanaryRuns, run: Run, *, until: float) -> Run:
    pauses = chain(_BETWEEN, repeat(_BETWEEN[-1]))
    while run.status not in _ENDED and bench.monotonic() < until:
        bench.sleep(next(pauses))
        run = runs.run(run.id)
    return run


def _all(bench: Bench, routes: Sequence[Route], answer: str, fix: str) -> Iterator[Evidence]:
    for route in routes:
        yield _said(bench, route, answer=answer, fix=fix)


def _said(
    bench: Bench,
    route: Route,
    *,
    answer: str,
    standing: Standing = Standing.FAILED,
    fix: str = "",
    seconds: float | None = None,
    code: str = "",
) -> Evidence:
    return bench.evidence(
        Stage.CANARY,
        route.channel,
        kind=route.kind,
        standing=standing,
        answer=answer,
        fix=fix,
        seconds=seconds,
        correlation=code,
        owners=route.owners,
    )
