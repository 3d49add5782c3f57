"""Drift to render: one finding of each kind, one with hostile names, and none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from reconciler.model.actions import SettingChange
from reconciler.model.drift import Drift, DriftFinding, DriftKind, Ignored, Repair
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import LedgerWrite
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, GuardName, Names
from reconciler.model.policy import IgnoredDrift
from reconciler.model.problem import Position
from tests.render.plans import HOSTILE

MARIA, SLACK = RecipientKey.user(1), RecipientKey.slack("C0123456789")
LAST_WRITE = LedgerWrite(at="2026-01-07T12:00:00+00:00", actor="zoe", commit="4f5e6d7a8b9c0d", plan_digest="")
REPAIR = "dbt-alerts apply --repair-drift"


def _finding(kind: DriftKind, what: str, *, repair: Repair = Repair.REPAIR_DRIFT, step: str = REPAIR) -> DriftFinding:
    return DriftFinding(kind=kind, what=what, next_step=step, repair=repair, team="finance")


def _findings() -> tuple[DriftFinding, ...]:
    off = _finding(DriftKind.WEBHOOK_SWITCHED_OFF, "dbt Cloud switched it off: 7 days of failed deliveries")
    told = (SettingChange(name="slack_channel_name", before="#data-alerts", after="#other"),)
    return (
        replace(_finding(DriftKind.LEDGER_LOST, "it is empty", repair=Repair.BY_HAND), about="the ledger"),
        replace(
            off,
            webhook="finance/lineage",
            jobs=(101, 102),
            details=("nothing is sent to https://catalog.acme.example", "last delivery 3 days ago, answered 410"),
            allow="rearm=1",
        ),
        replace(
            _finding(DriftKind.COVERAGE_LOST, "nobody is told any more when it fails"),
            outcomes=(Outcome.FAILURE,),
            jobs=(101, 102),
            details=("until now: maria@acme.example",),
        ),
        replace(
            _finding(DriftKind.EDGE_REMOVED, "taken out of the list in dbt Cloud"),
            recipient=MARIA,
            outcomes=(Outcome.FAILURE,),
            jobs=(101, 102),
        ),
        replace(
            _finding(DriftKind.WEBHOOK_CHANGED, "somebody narrowed its jobs"),
            webhook="finance/feed",
            jobs=(102,),
            changes=(SettingChange(name="jobs", before=[101, 102], after=[101]),),
        ),
        replace(_finding(DriftKind.RECIPIENT_CHANGED, "its settings were changed"), recipient=SLACK, changes=told),
        replace(
            _finding(DriftKind.MODELS_CHANGED, "owners of models are no longer told of failure"),
            about="model notifications of Production of Finance",
        ),
        replace(
            _finding(DriftKind.JOB_INVISIBLE, "its job is in no list", repair=Repair.BY_HAND, step="check the token"),
            recipient=MARIA,
            outcomes=(Outcome.FAILURE,),
            jobs=(999,),
        ),
    )


def everything() -> Drift:
    """Return drift in which every part has something to say."""
    entry = IgnoredDrift(
        at=Position("policies/finance.yml", 9, 5), team="finance", until=date(2027, 1, 5), reason="moved", to="room"
    )
    ignored = replace(_finding(DriftKind.RECIPIENT_GONE, "the whole notification was deleted"), recipient=SLACK)
    return Drift(
        host="ab123.us1.dbt.com",
        account_id=70403103916842,
        manager="acme-data-alerts",
        at=datetime(2026, 1, 10, 12, tzinfo=UTC),
        findings=_findings(),
        ignored=(Ignored(entry=entry, findings=(ignored,)),),
        notes=("webhook finance/found: its secret is unknown",),
        guards=(
            GuardFinding(guard=GuardName.REARM, message="1 webhook(s) would be switched on again", allow="rearm=1"),
            GuardFinding(guard=GuardName.CONFLICT, message="another manager is at work"),
        ),
        owned=12,
        left_by=LAST_WRITE,
        policy_applied=False,
        policy_changes=2,
        from_snapshot=True,
        taken_at="2026-01-10T11:00:00+00:00",
        calls=6,
        names=Names(
            jobs={101: "Daily Revenue", 102: "Hourly Orders"},
            recipients={MARIA: "maria@acme.example", SLACK: "#data-alerts"},
        ),
    )


def hostile() -> Drift:
    """Return drift whose remote texts try to break out of every medium."""
    finding = replace(
        _finding(DriftKind.WEBHOOK_SWITCHED_OFF, f"dbt Cloud switched it off: {HOSTILE}"), webhook=f"x/{HOSTILE}"
    )
    removed = replace(
        _finding(DriftKind.EDGE_REMOVED, "taken out"), recipient=SLACK, outcomes=(Outcome.FAILURE,), jobs=(1,)
    )
    return replace(
        everything(),
        findings=(finding, removed),
        ignored=(),
        notes=(HOSTILE,),
        names=Names(jobs={1: HOSTILE}, recipients={SLACK: "#chan\r\nnel`|"}),
    )


def nothing() -> Drift:
    return replace(everything(), findings=(), ignored=(), notes=(), guards=(), policy_applied=True, from_snapshot=False)


def lost() -> Drift:
    return replace(nothing(), ledger_empty=True, owned=0, left_by=None, policy_applied=None)
