"""What counts as drift, on plain values: whose it is, who is still told, and who could be reached at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.drift.find import find_drift
from reconciler.drift.looked import Looked
from reconciler.model.actions import AdoptEdge, Cause, StartModels, StopModels
from reconciler.model.drift import Drift, DriftKind, Repair
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory, Subscription
from reconciler.model.ledger import (
    Claim,
    Ledger,
    LedgerWrite,
    Others,
    RecipientSettings,
    SubscriptionClaim,
    SubscriptionState,
)
from reconciler.model.marker import Marker
from reconciler.model.model_notifications import ModelClaim, ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy, SecretSink, SinkKind
from reconciler.model.rotation import Successor
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    at,
    claim,
    dbt_slack,
    dbt_user,
    edge,
    inventory,
    job,
    notification,
    policy,
    row,
    rule,
    selector,
    user,
    webhook,
)

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MARIA, BEN, SLACK = RecipientKey.user(1), RecipientKey.user(2), RecipientKey.slack("C0123456789")
SINK = SecretSink(kind=SinkKind.COMMAND, at=at())
KEY = "default/lineage"


LEDGER = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="acme-data-alerts", generation=3)


def ledger(*claims: Claim, pending: Iterable[Claim] = (), webhooks: Iterable[SubscriptionClaim] = ()) -> Ledger:
    return replace(
        LEDGER,
        claims={each.edge: each for each in claims},
        pending={each.edge: each for each in pending},
        subscriptions={each.key: each for each in webhooks},
    )


def look(what: Policy, live: Inventory, owned: Ledger, *, others: Others | None = None) -> Drift:
    theirs = others or Others()
    desired = desire(what, live)
    intent = Intent(repair_drift=True)
    plan = build_plan(desired=desired, inventory=live, ledger=owned, intent=intent, others=theirs)
    looked = Looked(plan=plan, desired=desired, inventory=live, ledger=owned, others=theirs.edges, now=NOW)
    return find_drift(looked, what)


def kinds(drift: Drift) -> list[DriftKind]:
    return [finding.kind for finding in drift.findings]


def others(*edges: Edge) -> Others:
    theirs = replace(ledger(*(claim(each) for each in edges)), manager="somebody-else")
    return Others(ledgers=(theirs,), shared=True)


# --- whose it is -----------------------------------------------------------------------------------------------------
def test_an_edge_that_is_nobodys_claim_is_never_drift() -> None:
    live = inventory(rows=[row(key=BEN, jobs={Outcome.FAILURE: [101]})], users=[user(), user(id=2, active=False)])
    assert kinds(look(policy(), live, ledger())) == []


@pytest.mark.parametrize("deleted", [True, False])
def test_an_edge_that_another_manager_took_over_is_theirs_to_watch(deleted: bool) -> None:
    mine = edge(key=MARIA)
    live = inventory(
        jobs=[job(deleted=deleted)], rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})], users=[user(active=False)]
    )
    assert kinds(look(policy(), live, ledger(claim(mine)), others=others(mine))) == []


def test_an_edge_that_both_want_is_ours_too() -> None:
    mine = edge(key=MARIA)
    found = look(policy(notifications=[notification()]), inventory(), ledger(claim(mine)), others=others(mine))
    assert DriftKind.RECIPIENT_GONE in kinds(found)


def test_an_invisible_edge_of_another_manager_too_is_theirs() -> None:
    mine = edge(key=MARIA, job_id=999)
    live = inventory(rows=[row(key=MARIA, jobs={Outcome.FAILURE: [999]})])
    assert kinds(look(policy(), live, ledger(claim(mine)))) == [DriftKind.JOB_INVISIBLE]
    assert kinds(look(policy(), live, ledger(claim(mine)), others=others(mine))) == []


def test_an_announced_edge_that_never_came_is_not_missed() -> None:
    announced = claim(edge(key=MARIA))
    found = look(policy(notifications=[notification()]), inventory(), ledger(pending=[announced]))
    assert kinds(found) == []


# --- who is told -----------------------------------------------------------------------------------------------------
def test_somebody_elses_edge_keeps_a_job_covered() -> None:
    wants, mine = policy(notifications=[notification()]), claim(edge(key=MARIA))
    theirs = row(id=902, key=RecipientKey.email("x@acme.example"), jobs={Outcome.FAILURE: [101]})
    assert DriftKind.COVERAGE_LOST in kinds(look(wants, inventory(rows=[row(key=MARIA)]), ledger(mine)))
    assert kinds(look(wants, inventory(rows=[row(key=MARIA), theirs]), ledger(mine))) == [DriftKind.EDGE_REMOVED]


def test_an_edge_that_reaches_nobody_does_not_cover_a_job() -> None:
    wants, mine = policy(notifications=[notification()]), claim(edge(key=MARIA))
    live = inventory(rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})], users=[user(active=False)])
    assert kinds(look(wants, live, ledger(mine))) == [DriftKind.COVERAGE_LOST, DriftKind.NOT_DELIVERED]


def test_a_job_that_is_silent_on_purpose_is_not_lost() -> None:
    wants = policy(
        channels=[dbt_user()],
        jobs=[rule(match=selector(names=["Daily Revenue"]), silent=True)],
        notifications=[notification()],
    )
    silent = replace(wants.jobs[0], layer=replace(wants.jobs[0].layer, reason="replaced"))
    found = look(replace(wants, jobs=(silent,)), inventory(rows=[row(key=MARIA)]), ledger(claim(edge(key=MARIA))))
    assert DriftKind.COVERAGE_LOST not in kinds(found)


def test_a_success_that_nobody_is_told_of_is_no_lost_coverage() -> None:
    wants = policy(notifications=[notification(on=[Outcome.SUCCESS])])
    mine = claim(edge(key=MARIA, outcome=Outcome.SUCCESS))
    assert kinds(look(wants, inventory(rows=[row(key=MARIA)]), ledger(mine))) == [DriftKind.EDGE_REMOVED]


def test_slack_that_another_user_stands_for_is_repaired_by_putting_ours_back() -> None:
    wants = policy(channels=[dbt_slack()], notifications=[notification(to=["data-alerts"])])
    mine = claim(edge(key=SLACK), channel="data-alerts")
    live = inventory(
        rows=[row(key=SLACK, user_id=2, slack_channel_name="#data-alerts", jobs={Outcome.FAILURE: [101]})],
        users=[user(), user(id=2, email="gone@acme.example", active=False)],
    )

    applied = {SLACK: RecipientSettings(slack_channel_name="#data-alerts", user_id=1)}
    found = look(wants, live, replace(ledger(mine), recipients=applied))
    assert kinds(found) == [DriftKind.COVERAGE_LOST, DriftKind.NOT_DELIVERED, DriftKind.RECIPIENT_CHANGED]
    assert {finding.repair for finding in found.findings} == {Repair.REPAIR_DRIFT}
    (changed,) = found.findings[2].changes
    assert (changed.before, changed.after) == ("maria@acme.example", "gone@acme.example")


def test_a_person_that_live_does_not_know_is_called_by_their_channel() -> None:
    wants = policy(notifications=[notification()])
    live = inventory(users=[user(id=2, email="ben@acme.example")])
    found = look(wants, live, ledger(claim(edge(key=MARIA))))
    gone = next(finding for finding in found.findings if finding.kind is DriftKind.RECIPIENT_GONE)
    assert found.names.recipients[MARIA] == "maria (user:1)"
    assert "no user of the account any more" in gone.what
    assert gone.repair is Repair.BY_HAND


# --- jobs ------------------------------------------------------------------------------------------------------------
def test_a_protected_entry_of_a_deleted_job_says_how_it_is_lifted() -> None:
    live = inventory(jobs=[job(deleted=True)], rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})])
    (found,) = look(policy(), live, ledger(claim(edge(key=MARIA), protected=True))).findings
    assert (found.kind, found.repair) == (DriftKind.JOB_DELETED, Repair.BY_HAND)
    assert "protect: false" in found.next_step


def test_alike_findings_are_one_with_all_their_jobs() -> None:
    jobs = [job(id=number, name=f"Job {number}") for number in (101, 102, 103)]
    owned = [claim(edge(key=MARIA, job_id=each.id)) for each in jobs]
    live = inventory(jobs=jobs, rows=[row(key=MARIA)])
    lost, removed = look(policy(notifications=[notification()]), live, ledger(*owned)).findings
    assert (lost.jobs, removed.jobs) == ((101, 102, 103), (101, 102, 103))


def test_outcomes_of_the_same_jobs_are_one_finding_too() -> None:
    both = (Outcome.CANCELLED, Outcome.FAILURE)
    owned = [claim(edge(key=MARIA, outcome=each)) for each in both]
    found = look(policy(notifications=[notification(on=both)]), inventory(rows=[row(key=MARIA)]), ledger(*owned))
    (removed,) = (each for each in found.findings if each.kind is DriftKind.EDGE_REMOVED)
    assert set(removed.outcomes) == set(both)


LEO_LEFT = inventory(rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})], users=[user(active=False)])


def test_who_could_not_be_reached_when_we_took_them_over_is_a_note_and_no_drift() -> None:
    wants = policy(notifications=[notification()])
    desired = desire(wants, LEO_LEFT)
    plan = build_plan(desired=desired, inventory=LEO_LEFT, ledger=ledger(), intent=Intent())
    (taken,) = (each for each in plan.actions if isinstance(each, AdoptEdge))
    drift = look(wants, LEO_LEFT, ledger(taken.claim))
    assert kinds(drift) == []
    (note,) = (each for each in drift.notes if "as when they were taken over" in each)
    assert "take them out of the policy" in note


def test_who_could_be_reached_when_we_took_them_over_and_left_since_is_drift() -> None:
    wants = policy(notifications=[notification()])
    here = replace(LEO_LEFT, users={1: user()})
    plan = build_plan(desired=desire(wants, here), inventory=here, ledger=ledger(), intent=Intent())
    (taken,) = (each for each in plan.actions if isinstance(each, AdoptEdge))
    assert kinds(look(wants, LEO_LEFT, ledger(taken.claim))) == [DriftKind.COVERAGE_LOST, DriftKind.NOT_DELIVERED]
    assert kinds(look(wants, here, ledger(taken.claim))) == []


def test_an_address_is_named_once() -> None:
    key = RecipientKey.email("x@acme.example")
    found = look(policy(), inventory(rows=[row(key=key)]), ledger(claim(edge(key=key))))
    assert found.names.recipients.get(key, key.value) == "x@acme.example"


# --- webhooks --------------------------------------------------------------------------------------------------------
APPLIED: dict[str, Any] = {
    "name": "lineage",
    "url": "https://catalog.acme.example/dbt",
    "events": ["job.run.completed"],
    "jobs": [101],
    "description": str(Marker(manager="acme-data-alerts", team="default", name="lineage")),
    "active": True,
}


WEBHOOK = Subscription(
    id="wsu_1",
    name="lineage",
    url=APPLIED["url"],
    events=frozenset(APPLIED["events"]),
    jobs=frozenset({101}),
    description=APPLIED["description"],
    active=True,
)
OFF = replace(WEBHOOK, active=False)
ARMED = SubscriptionClaim(
    key=KEY, team="default", id="wsu_1", receipt="kept", applied=APPLIED, state=SubscriptionState.ARMED
)


def of_webhook(
    live: Inventory, owned: SubscriptionClaim, *, wanted: bool = True, sink: SecretSink | None = SINK
) -> Drift:
    rules = [webhook(secret_sink=sink)] if wanted else []
    return look(policy(webhooks=rules), live, ledger(webhooks=[owned]))


def test_a_webhook_as_it_was_left_is_quiet() -> None:
    assert kinds(of_webhook(inventory(subscriptions=[WEBHOOK]), ARMED)) == []


@pytest.mark.parametrize(
    ("reason", "kind"), [("too many failures", DriftKind.WEBHOOK_SWITCHED_OFF), (None, DriftKind.WEBHOOK_PAUSED)]
)
def test_who_switched_a_webhook_off_is_told_apart(reason: str | None, kind: DriftKind) -> None:
    live = inventory(
        subscriptions=[replace(OFF, deactivate_reason=reason, last_status="503", dispatched_at="1767787200000000")]
    )
    (found,) = of_webhook(live, ARMED).findings
    assert (found.kind, found.loud, found.allow) == (kind, True, "rearm=1")
    assert found.details == (
        "nothing is sent to https://catalog.acme.example",
        "last delivery 3 days ago, answered 503",
    )


def test_a_webhook_that_the_policy_keeps_off_is_not_missed() -> None:
    off = {**APPLIED, "active": False}
    live = inventory(subscriptions=[OFF])
    rules = [replace(webhook(secret_sink=SINK), active=False)]
    assert kinds(look(policy(webhooks=rules), live, ledger(webhooks=[replace(ARMED, applied=off)]))) == []


def test_a_webhook_without_its_secret_is_not_switched_on_by_any_apply() -> None:
    adopted = replace(ARMED, state=SubscriptionState.SECRET_UNKNOWN, receipt=None)
    drift = of_webhook(inventory(subscriptions=[OFF]), adopted)
    (found,) = drift.findings
    assert (found.kind, found.repair, found.allow) == (DriftKind.WEBHOOK_PAUSED, Repair.BY_HAND, None)
    assert found.next_step.startswith(f"`dbt-alerts rotate {KEY}`; or switch it on in dbt Cloud")
    (without,) = of_webhook(inventory(subscriptions=[OFF]), adopted, sink=None).findings
    assert without.next_step.startswith(f"give it a `secret_sink`, then `dbt-alerts rotate {KEY}`; or switch")
    assert any("secret unknown" in note for note in drift.notes)


def test_a_webhook_that_is_gone_needs_a_sink_to_come_back() -> None:
    (without,) = of_webhook(inventory(), ARMED, sink=None).findings
    assert (without.kind, without.repair) == (DriftKind.WEBHOOK_GONE, Repair.BY_HAND)
    assert "secret_sink" in without.next_step
    (found,) = of_webhook(inventory(), ARMED).findings
    assert found.repair is Repair.REPAIR_DRIFT


def test_a_webhook_that_is_to_take_the_place_of_one_that_is_gone_is_no_copy() -> None:
    rotating = replace(ARMED, successor=Successor(id="wsu_2", receipt="kept"))
    (found,) = of_webhook(inventory(subscriptions=[replace(WEBHOOK, id="wsu_2")]), rotating).findings
    assert (found.kind, found.repair) == (DriftKind.WEBHOOK_GONE, Repair.BY_HAND)
    assert "dbt-alerts rotate default/lineage" in found.next_step


def test_a_dropped_webhook_that_is_gone_is_not_missed_and_one_that_woke_is_told() -> None:
    tomb = replace(ARMED, state=SubscriptionState.TOMBSTONED)
    assert kinds(of_webhook(inventory(), tomb, wanted=False)) == []
    assert kinds(of_webhook(inventory(subscriptions=[OFF]), tomb, wanted=False)) == []
    (woke,) = of_webhook(inventory(subscriptions=[WEBHOOK]), tomb, wanted=False).findings
    assert (woke.kind, woke.repair) == (DriftKind.WEBHOOK_CHANGED, Repair.APPLY)


@pytest.mark.parametrize(
    ("jobs", "said", "lost"),
    [
        (frozenset({101}), "somebody narrowed its jobs", (102,)),
        (frozenset({101, 102, 103}), "somebody added jobs to it", ()),
    ],
)
def test_narrowed_jobs_are_named(jobs: frozenset[int], said: str, lost: tuple[int, ...]) -> None:
    live = inventory(jobs=[job(id=each) for each in (101, 102)], subscriptions=[replace(WEBHOOK, jobs=jobs)])
    live = replace(live, jobs={**live.jobs, 103: job(id=103, project_id=2)})
    drift = of_webhook(live, replace(ARMED, applied={**APPLIED, "jobs": [101, 102]}))
    (found,) = drift.findings
    assert (found.what, found.jobs) == (said, lost)


# --- when ------------------------------------------------------------------------------------------------------------
def test_it_is_measured_from_the_last_write_and_the_policy_last_applied() -> None:
    write = LedgerWrite(at="2026-01-07T12:00:00+00:00", actor="zoe", commit="abc", plan_digest="")
    drift = look(policy(), inventory(), replace(ledger(), log=(write,), policy_digest="0" * 64))
    assert (drift.left_by, drift.policy_applied) == (write, True)
    assert look(policy(), inventory(), replace(ledger(), policy_digest="1" * 64)).policy_applied is False
    assert look(policy(), inventory(), ledger()).policy_applied is None


# --- model notifications ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "said"),
    [(StartModels, "owners of models are no longer told of failure"), (StopModels, "somebody switched on failure")],
)
def test_model_notifications_that_somebody_changed_are_told_by_environment(
    action: type[StartModels | StopModels], said: str
) -> None:
    live, models = inventory(), ModelClaim(environment_id=11, project_id=1, team="finance")
    change = action(claim=models, outcome=ModelOutcome.FAILURE, cause=Cause.DRIFT)
    plan = build_plan(desired=desire(policy(), live), inventory=live, ledger=ledger(), intent=Intent(repair_drift=True))
    looked = Looked(
        plan=replace(plan, actions=(change,)),
        desired=desire(policy(), live),
        inventory=live,
        ledger=ledger(),
        now=NOW,
    )
    (found,) = find_drift(looked, policy()).findings
    assert (found.kind, found.what, found.team) == (DriftKind.MODELS_CHANGED, said, "finance")
    assert found.about == "model notifications of Production of Finance"
