"""Drift and plan never disagree: what drift calls repairable is what `plan --repair-drift` puts back, all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.drift.find import find_drift
from reconciler.drift.looked import Looked
from reconciler.model.actions import AddEdge, Cause
from reconciler.model.drift import DriftKind, Repair
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Ledger, Others
from reconciler.model.outcome import Outcome
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import ACCOUNT_ID, HOST, claim, dbt_user, inventory, job, notification, policy, row, selector, user

JOBS = (101, 102, 103, 104)
PEOPLE = (1, 2)
EVERY = [
    Edge(RecipientKey.user(who), outcome, each)
    for who in PEOPLE
    for outcome in (Outcome.FAILURE, Outcome.SUCCESS)
    for each in JOBS
]
some_edges = st.frozensets(st.sampled_from(EVERY))
some_jobs = st.frozensets(st.sampled_from(JOBS))
VANISHED = {DriftKind.EDGE_REMOVED, DriftKind.RECIPIENT_GONE}


@given(
    owned=some_edges,
    wanted=some_edges,
    there=some_edges,
    theirs=some_edges,
    deleted=some_jobs,
    hidden=some_jobs,
    rows=st.frozensets(st.sampled_from(PEOPLE)),
    active=st.frozensets(st.sampled_from(PEOPLE)),
)
def test_what_drift_calls_repairable_is_what_a_plan_repairs(
    *,
    owned: frozenset[Edge],
    wanted: frozenset[Edge],
    there: frozenset[Edge],
    theirs: frozenset[Edge],
    deleted: frozenset[int],
    hidden: frozenset[int],
    rows: frozenset[int],
    active: frozenset[int],
) -> None:
    live = inventory(
        jobs=[job(id=each, name=f"Job {each}", deleted=each in deleted) for each in JOBS if each not in hidden],
        users=[user(id=who, email=f"{who}@acme.example", active=who in active) for who in PEOPLE],
        rows=[
            row(id=900 + who, user_id=who, key=RecipientKey.user(who), jobs=_lists(there, RecipientKey.user(who)))
            for who in rows
        ],
    )
    what = policy(
        channels=[dbt_user(f"p{who}", email=f"{who}@acme.example") for who in PEOPLE],
        notifications=[
            notification(
                to=[f"p{each.recipient.value}"], on=[each.outcome], jobs=selector(ids=[each.job_id], optional=True)
            )
            for each in sorted(wanted)
        ],
    )
    desired = desire(what, live)
    base = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="acme-data-alerts", generation=1)
    ledger = replace(base, claims={each: claim(each) for each in owned})
    others = Others(ledgers=(replace(base, claims={each: claim(each) for each in theirs}),), shared=True)
    plan = build_plan(desired=desired, inventory=live, ledger=ledger, intent=Intent(repair_drift=True), others=others)
    now = datetime(2026, 1, 10, tzinfo=UTC)
    looked = Looked(plan=plan, desired=desired, inventory=live, ledger=ledger, others=others.edges, now=now)
    found = find_drift(looked, what).findings
    told = [
        Edge(finding.recipient, outcome, job_id)
        for finding in found
        if finding.kind in VANISHED and finding.repair is Repair.REPAIR_DRIFT
        for outcome in finding.outcomes
        for job_id in finding.jobs
        if finding.recipient is not None
    ]
    repaired = [each.edge for each in plan.actions if isinstance(each, AddEdge) and each.cause is Cause.DRIFT]
    assert sorted(told) == sorted(repaired)
    concerned = {(each.recipient, what, job_id) for each in found for what in each.outcomes for job_id in each.jobs}
    assert {each for each in concerned if each[0] is not None} <= set(owned)


def _lists(edges: frozenset[Edge], key: RecipientKey) -> dict[Outcome, list[int]]:
    found: dict[Outcome, list[int]] = {}
    for each in edges:
        if each.recipient == key:
            found.setdefault(each.outcome, []).append(each.job_id)
    return found
