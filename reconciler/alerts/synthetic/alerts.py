"""Made-up alerts that look like real ones, always the same: for previews, test alerts, the page about templates.

What is the user's own (job, owner, runbook, on-call, addresses) comes in by a `Likeness`; the rest is the same story
each time: a column went missing upstream, and the revenue model of a shop failed on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from reconciler.alerts.identity import incident_of
from reconciler.alerts.synthetic import parts
from reconciler.model.alert import Alert, AlertJob, AlertRun, Audience, Case, Drill
from reconciler.model.layers import Oncall
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Cause, NodeKind

__all__ = ["MADE_UP_NOW", "Likeness", "every_synthetic_alert", "synthetic_alert"]

MADE_UP_NOW: Final = datetime(2026, 1, 3, 13, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Whose alert it looks like: what the policy says of a job, as an alert would have it."""

    job: AlertJob = field(
        default=AlertJob(
            id=3101,
            name="Daily Revenue",
            project="Finance",
            environment="Production",
            production=True,
            url=f"{parts.HOST}/deploy/1/projects/11/jobs/3101",
        )
    )
    severity: str = "CRITICAL"
    rank: int | None = 1
    zone: str = "America/New_York"
    account_id: int = 1
    response: str = "at once, day and night"
    impact: str = "Revenue dashboard shows stale data"
    owner: str = "maria@acme.example"
    team: str = "finance"
    oncall: Oncall | None = field(
        default=Oncall(
            slack="S0123ABCD",
            teams="oncall@acme.example",
            name="data-engineer-oncall",
            email="oncall@acme.example",
        )
    )
    runbook: str = "https://wiki.acme.example/finance/revenue"
    run_url: str = f"{parts.HOST}/deploy/1/projects/11/runs/{parts.RUN_ID}"


_OUTCOMES: Final = MappingProxyType(
    {
        Case.FAILURE: Outcome.FAILURE,
        Case.WARNING: Outcome.WARNING,
        Case.CANCELLED: Outcome.CANCELLED,
        Case.LATE: Outcome.LATE,
        Case.SLOW: Outcome.SLOW,
        Case.ANOMALY: Outcome.ANOMALY,
        Case.RECOVERED: Outcome.RECOVERED,
        Case.SUCCESS: Outcome.SUCCESS,
        Case.STARTED: Outcome.STARTED,
        Case.GROUPED: Outcome.FAILURE,
        Case.ESCALATION: Outcome.FAILURE,
        Case.DIGEST: Outcome.SUCCESS,
        Case.TEST: Outcome.FAILURE,
    }
)


def synthetic_alert(
    case: Case,
    *,
    like: Likeness | None = None,
    now: datetime = MADE_UP_NOW,
    drill: Drill | None = None,
    of: NodeKind = NodeKind.MODEL,
) -> Alert:
    """Return a believable alert of that case. `of` is what failed, where something did; `test` is always marked."""
    alert = _with_run(_base(case, like or Likeness(), now), case)
    if case is Case.TEST:
        drill = drill or Drill(correlation="7f3a9c", asked_by="maria@acme.example", what="channel data-critical")
    if case in {Case.FAILURE, Case.ESCALATION, Case.TEST}:
        alert = _failed(alert, of)
    incident = incident_of(alert.account_id, alert.job.id, alert.outcome, drill=drill)
    return replace(_SPECIAL.get(case, _as_it_is)(alert), test=drill, incident=incident)


def every_synthetic_alert(*, audience: Audience = Audience.ENGINEERS) -> tuple[tuple[str, Alert], ...]:
    """Return an alert for each thing that a template may be asked to say, by name: cases, and their variants.

    Both audiences are told of the same happenings; stakeholders of none that only machines care about.
    """
    cases = [(case.value, synthetic_alert(case)) for case in Case]
    kinds = [(f"failure-{kind.value}", synthetic_alert(Case.FAILURE, of=kind)) for kind in NodeKind]
    late = synthetic_alert(Case.LATE)
    failure = synthetic_alert(Case.FAILURE)
    variants = [
        ("failure-timeout", _timed_out(failure)),
        ("failure-bare", parts.bare(failure)),
        ("late-completed", parts.completed(late)),
        *((f"late-{cause.name.lower()}", parts.late_because(late, cause)) for cause in parts.LATE_CAUSES),
    ]
    if audience is Audience.STAKEHOLDERS:
        return (*cases, *variants)
    return (*cases, *kinds, *variants)


def _base(case: Case, like: Likeness, now: datetime) -> Alert:
    return Alert(
        id=f"made-up-{case.value}",
        incident=incident_of(like.account_id, like.job.id, _OUTCOMES[case]),
        case=case,
        outcome=_OUTCOMES[case],
        job=like.job,
        at=now - timedelta(minutes=4),
        now=now,
        severity=like.severity,
        rank=like.rank,
        zone=like.zone,
        account_id=like.account_id,
        response=like.response,
        impact=like.impact,
        owner=like.owner,
        team=like.team,
        oncall=like.oncall,
        runbook=like.runbook,
        run=parts.run(like.run_url, at=now - timedelta(minutes=4)),
        past=parts.past(now),
        affected=("Revenue dashboard", "Weekly board report"),
    )


def _with_run(alert: Alert, case: Case) -> Alert:
    """Drop what that case cannot know: a run that only started has no end, one that never started is not there."""
    if case is Case.STARTED and alert.run is not None:
        return replace(alert, run=replace(alert.run, finished_at=None, message=""), affected=())
    if case in {Case.LATE, Case.DIGEST, Case.GROUPED, Case.ANOMALY}:
        return replace(alert, run=None)
    if case in {Case.SUCCESS, Case.RECOVERED, Case.SLOW} and alert.run is not None:
        return replace(alert, run=replace(alert.run, message=""), succeeded_nodes=48)
    return alert


def _failed(alert: Alert, of: NodeKind) -> Alert:
    return replace(
        alert,
        failed=parts.failed(of),
        skipped=() if of is NodeKind.INFRASTRUCTURE else parts.skipped(of),
        succeeded_nodes=0 if of is NodeKind.INFRASTRUCTURE else 33,
        likely=parts.likely(of),
        change=parts.change(),
        actions=parts.actions(of),
        node_owners=("maria@acme.example",),
        node_seconds=(("fct_revenue", "error", 2.4), ("stg_payments", "success", 11.8)),
    )


def _timed_out(alert: Alert) -> Alert:
    run = alert.run and replace(alert.run, message="The run timed out after 24 hours.")
    return replace(alert, cause=Cause.TIMEOUT, run=run, likely=parts.timeout(), failed=(), skipped=(), actions=())


def _as_it_is(alert: Alert) -> Alert:
    return alert


def _escalated(alert: Alert) -> Alert:
    return replace(alert, escalated=parts.escalated(alert.now))


def _grouped(alert: Alert) -> Alert:
    members = [_failed(replace(alert, case=Case.FAILURE, run=_member_run(alert)), kind) for kind in parts.GROUP_KINDS]
    named = zip(members, parts.GROUP_JOBS, strict=True)
    together = tuple(
        replace(each, id=f"{each.id}-{job.id}", job=replace(alert.job, id=job.id, name=job.name)) for each, job in named
    )
    return replace(alert, grouped=parts.grouped(together), affected=())


def _member_run(alert: Alert) -> AlertRun:
    return parts.run(f"{parts.HOST}/deploy/1/projects/11/runs/{parts.RUN_ID}", at=alert.at)


_SPECIAL: Final[dict[Case, Callable[[Alert], Alert]]] = {
    Case.WARNING: parts.warned,
    Case.CANCELLED: parts.cancelled,
    Case.LATE: parts.late,
    Case.SLOW: parts.slow,
    Case.ANOMALY: parts.anomaly,
    Case.RECOVERED: parts.recovered,
    Case.GROUPED: _grouped,
    Case.ESCALATION: _escalated,
    Case.DIGEST: parts.digest,
}
