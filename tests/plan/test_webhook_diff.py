"""The diff of webhooks: each state of the ledger × live × policy, and what is judged a widening or a re-arming."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.actions import (
    Action,
    AdoptSubscription,
    Cause,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseSubscription,
)
from reconciler.model.inventory import ALL_JOBS, Inventory, Subscription
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.plan import BlockedKind
from reconciler.model.policy import Policy, Release, Scope, SecretSink, SinkKind
from reconciler.model.redacted import redact_url
from reconciler.plan.desire import desire
from reconciler.plan.webhook_diff import WebhookDiff, applied_settings, diff_webhooks
from tests.builders import ACCOUNT_ID, HOST, at, inventory, job, policy, selector, webhook

KEY = "default/lineage"
MANAGER = "acme-data-alerts"
SINK = SecretSink(kind=SinkKind.FILE, at=at(), path="x.secret")
MARK = marked("", Marker(manager=MANAGER, team="default", name="lineage"))


def live(**changes: object) -> Subscription:
    """Return our webhook as live shows it when nothing differs."""
    there = Subscription(
        id="wsu_1",
        name="lineage",
        url="https://catalog.acme.example/dbt",
        events=frozenset({"job.run.completed"}),
        jobs=frozenset({101}),
        active=True,
        description=MARK,
    )
    return replace(there, **changes)  # pyrefly: ignore[bad-argument-type]


def wants(**rule: object) -> Policy:
    return policy(webhooks=[webhook(secret_sink=SINK, **rule)])  # pyrefly: ignore[bad-argument-type]


def claimed(**changes: object) -> SubscriptionClaim:
    """Return the ledger's entry of an armed webhook whose last applied settings are today's."""
    applied = applied_settings(desire(wants(), inventory()).subscriptions[0].wanted)
    there = SubscriptionClaim(
        key=KEY, team="default", state=SubscriptionState.ARMED, id="wsu_1", receipt="file:x", applied=applied
    )
    return replace(there, **changes)  # pyrefly: ignore[bad-argument-type]


def diff(wanted: Policy, there: Inventory, *claims: SubscriptionClaim) -> WebhookDiff:
    ledger = Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager=MANAGER,
        generation=1,
        subscriptions={each.key: each for each in claims},
    )
    return diff_webhooks(desired=desire(wanted, there), inventory=there, ledger=ledger)


def only(found: WebhookDiff) -> Action:
    assert len(found.actions) == 1, found.actions
    return found.actions[0]


def change(found: WebhookDiff) -> ChangeSubscription:
    action = only(found)
    assert isinstance(action, ChangeSubscription)
    return action


def test_a_wanted_webhook_that_nobody_has_is_created() -> None:
    action = only(diff(wants(), inventory()))
    assert isinstance(action, CreateSubscription)
    assert (action.cause, action.wanted.jobs) == (Cause.POLICY, frozenset({101}))


def test_without_a_sink_it_is_blocked_because_the_secret_is_shown_only_once() -> None:
    found = diff(policy(webhooks=[webhook()]), inventory())
    assert [each.kind for each in found.blocked] == [BlockedKind.SINK]
    assert not found.actions


def test_one_that_is_as_wanted_is_left_alone() -> None:
    assert not diff(wants(), inventory(subscriptions=[live()]), claimed()).actions


def test_one_that_vanished_is_drift_and_one_whose_settings_also_changed_is_policy() -> None:
    vanished = only(diff(wants(), inventory(), claimed()))
    changed = only(diff(wants(url="https://new.acme.example/dbt"), inventory(), claimed()))
    assert isinstance(vanished, CreateSubscription)
    assert isinstance(changed, CreateSubscription)
    assert (vanished.cause, changed.cause) == (Cause.DRIFT, Cause.POLICY)


def test_a_mark_without_a_claim_is_adopted_and_its_secret_is_unknown() -> None:
    assert isinstance(only(diff(wants(), inventory(subscriptions=[live()]))), AdoptSubscription)


def test_an_adopted_one_that_is_off_stays_off_since_nobody_holds_its_secret() -> None:
    found = diff(wants(), inventory(subscriptions=[live(active=False)]))
    assert isinstance(only(found), AdoptSubscription)
    assert [each.kind for each in found.blocked] == [BlockedKind.SECRET]


@pytest.mark.parametrize(("sink", "first"), [(SINK, ""), (None, "give it a `secret_sink`, then ")])
def test_one_that_is_off_and_whose_secret_is_unknown_is_told_with_both_ways_out(
    sink: SecretSink | None, first: str
) -> None:
    adopted = claimed(state=SubscriptionState.SECRET_UNKNOWN, receipt=None)
    found = diff(policy(webhooks=[webhook(secret_sink=sink)]), inventory(subscriptions=[live(active=False)]), adopted)
    (blocked,) = found.blocked
    assert found.actions == ()
    assert blocked.what == f"webhook {KEY} is off, and no apply switches it on: its secret is unknown to us"
    assert blocked.next_step == (
        f"{first}`dbt-alerts rotate {KEY}`; or switch it on in dbt Cloud, if its receiver knows the old secret"
    )


def test_one_that_an_apply_switches_on_or_makes_anew_or_that_shall_be_off_is_not_blocked() -> None:
    off, unknown = inventory(subscriptions=[live(active=False)]), claimed(receipt=None)
    assert diff(wants(), off, claimed()).blocked == ()
    assert diff(wants(), off, replace(unknown, state=SubscriptionState.CREATING)).blocked == ()
    assert diff(wants(active=False), off, unknown).blocked == ()
    assert diff(wants(), inventory(subscriptions=[live()]), unknown).blocked == ()


def test_the_same_without_mark_and_claim_is_somebody_elses() -> None:
    found = only(diff(wants(), inventory(subscriptions=[live(description="made by hand")])))
    assert isinstance(found, CreateSubscription)


@pytest.mark.parametrize(("status", "dispatched"), [("200", None), ("0", "2026-01-01T00:00:00Z")])
def test_a_half_made_one_that_may_have_sent_is_kept_with_its_secret_unknown(
    status: str, dispatched: str | None
) -> None:
    half = claimed(state=SubscriptionState.CREATING, id=None, receipt=None, applied={})
    there = live(active=False, last_status=status, dispatched_at=dispatched)
    assert isinstance(only(diff(wants(), inventory(subscriptions=[there]), half)), AdoptSubscription)


@pytest.mark.parametrize("status", [None, "", "0"])
def test_a_half_made_one_that_never_sent_is_made_anew(status: str | None) -> None:
    half = claimed(state=SubscriptionState.CREATING, id=None, receipt=None, applied={})
    there = live(active=False, last_status=status)
    assert isinstance(only(diff(wants(), inventory(subscriptions=[there]), half)), RecreateSubscription)


def test_after_the_receipt_switching_it_on_is_the_policys_and_no_rearming() -> None:
    stored = claimed(applied={})
    action = change(diff(wants(), inventory(subscriptions=[live(active=False)]), stored))
    assert (action.cause, action.rearms) == (Cause.POLICY, False)


def test_one_that_dbt_cloud_switched_off_is_drift_and_a_rearming() -> None:
    there = live(active=False, deactivate_reason="1000 consecutive failures")
    action = change(diff(wants(), inventory(subscriptions=[there]), claimed()))
    assert (action.cause, action.rearms) == (Cause.DRIFT, True)


def test_a_changed_url_is_the_policys_and_keeps_what_others_changed() -> None:
    there = inventory(subscriptions=[live(name="renamed in the UI")])
    policy_change, drift = diff(wants(url="https://new.acme.example/dbt"), there, claimed()).actions
    assert isinstance(policy_change, ChangeSubscription)
    assert isinstance(drift, ChangeSubscription)
    assert (policy_change.wanted.url, policy_change.wanted.name) == (
        "https://new.acme.example/dbt",
        "renamed in the UI",
    )
    assert (drift.cause, drift.wanted.name, drift.wanted.url) == (
        Cause.DRIFT,
        "lineage",
        "https://new.acme.example/dbt",
    )


def test_from_a_list_to_every_job_widens() -> None:
    wide = policy(
        webhooks=[webhook(secret_sink=SINK, jobs=selector(everything=True))], scope=Scope(all_jobs_webhooks=True)
    )
    action = change(diff(wide, inventory(subscriptions=[live()]), claimed()))
    assert (action.widens, action.narrows, action.wanted.jobs) == (True, False, ALL_JOBS)


def test_from_every_job_to_a_list_narrows() -> None:
    action = change(diff(wants(), inventory(subscriptions=[live(jobs=ALL_JOBS)]), claimed()))
    assert (action.widens, action.narrows) == (False, True)


def test_a_lost_event_or_job_narrows_and_a_new_job_does_not() -> None:
    fewer = live(jobs=frozenset({101, 102}))
    two = inventory(jobs=[job(), job(id=102, name="B")], subscriptions=[fewer])
    narrowed = change(diff(wants(jobs=selector(names=["Daily Revenue"])), two, claimed()))
    grown = change(diff(wants(), inventory(jobs=[job(), job(id=102, name="B")], subscriptions=[live()]), claimed()))
    assert (narrowed.narrows, grown.narrows) == (True, False)


def test_jobs_in_no_list_stay_subscribed_because_invisible_is_not_deleted() -> None:
    found = diff(wants(), inventory(subscriptions=[live(jobs=frozenset({101, 999}))]), claimed())
    assert not found.actions


def test_one_that_the_policy_dropped_is_switched_off_once_and_kept() -> None:
    action = only(diff(policy(), inventory(subscriptions=[live()]), claimed()))
    assert isinstance(action, DeactivateSubscription)
    assert action.was_active
    stone = claimed(state=SubscriptionState.TOMBSTONED)
    assert not diff(policy(), inventory(subscriptions=[live(active=False)]), stone).actions


def test_a_half_made_one_is_found_by_its_mark_when_the_change_was_reverted() -> None:
    half = claimed(state=SubscriptionState.CREATING, id=None, receipt=None, applied={})
    assert isinstance(only(diff(policy(), inventory(subscriptions=[live(active=False)]), half)), DeactivateSubscription)


def test_a_claim_on_nothing_is_forgotten() -> None:
    assert isinstance(only(diff(policy(), inventory(), claimed())), ForgetSubscription)


def test_released_ones_stay_as_they_are_and_are_no_longer_ours() -> None:
    given_up = policy(releases=[Release(at=at(), team="default", webhook="lineage")])
    assert isinstance(only(diff(given_up, inventory(subscriptions=[live()]), claimed())), ReleaseSubscription)


def test_a_protected_one_is_reported_and_not_touched() -> None:
    found = diff(policy(), inventory(subscriptions=[live()]), claimed(protected=True))
    assert (found.actions, found.protected) == ((), (KEY,))


def test_two_with_the_same_mark_block_it() -> None:
    found = diff(wants(), inventory(subscriptions=[live(), live(id="wsu_2")]))
    assert [each.kind for each in found.blocked] == [BlockedKind.TWO_ROWS]
    assert not found.actions


def test_a_selector_without_match_keeps_the_webhook() -> None:
    gone = wants(jobs=selector(names=["No Such Job"]))
    assert not diff(gone, inventory(subscriptions=[live()]), claimed()).actions


def test_another_managers_mark_is_named() -> None:
    theirs = live(description=marked("", Marker(manager="other", team="default", name="lineage")))
    assert diff(policy(), inventory(subscriptions=[theirs])).other_managers == ("other",)


def test_a_snapshots_url_is_compared_as_the_snapshot_keeps_it() -> None:
    there = live(url=redact_url("https://catalog.acme.example/dbt", "k"))
    same = replace(inventory(subscriptions=[there]), url_key="k")
    assert not diff(wants(), same, claimed()).actions
    assert change(diff(wants(url="https://new.acme.example/"), same, claimed())).changes[0].name == "url"


def test_a_plan_shows_where_a_url_points_and_not_its_path() -> None:
    secret = "https://hooks.acme.example/services/T0/B0/very-secret"
    action = change(diff(wants(url=secret), inventory(subscriptions=[live(url=secret + "-old")]), claimed()))
    shown = [str(each) for setting in action.changes for each in (setting.before, setting.after)]
    assert all(each.startswith("https://hooks.acme.example/redacted-") for each in shown)
    assert action.wanted.url == secret


def test_a_list_that_others_edited_is_drift_also_where_it_once_kept_an_invisible_job() -> None:
    kept = claimed(applied={**claimed().applied, "jobs": [101, 999]})
    edited = live(jobs=frozenset({102}))
    there = inventory(jobs=[job(), job(id=102, name="B")], subscriptions=[edited])
    wanted = wants(jobs=selector(names=["Daily Revenue"]))
    assert change(diff(wanted, there, kept)).cause is Cause.DRIFT
