"""Messages as a renderer would make them, each with what a test is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.model.alert import Alert, AlertJob, AlertRun, Audience, Case, Drill, FailedThing
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from reconciler.model.telling import NodeKind

NOW = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)
STARTED = NOW - timedelta(minutes=72)

A_TEST = FailedThing(
    name="not_null_orders_id",
    kind=NodeKind.TEST,
    unique_id="test.shop.not_null_orders_id.1a2b",
    error="Got 3 results, configured to fail if != 0",
    file="models/orders.yml",
    relation='"analytics"."shop"."not_null_orders_id"',
    owner="maria",
    owner_email="maria@acme.example",
    docs_url="https://ab123.us1.dbt.com/docs/#!/test/test.shop.not_null_orders_id.1a2b",
    failures=3,
    parents=("model.shop.orders",),
    seconds=1.5,
)
A_MODEL = FailedThing(
    name="fct_revenue",
    kind=NodeKind.MODEL,
    unique_id="model.shop.fct_revenue",
    error='Database Error in model fct_revenue\n  column "amount" does not exist',
    file="models/fct_revenue.sql",
    relation='"analytics"."shop"."fct_revenue"',
    owner="Ana",
    seconds=4.25,
)


def an_alert(**given: Any) -> Alert:  # noqa: ANN401 - the fields of Alert
    settled: dict[str, Any] = {
        "id": "70403103916842:9001:failure:1",
        "incident": "70403103916842:101:failure:9001",
        "case": Case.FAILURE,
        "outcome": Outcome.FAILURE,
        "job": AlertJob(
            id=101, name="Daily Revenue", project="Finance", environment="Production", production=True, url="https://j"
        ),
        "at": NOW,
        "now": NOW,
        "severity": "CRITICAL",
        "rank": 1,
        "run": AlertRun(id=9001, url="https://ab123.us1.dbt.com/runs/9001", started_at=STARTED, finished_at=NOW),
        "failed": (A_MODEL, A_TEST),
        "node_seconds": (("stg_orders", "success", 2.0), ("fct_revenue", "error", 4.25)),
    }
    return Alert(**{**settled, **given})


def a_message(
    kind: str,
    parts: Mapping[str, str] | None = None,
    *,
    alert: Alert | None = None,
    **given: Any,  # noqa: ANN401
) -> Message:
    settled: dict[str, Any] = {"case": Case.FAILURE, "audience": Audience.ENGINEERS}
    return Message(kind=kind, alert=alert or an_alert(), parts=parts or {}, **{**settled, **given})


def a_drill(alert: Alert) -> Alert:
    return replace(alert, test=Drill(correlation="drill-7"))
