"""The parts of the made-up story that synthetic alerts tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from reconciler.model.alert import (
    Action,
    Alert,
    AlertJob,
    AlertRun,
    CauseKind,
    Change,
    Digested,
    Escalated,
    FailedThing,
    Grouped,
    Lateness,
    LikelyCause,
    Past,
    Skipped,
    Slowness,
)
from reconciler.model.telling import Cause, NodeKind

__all__ = [
    "GROUP_JOBS",
    "GROUP_KINDS",
    "HOST",
    "LATE_CAUSES",
    "RUN_ID",
    "actions",
    "anomaly",
    "bare",
    "cancelled",
    "change",
    "completed",
    "digest",
    "escalated",
    "failed",
    "grouped",
    "late",
    "late_because",
    "likely",
    "past",
    "recovered",
    "run",
    "skipped",
    "slow",
    "timeout",
    "warned",
]

HOST: Final = "https://ab123.us1.dbt.com"
RUN_ID: Final = 90210
GROUP_KINDS: Final = (NodeKind.MODEL, NodeKind.TEST, NodeKind.MODEL)
GROUP_JOBS: Final = (
    AlertJob(id=3101, name="Daily Revenue"),
    AlertJob(id=3102, name="Hourly Orders"),
    AlertJob(id=3103, name="Month Close"),
)
LATE_CAUSES: Final = (Cause.EVERY, Cause.STALE, Cause.TOO_LONG, Cause.DEACTIVATED)

_DOCS: Final = f"{HOST}/explore/1/projects/11/environments/111"
_REPOSITORY: Final = "https://github.com/acme/dbt-finance"
_COMMIT: Final = "9f2c1d7ab04e4f3c8d5e6f708192a3b4c5d6e7f8"
_PREVIOUS: Final = "41aa0be2c3d4e5f60718293a4b5c6d7e8f901234"
_FILE: Final = "models/marts/finance/fct_revenue.sql"
_COMPILED: Final = f"target/compiled/finance/{_FILE}"
_RELATION: Final = "ANALYTICS.FINANCE.STG_PAYMENTS"
_MISSING_COLUMN: Final = (
    "Database Error in model fct_revenue (models/marts/finance/fct_revenue.sql)\n"
    "  000904 (42000): SQL compilation error: error line 14 at position 4\n"
    "  invalid identifier 'AMOUNT_EUR'\n"
    "  compiled code at target/run/finance/models/marts/finance/fct_revenue.sql"
)
_TEST_TABLE: Final = "ANALYTICS.DBT_TEST__AUDIT.NOT_NULL_FCT_REVENUE_AMOUNT"


def run(url: str, *, at: datetime) -> AlertRun:
    return AlertRun(
        id=RUN_ID,
        url=url,
        started_at=at - timedelta(minutes=42),
        finished_at=at,
        cause="scheduled",
        message="dbt command failed",
        docs_url=_DOCS,
    )


def past(now: datetime) -> Past:
    return Past(
        usual=timedelta(minutes=18),
        counted=20,
        failures_in_a_row=2,
        last_success=now - timedelta(days=2, hours=5),
        occurrences=(now - timedelta(days=1), now - timedelta(days=9)),
        same_error=1,
    )


def failed(of: NodeKind) -> tuple[FailedThing, ...]:
    """Return what failed: with a model also the test on it, everything else alone."""
    things = {NodeKind.MODEL: (_model(), _test()), NodeKind.TEST: (_test(),), NodeKind.FRESHNESS: (_source(),)}
    return things.get(of, (_step(),))


def _model() -> FailedThing:
    return FailedThing(
        name="fct_revenue",
        kind=NodeKind.MODEL,
        unique_id="model.finance.fct_revenue",
        error=_MISSING_COLUMN,
        file=_FILE,
        line=14,
        file_url=f"{_REPOSITORY}/blob/{_COMMIT}/{_FILE}",
        compiled_file=_COMPILED,
        relation="ANALYTICS.FINANCE.FCT_REVENUE",
        owner="Finance data team",
        owner_email="maria@acme.example",
        docs_url=f"{_DOCS}/details/model.finance.fct_revenue",
        neighbours=("not_null_fct_revenue_amount", "unique_stg_payments_id"),
        parents=("stg_payments", "stg_orders"),
        seconds=2.4,
        tags=("revenue",),
        description="One row for each day and market, with its revenue in euro",
    )


def _test() -> FailedThing:
    name = "not_null_fct_revenue_amount"
    return FailedThing(
        name=name,
        kind=NodeKind.TEST,
        unique_id=f"test.finance.{name}.1a2b3c",
        error=f"Failure in test {name} (models/marts/finance/schema.yml)\n  Got 37 results, configured to fail if != 0",
        file="models/marts/finance/schema.yml",
        file_url=f"{_REPOSITORY}/blob/{_COMMIT}/models/marts/finance/schema.yml",
        compiled_file=f"target/compiled/finance/models/marts/finance/schema.yml/{name}.sql",
        relation=_TEST_TABLE,
        owner="Finance data team",
        owner_email="maria@acme.example",
        docs_url=f"{_DOCS}/details/test.finance.{name}.1a2b3c",
        failures=37,
        failures_query=f"select * from {_TEST_TABLE} limit 100",  # noqa: S608 - for people to copy
        neighbours=("unique_fct_revenue_id", "relationships_fct_revenue_market_id"),
        parents=("fct_revenue",),
        seconds=1.1,
        tags=("revenue",),
    )


def _source() -> FailedThing:
    return FailedThing(
        name="payments",
        kind=NodeKind.FRESHNESS,
        unique_id="source.finance.stripe.payments",
        error="stale: the newest row is of 3 Jan 2026, 01:02 UTC, 12 h 23 min ago; allowed are 6 h",
        file="models/staging/stripe/sources.yml",
        file_url=f"{_REPOSITORY}/blob/{_COMMIT}/models/staging/stripe/sources.yml",
        relation="RAW.STRIPE.PAYMENTS",
        owner="Ingestion",
        docs_url=f"{_DOCS}/details/source.finance.stripe.payments",
        seconds=0.6,
    )


def _step() -> FailedThing:
    return FailedThing(
        name="Clone git repository",
        kind=NodeKind.INFRASTRUCTURE,
        error="fatal: could not read from remote repository.\nPlease make sure you have the correct access rights.",
    )


def skipped(of: NodeKind) -> tuple[Skipped, ...]:
    because = failed(of)[0].name
    return (Skipped(because=because, count=14, names=("rpt_revenue_daily", "rpt_revenue_weekly", "dim_market_value")),)


def likely(of: NodeKind) -> LikelyCause:
    return {
        NodeKind.MODEL: LikelyCause(
            kind=CauseKind.SCHEMA_CHANGE,
            sentence="A column that the model reads is not there: AMOUNT_EUR.",
            because="invalid identifier 'AMOUNT_EUR'",
        ),
        NodeKind.TEST: LikelyCause(
            kind=CauseKind.DATA,
            sentence="The data is not what a test expects.",
            because="Got 37 results",
        ),
        NodeKind.FRESHNESS: LikelyCause(
            kind=CauseKind.FRESHNESS, sentence="The source was not loaded in time.", because="stale"
        ),
        NodeKind.INFRASTRUCTURE: LikelyCause(
            kind=CauseKind.PERMISSION,
            sentence="dbt Cloud may not read the repository.",
            because="make sure you have the correct access rights",
        ),
    }[of]


def timeout() -> LikelyCause:
    return LikelyCause(kind=CauseKind.TIMEOUT, sentence="The run took longer than it may.", because="timed out")


def change() -> Change:
    return Change(
        commit=_COMMIT,
        branch="main",
        author="jonas",
        pull_request=481,
        previous_commit=_PREVIOUS,
        commit_url=f"{_REPOSITORY}/commit/{_COMMIT}",
        compare_url=f"{_REPOSITORY}/compare/{_PREVIOUS}...{_COMMIT}",
        pull_request_url=f"{_REPOSITORY}/pull/481",
    )


def actions(of: NodeKind) -> tuple[Action, ...]:
    if of is NodeKind.INFRASTRUCTURE:
        return (Action(text="Look at the log of the step “Clone git repository”", url=f"{HOST}/deploy"),)
    thing = failed(of)[0]
    look = thing.failures_query or f"select * from {_RELATION} limit 10"  # noqa: S608 - for people to copy
    return (
        Action(text="See the failing rows" if thing.failures else "Look at what it reads", code=look),
        Action(text=f"Open {thing.file} at the run's commit", url=thing.file_url),
        Action(text="See what changed since the last good run", url=change().compare_url),
        Action(text=f"If the schema changed, update {thing.file}"),
    )


def warned(alert: Alert) -> Alert:
    test = replace(_test(), error="Got 3 results, configured to warn if != 0", failures=3)
    return replace(alert, warned=(test,), succeeded_nodes=47, actions=actions(NodeKind.TEST)[:2])


def cancelled(alert: Alert) -> Alert:
    run_ = alert.run and replace(alert.run, message="Cancelled by jonas@acme.example")
    return replace(alert, run=run_, succeeded_nodes=12)


def late(alert: Alert) -> Alert:
    return replace(
        alert,
        cause=Cause.DUE,
        late=Lateness(
            name="revenue_dashboard",
            due=alert.now - timedelta(minutes=29),
            zone=alert.zone,
            cause=Cause.DUE,
            since=alert.now - timedelta(hours=8, minutes=29),
        ),
        actions=(Action(text="See the job's runs", url=alert.job.url),),
    )


def completed(alert: Alert) -> Alert:
    """Return the same deadline once the job ended at last, 25 minutes late."""
    if alert.late is None or alert.late.due is None:
        return alert
    ended = alert.late.due + timedelta(minutes=25)
    run_ = run(f"{HOST}/deploy/1/projects/11/runs/{RUN_ID}", at=ended)
    return replace(alert, late=replace(alert.late, completed_at=ended), run=replace(run_, message=""), actions=())


def late_because(alert: Alert, cause: Cause) -> Alert:
    limit = timedelta(minutes=90) if cause in {Cause.TOO_LONG, Cause.STALE} else None
    late_ = alert.late and replace(alert.late, cause=cause, limit=limit)
    running = cause is Cause.TOO_LONG
    run_ = run(f"{HOST}/deploy/1/projects/11/runs/{RUN_ID}", at=alert.now) if running else None
    return replace(alert, cause=cause, late=late_, run=run_ and replace(run_, finished_at=None, message=""))


def slow(alert: Alert) -> Alert:
    return replace(alert, slow=Slowness(took=timedelta(minutes=42), usual=timedelta(minutes=18), expected=50.0))


def anomaly(alert: Alert) -> Alert:
    return replace(alert, slow=Slowness(rate=80.0, expected=95.0, over=timedelta(days=7)))


def recovered(alert: Alert) -> Alert:
    return replace(alert, recovered_from=alert.at - timedelta(hours=1, minutes=12))


def grouped(members: tuple[Alert, ...]) -> Grouped:
    return Grouped(by="project", members=members, common_cause="All of them read stg_payments.")


def escalated(now: datetime) -> Escalated:
    return Escalated(
        level=2,
        since=now - timedelta(minutes=15),
        unless="acknowledged",
        note="are more people needed?",
        told=("data-critical", "oncall"),
    )


def digest(alert: Alert) -> Alert:
    day = timedelta(days=1)
    return replace(
        alert,
        job=replace(alert.job, id=0, name="informational", environment="", url=""),
        severity="INFORMATIONAL",
        rank=3,
        impact="",
        affected=(),
        digest=Digested(
            since=alert.now - day,
            until=alert.now,
            runs=126,
            succeeded=121,
            failures=(("Marketing Attribution", "3 times, last: invalid identifier 'CAMPAIGN_ID'"),),
            slowest=(("Full Refresh", timedelta(hours=2, minutes=5)), ("Marketing Attribution", timedelta(minutes=48))),
            trends=(("Marketing Attribution", 34.0), ("Inventory Snapshot", -8.0)),
            usage=(("Full Refresh", timedelta(hours=2, minutes=5)),),
            completions=(("Inventory Snapshot", 24), ("Marketing Attribution", 21)),
            anomalies=("Marketing Attribution takes 34 % longer than usual",),
            recommendations=("Marketing Attribution fails often and holds no rank: give it an owner",),
            include=(
                "success_rate",
                "completions",
                "failures",
                "slowest",
                "duration_trends",
                "usage",
                "anomalies",
                "recommendations",
            ),
        ),
    )


def bare(alert: Alert) -> Alert:
    """Return the alert as it is when only the event is there: no artifacts yet, and a policy that says nothing."""
    run_ = alert.run and replace(alert.run, docs_url="")
    return replace(
        alert,
        run=run_,
        severity="ALERT",
        rank=None,
        response="",
        impact="",
        owner="",
        team="",
        oncall=None,
        runbook="",
        failed=(),
        skipped=(),
        affected=(),
        likely=None,
        change=None,
        actions=(),
        past=Past(),
        node_owners=(),
        node_seconds=(),
        succeeded_nodes=0,
        missing=(
            "what failed: the run's artifacts are not there yet",
            "the runbook: the policy names none",
            "the impact: the policy says nothing",
        ),
    )
