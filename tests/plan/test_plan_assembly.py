"""A whole plan from values: causes, what is kept and why, who is told, and what the guards say."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.actions import (
    AddEdge,
    AdoptEdge,
    Cause,
    ChangeRecipient,
    EvictEdge,
    ForgetEdge,
    RemovalReason,
    RemoveEdge,
    UpdateClaim,
)
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Claim, Ledger, Origin, RecipientSettings
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardName, KeptWhy, Left, LeftWhy, Plan
from reconciler.model.policy import Policy, Scope
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent, will_run
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    claim,
    dbt_email,
    dbt_slack,
    dbt_user,
    edge,
    inventory,
    job,
    layer,
    notification,
    policy,
    relayed,
    row,
    rule,
    selector,
    tells,
    user,
    webhook,
)

MARIA = RecipientKey.user(1)
MAIL = RecipientKey.email("finance@acme.example")
FAILURE = Outcome.FAILURE


def ledger(*claims: Claim, pending: tuple[Claim, ...] = (), **values: object) -> Ledger:
    there = Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager="acme-data-alerts",
        generation=1,
        claims={each.edge: each for each in claims},
        pending={each.edge: each for each in pending},
    )
    return replace(there, **values)  # pyrefly: ignore[bad-argument-type]


def plan(wanted: Policy, there: Inventory, kept: Ledger | None = None, **intent: object) -> Plan:
    return build_plan(
        desired=desire(wanted, there),
        inventory=there,
        ledger=kept or ledger(),
        intent=Intent(**intent),  # pyrefly: ignore[bad-argument-type]
    )


def told(*job_ids: int, key: RecipientKey = MARIA) -> Inventory:
    """Return one account with jobs 101 to 106 in which `key` is told of failures of these."""
    jobs = [job(id=number, name=f"Job {number}") for number in range(101, 107)]
    return inventory(jobs=jobs, rows=[row(key=key, jobs={FAILURE: job_ids})])


def wants(*names: str) -> Policy:
    return policy(notifications=[notification(jobs=selector(names=names))])


def test_a_wanted_edge_that_is_not_there_is_added_by_the_policy() -> None:
    (action,) = plan(wants("Job 101"), told()).actions
    assert isinstance(action, AddEdge)
    assert (action.edge, action.cause) == (Edge(MARIA, FAILURE, 101), Cause.POLICY)


def test_one_that_was_ours_and_is_gone_is_drift_and_runs_only_when_asked() -> None:
    (action,) = plan(wants("Job 101"), told(), ledger(claim(edge()))).actions
    assert isinstance(action, AddEdge)
    assert action.cause is Cause.DRIFT
    assert not will_run(action, Intent())
    assert will_run(action, Intent(repair_drift=True))


def test_a_pending_edge_counts_as_ours_once_it_is_live() -> None:
    announced = ledger(pending=(claim(edge()),))
    (removed,) = plan(policy(), told(101), announced).actions
    (added,) = plan(wants("Job 101"), told(), announced).actions
    assert isinstance(removed, RemoveEdge)
    assert isinstance(added, AddEdge)
    assert added.cause is Cause.POLICY


def test_what_is_live_and_wanted_is_adopted_and_remembered_as_such() -> None:
    (action,) = plan(wants("Job 101"), told(101)).actions
    assert isinstance(action, AdoptEdge)
    assert action.claim.origin is Origin.ADOPTED


def test_a_foreign_edge_is_left_alone_and_counted() -> None:
    found = plan(policy(), told(101, 102))
    assert (found.actions, found.foreign) == ((), 2)


def test_an_owned_edge_of_a_deleted_job_dangles_and_goes() -> None:
    there = inventory(jobs=[job(deleted=True)], rows=[row(key=MARIA, jobs={FAILURE: [101]})])
    (action,) = plan(policy(), there, ledger(claim(edge()))).actions
    assert isinstance(action, RemoveEdge)
    assert action.reason is RemovalReason.DANGLING


def test_an_owned_edge_of_a_job_in_no_list_is_kept_as_invisible() -> None:
    there = inventory(rows=[row(key=MARIA, jobs={FAILURE: [999]})])
    found = plan(policy(), there, ledger(claim(edge(job_id=999))))
    assert found.actions == ()
    assert [kept.why for kept in found.kept] == [KeptWhy.INVISIBLE]


def test_outside_scope_it_is_held_and_that_is_no_difference() -> None:
    found = plan(policy(scope=Scope(projects=("Growth",))), told(101), ledger(claim(edge())))
    assert [kept.why for kept in found.kept] == [KeptWhy.HELD]
    assert not found.differs


def test_a_claim_on_nothing_is_forgotten() -> None:
    (action,) = plan(policy(), told(), ledger(claim(edge()))).actions
    assert isinstance(action, ForgetEdge)


def test_an_exclusive_channel_evicts_foreign_edges_inside_scope_only() -> None:
    alone = policy(channels=[dbt_user(exclusive=True)], scope=Scope(projects=("Finance",)))
    jobs = [job(), job(id=102, name="Growth job", project_id=2)]
    there = inventory(jobs=jobs, rows=[row(key=MARIA, jobs={FAILURE: [101, 102]})])
    found = plan(alone, there)
    assert [action.edge.job_id for action in found.actions if isinstance(action, EvictEdge)] == [101]


def test_two_rows_of_one_recipient_block_it_whole() -> None:
    rows = [row(key=MARIA, jobs={FAILURE: [101]}), row(id=902, key=MARIA)]
    there = inventory(jobs=[job(), job(id=102, name="Job 102")], rows=rows)
    found = plan(wants("Job 102"), there, ledger(claim(edge())))
    assert found.actions == ()
    assert [kept.why for kept in found.kept] == [KeptWhy.BLOCKED]
    assert found.blocked


def test_a_rule_without_match_keeps_what_it_had_and_the_rest_is_planned() -> None:
    both = policy(
        channels=[dbt_user(), dbt_email(owner="maria@acme.example")],
        notifications=[
            notification(jobs=selector(names=["Renamed"])),
            notification(to=["finance-mail"], jobs=selector(names=["Job 102"])),
        ],
    )
    found = plan(both, told(101), ledger(claim(edge())))
    assert [type(action) for action in found.actions] == [AddEdge]
    assert [kept.why for kept in found.kept] == [KeptWhy.BLOCKED]


def test_a_native_removal_waits_for_the_relay_that_shall_replace_it() -> None:
    moved = policy(
        channels=[dbt_user(), relayed()],
        jobs=[rule(layer=layer(notify={FAILURE: tells("data-critical")}))],
    )
    found = plan(moved, told(101), ledger(claim(edge())))
    assert [kept.why for kept in found.kept] == [KeptWhy.WAITING]
    assert not found.differs


def test_protection_holds_and_cannot_be_allowed() -> None:
    found = plan(policy(), told(101), ledger(claim(edge(), protected=True)), allow=frozenset({"coverage=1"}))
    assert [kept.why for kept in found.kept] == [KeptWhy.PROTECTED]
    assert [finding.allow for finding in found.guards if finding.guard is GuardName.PROTECTED] == [None]
    assert found.refused


def test_lifting_protection_is_an_entry_in_the_ledger_before_any_removal() -> None:
    lifting = policy(channels=[dbt_user(protect=False)], notifications=[notification(jobs=selector(names=["Job 101"]))])
    (action,) = plan(lifting, told(101), ledger(claim(edge(), protected=True))).actions
    assert isinstance(action, UpdateClaim)
    assert not action.claim.protected


def test_a_renamed_channel_is_a_setting_and_no_new_recipient() -> None:
    key = RecipientKey.slack("C0123456789")
    there = inventory(rows=[row(key=key, jobs={FAILURE: [101]}, slack_channel_name="#old")])
    renamed = policy(channels=[dbt_slack()], notifications=[notification(to=["data-alerts"])])
    owned = ledger(claim(edge(key=key), channel="data-alerts"))
    (action,) = plan(renamed, there, owned).actions
    assert isinstance(action, ChangeRecipient)
    assert action.cause is Cause.POLICY
    applied = replace(owned, recipients={key: RecipientSettings(slack_channel_name="#data-alerts", user_id=1)})
    (drifted,) = plan(renamed, there, applied).actions
    assert isinstance(drifted, ChangeRecipient)
    assert drifted.cause is Cause.DRIFT


def test_coverage_counts_only_recipients_that_can_deliver() -> None:
    departed = [user(), user(id=2, email="gone@acme.example", active=False)]
    rows = [row(key=RecipientKey.user(2), jobs={FAILURE: [101]}), row(id=902, key=None, jobs={FAILURE: [101]})]
    found = plan(policy(), inventory(users=departed, rows=rows))
    assert (found.told_before, found.told_after, found.jobs_in_scope) == (0, 0, 1)


def test_the_last_teller_of_a_job_is_not_removed_without_the_exact_allowance() -> None:
    there, owned = told(101), ledger(claim(edge()))
    refused = plan(policy(), there, owned, allow=frozenset({"coverage=2", "empty-team=default"}))
    allowed = plan(policy(), there, owned, allow=frozenset({"coverage=1", "empty-team=default"}))
    assert (refused.refused, allowed.refused) == (True, False)
    assert [finding.guard for finding in allowed.guards] == [GuardName.EMPTY_TEAM, GuardName.COVERAGE]


def test_a_job_declared_silent_is_listed_and_not_counted() -> None:
    silent = policy(jobs=[rule(silent=True, layer=layer(reason="shown in the pull request"))])
    found = plan(silent, told(101), ledger(claim(edge())))
    assert found.silenced == (101,)
    assert GuardName.COVERAGE not in [finding.guard for finding in found.guards]


def test_many_removals_need_their_exact_number() -> None:
    owned = ledger(*(claim(edge(job_id=number)) for number in range(101, 107)))
    found = plan(wants("Job 101", "Job 102"), told(101, 102, 103, 104, 105, 106), owned)
    (prune,) = [finding for finding in found.guards if finding.guard is GuardName.PRUNE]
    assert prune.allow == "prune=4"
    assert len(prune.items) == 2  # the team, and this repository


def test_three_removals_are_never_a_prune() -> None:
    owned = ledger(*(claim(edge(job_id=number)) for number in (101, 102, 103)))
    found = plan(wants("Job 101"), told(101, 102, 103), owned)
    assert GuardName.PRUNE not in [finding.guard for finding in found.guards]


def test_many_invisible_edges_mean_that_the_token_may_have_lost_a_project() -> None:
    lost = [edge(job_id=number) for number in range(901, 905)]
    there = inventory(rows=[row(key=MARIA, jobs={FAILURE: [each.job_id for each in lost]})])
    found = plan(policy(), there, ledger(*(claim(each) for each in lost)))
    assert [finding.allow for finding in found.guards] == ["visibility=4"]


def test_guards_judge_only_what_will_run() -> None:
    owned = ledger(claim(edge()))
    found = plan(policy(), told(101), owned, additions_only=True)
    assert not found.refused
    assert found.differs


def test_no_ledger_means_nothing_is_taken_away() -> None:
    lost = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="acme-data-alerts")
    found = plan(wants("Job 101"), told(101, 102), lost)
    assert [type(action) for action in found.actions] == [AdoptEdge]
    assert found.ledger_empty


def test_one_wrong_name_of_a_list_is_blocked_and_what_it_had_stays() -> None:
    there = inventory(
        jobs=[job(id=101, name="Month Close"), job(id=102, name="Invoice Export v2")],
        rows=[row(key=MARIA, jobs={FAILURE: [102]})],
    )
    found = plan(wants("Month Close", "Invoice Export"), there, ledger(claim(edge(job_id=102))))
    assert [type(action) for action in found.actions] == [AddEdge]
    assert [kept.why for kept in found.kept] == [KeptWhy.BLOCKED]
    assert "did you mean Invoice Export v2?" in found.blocked[0].what


def test_a_listed_id_or_project_that_live_does_not_have_is_blocked() -> None:
    by_id = policy(notifications=[notification(jobs=selector(ids=[101, 999]))])
    by_project = policy(notifications=[notification(jobs=selector(projects=["Finance", "Finanse"]))])
    found = [plan(each, told()).blocked[0].what for each in (by_id, by_project)]
    assert ["id 999" in found[0], "project Finanse" in found[1]] == [True, True]


def test_an_optional_list_may_name_what_is_not_there() -> None:
    wanted = policy(notifications=[notification(jobs=selector(names=["Job 101", "Gone"], optional=True))])
    assert plan(wanted, told()).blocked == ()


def test_a_webhook_with_one_wrong_name_stays_as_it_is() -> None:
    wanted = policy(webhooks=[webhook(jobs=selector(names=["Job 101", "Gone"]))])
    found = plan(wanted, told())
    assert found.actions == ()
    assert found.blocked


def test_a_misspelt_project_in_scope_is_blocked_and_no_peace() -> None:
    found = plan(policy(scope=Scope(projects=("Finanse",))), told(101), ledger(claim(edge())))
    assert "Finanse" in found.blocked[0].what


def test_jobs_of_which_nobody_is_told_are_named_apart_from_declared_silence() -> None:
    silent = policy(jobs=[rule(match=selector(names=["Job 102"]), silent=True, layer=layer(reason="seen in the UI"))])
    found = plan(silent, told(101))
    assert found.untold == (103, 104, 105, 106)


def test_what_an_apply_would_not_do_is_marked_as_left() -> None:
    drifted = plan(wants("Job 101"), told(), ledger(claim(edge())))
    assert (drifted.left, drifted.running) == (tuple(Left(action=a, why=LeftWhy.DRIFT) for a in drifted.actions), ())
    repaired = plan(wants("Job 101"), told(), ledger(claim(edge())), repair_drift=True)
    assert (repaired.left, repaired.running) == ((), repaired.actions)


def test_a_foreign_edge_of_an_exclusive_channel_waits_for_the_relay_too() -> None:
    moved = policy(
        channels=[dbt_user(exclusive=True), relayed()],
        jobs=[rule(match=selector(names=["Job 101"]), layer=layer(notify={FAILURE: tells("data-critical")}))],
    )
    found = plan(moved, told(101, 102))
    assert [action.edge.job_id for action in found.actions if isinstance(action, EvictEdge)] == [102]
    assert found.foreign == 1
    assert any("waiting for the relay" in note for note in found.notes)


def test_a_listed_job_that_is_deleted_is_an_answer_and_its_edges_dangle() -> None:
    there = inventory(
        jobs=[job(id=101, name="Job 101"), job(id=102, name="Job 102", deleted=True)],
        rows=[row(key=MARIA, jobs={FAILURE: [101, 102]})],
    )
    owned = ledger(claim(edge(job_id=101)), claim(edge(job_id=102)))
    for selected in (selector(names=["Job 101", "Job 102"]), selector(ids=[101, 102])):
        found = plan(policy(notifications=[notification(jobs=selected)]), there, owned)
        assert found.blocked == ()
        assert [type(action) for action in found.actions] == [RemoveEdge]
