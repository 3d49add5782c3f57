"""A webhook that was there before the policy: taken over by id as it is, and never somebody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply.claims import Facts, recorded
from reconciler.model.actions import (
    Action,
    AdoptSubscription,
    Cause,
    ChangeSubscription,
    DeactivateSubscription,
    ReleaseSubscription,
)
from reconciler.model.inventory import Inventory, Subscription
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.plan import BlockedKind, Plan
from reconciler.model.policy import Policy, Release
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import ACCOUNT_ID, HOST, at, inventory, job, policy, selector, webhook

MANAGER = "acme-data-alerts"
KEY = "default/lineage"
BY_HAND = "made by hand in 2025"


def live(**changes: object) -> Subscription:
    """Return a webhook that somebody made by hand."""
    there = Subscription(
        id="wsu_1",
        name="lineage",
        url="https://catalog.acme.example/dbt",
        events=frozenset({"job.run.completed"}),
        jobs=frozenset({101}),
        active=True,
        description=BY_HAND,
    )
    return replace(there, **changes)  # pyrefly: ignore[bad-argument-type]


def account(*found: Subscription) -> Inventory:
    return inventory(
        jobs=[job(), job(id=102, name="Hourly"), job(id=109, name="Old", deleted=True)], subscriptions=found
    )


def wants(**rule: object) -> Policy:
    values = {"id": "wsu_1", "description": BY_HAND, "jobs": selector(ids=[101])} | rule
    return policy(webhooks=[webhook(**values)])  # pyrefly: ignore[bad-argument-type]


def ledger(*claims: SubscriptionClaim) -> Ledger:
    found = {each.key: each for each in claims}
    return Ledger(host=HOST, account_id=ACCOUNT_ID, manager=MANAGER, generation=1, subscriptions=found)


def planned(wanted: Policy, there: Inventory, known: Ledger | None = None) -> Plan:
    return build_plan(
        desired=desire(wanted, there), inventory=there, ledger=known or ledger(), intent=Intent(repair_drift=True)
    )


def applied(wanted: Policy, there: Inventory, known: Ledger | None = None) -> Ledger:
    plan = planned(wanted, there, known)
    return recorded(known or ledger(), plan, Facts(done=plan.actions))


def only(plan: Plan) -> Action:
    assert len(plan.actions) == 1, (plan.actions, plan.blocked)
    return plan.actions[0]


def test_it_is_taken_over_as_it_is_and_its_secret_is_unknown() -> None:
    assert isinstance(only(planned(wants(), account(live()))), AdoptSubscription)
    claim = applied(wants(), account(live())).subscriptions[KEY]
    assert (claim.id, claim.state, claim.receipt) == ("wsu_1", SubscriptionState.SECRET_UNKNOWN, None)
    assert claim.applied["description"] == BY_HAND


def test_once_taken_over_nothing_is_left_to_do_although_it_carries_no_mark() -> None:
    there = account(live())
    assert not planned(wants(), there, applied(wants(), there)).actions


def test_jobs_that_are_deleted_or_in_no_list_are_no_difference_before_and_after() -> None:
    there = account(live(jobs=frozenset({101, 109, 999})))
    assert isinstance(only(planned(wants(), there)), AdoptSubscription)
    assert not planned(wants(), there, applied(wants(), there)).actions


def test_deleted_jobs_go_with_the_next_real_change_of_the_list() -> None:
    there = account(live(jobs=frozenset({101, 109})))
    action = only(planned(wants(jobs=selector(ids=[101, 102])), there, applied(wants(), there)))
    assert isinstance(action, ChangeSubscription)
    assert (action.cause, action.wanted.jobs) == (Cause.POLICY, frozenset({101, 102}))


def test_what_the_policy_says_differently_is_changed_in_the_same_plan_and_both_are_remembered() -> None:
    wanted = wants(url="https://new.acme.example/dbt")
    actions = planned(wanted, account(live())).actions
    assert [type(each) for each in actions] == [AdoptSubscription, ChangeSubscription]
    claim = applied(wanted, account(live())).subscriptions[KEY]
    assert claim.applied["url"] == "https://new.acme.example/dbt"


@pytest.mark.parametrize(
    ("name", "value"), [("description", "edited"), ("jobs", frozenset({101, 102})), ("name", "renamed")]
)
def test_what_a_person_changes_of_it_later_is_drift(name: str, value: object) -> None:
    there = account(live(jobs=frozenset({101, 109})))
    known = applied(wants(), there)
    edited = account(replace(live(jobs=frozenset({101, 109})), **{name: value}))  # pyrefly: ignore[bad-argument-type]
    action = only(planned(wants(), edited, known))
    assert isinstance(action, ChangeSubscription)
    assert (action.cause, [change.name for change in action.changes]) == (Cause.DRIFT, [name])


def test_a_new_description_is_written_with_our_mark_at_its_end() -> None:
    there = account(live())
    action = only(planned(wants(description="new"), there, applied(wants(), there)))
    assert isinstance(action, ChangeSubscription)
    assert action.wanted.description == marked("new", Marker(manager=MANAGER, team="default", name="lineage"))


def test_a_mark_of_ours_that_somebody_took_away_is_still_drift() -> None:
    ours = marked(BY_HAND, Marker(manager=MANAGER, team="default", name="lineage"))
    known = applied(wants(id=None), account(live(description=ours)))
    action = only(planned(wants(id=None), account(live()), known))
    assert isinstance(action, ChangeSubscription)
    assert action.cause is Cause.DRIFT


def test_one_that_is_off_stays_off() -> None:
    there = account(live(active=False, deactivate_reason="7 days of failures"))
    assert isinstance(only(planned(wants(active=False), there)), AdoptSubscription)
    stays = planned(wants(), there)
    assert isinstance(only(stays), AdoptSubscription)
    assert [each.kind for each in stays.blocked] == [BlockedKind.SECRET]


def test_an_id_that_is_not_there_is_blocked_with_both_ways_out() -> None:
    (blocked,) = planned(wants(), account()).blocked
    assert blocked.kind is BlockedKind.NO_MATCH
    assert "wsu_1" in blocked.what
    assert "secret_sink" in blocked.next_step


def test_the_ledgers_id_counts_once_there_is_one_since_rotation_changes_it() -> None:
    known = applied(wants(), account(live()))
    rotated = replace(known.subscriptions[KEY], id="wsu_2")
    there = account(live(), live(id="wsu_2"))
    assert not planned(wants(), there, ledger(rotated)).actions


def test_one_that_carries_another_managers_mark_is_not_taken() -> None:
    theirs = marked(BY_HAND, Marker(manager="growth", team="default", name="lineage"))
    plan = planned(wants(), account(live(description=theirs)))
    assert [each.kind for each in plan.blocked] == [BlockedKind.RULE_CONFLICT]
    assert not plan.actions


def test_one_that_is_ours_under_another_name_is_neither_taken_nor_switched_off() -> None:
    known = applied(wants(), account(live()))
    plan = planned(wants(name="catalog"), account(live()), known)
    assert [each.kind for each in plan.blocked] == [BlockedKind.RULE_CONFLICT]
    assert not [each for each in plan.actions if isinstance(each, DeactivateSubscription)]


def test_released_under_its_old_name_it_can_be_taken_over_under_a_new_one() -> None:
    known = applied(wants(), account(live()))
    moved = wants(name="catalog")
    released = replace(moved, releases=(Release(at=at(), team="default", webhook="lineage"),))
    plan = planned(released, account(live(name="catalog")), known)
    assert [type(each) for each in plan.actions] == [ReleaseSubscription]
    after = recorded(known, plan, Facts(done=plan.actions))
    assert isinstance(only(planned(moved, account(live(name="catalog")), after)), AdoptSubscription)


def test_after_a_rotation_the_mark_finds_the_new_one_also_without_a_ledger() -> None:
    ours = marked(BY_HAND, Marker(manager=MANAGER, team="default", name="lineage"))
    there = account(live(active=False), live(id="wsu_2", description=ours))
    action = only(planned(wants(), there))
    assert isinstance(action, AdoptSubscription)
    assert action.id == "wsu_2"


def test_an_id_beside_a_mark_elsewhere_is_two_webhooks_for_one_rule() -> None:
    ours = marked("", Marker(manager=MANAGER, team="default", name="lineage"))
    plan = planned(wants(), account(live(), live(id="wsu_2", description=ours)))
    assert [each.kind for each in plan.blocked] == [BlockedKind.TWO_ROWS]
