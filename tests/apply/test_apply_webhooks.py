"""What an apply does to webhooks: no second object, no lost secret, nothing switched on that should be off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import ExitCode, RuntimeFailure
from reconciler.model.inventory import ALL_JOBS, Subscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.policy import Policy, Scope, WebhookRule
from reconciler.plan.intent import Intent
from tests.apply.apply_lab import Lab, account, empty_ledger, sink
from tests.builders import policy, selector, webhook
from tests.doubles import Killed, Trips, dies, in_doubt, refuses

KEY = "default/lineage"


def wants(*rules: WebhookRule) -> Policy:
    return policy(webhooks=rules, scope=Scope(all_jobs_webhooks=True))


def lineage(*ids: int, url: str = "https://catalog.acme.example/dbt", active: bool = True) -> WebhookRule:
    return replace(webhook(jobs=selector(ids=ids or (101, 102)), url=url, secret_sink=sink()), active=active)


def created(*rules: WebhookRule) -> Lab:
    made = Lab(cloud=account())
    assert made.apply(wants(*(rules or (lineage(),)))).exit_code == 0
    made.cloud.trips.log.clear()
    made.cloud.trips.counts.clear()
    return made


def only(made: Lab) -> Subscription:
    (found,) = made.cloud.subs.values()
    return found


def test_the_secret_is_stored_and_in_the_ledger_before_the_webhook_is_armed() -> None:
    made = Lab(cloud=account())
    assert made.apply(wants(lineage())).exit_code == 0
    steps = [
        each for each in made.cloud.trips.log if each in {"save", "store", "create_subscription", "put_subscription"}
    ]
    assert steps == ["save", "create_subscription", "store", "save", "put_subscription", "save"]
    assert only(made).active
    claim = made.store.ledger.subscriptions[KEY]
    assert (claim.state, claim.receipt, claim.applied["active"]) == (
        SubscriptionState.ARMED,
        f"fake:{KEY}#{claim.id}",
        True,
    )
    assert made.lost_secrets() == []


def test_a_sink_that_cannot_be_reached_stops_the_run_before_the_first_write() -> None:
    made = Lab(cloud=account(), reachable=False)
    with pytest.raises(RuntimeFailure, match="not reachable"):
        made.apply(wants(lineage()))
    assert made.cloud.trips.log == ["probe"]


def test_a_sink_that_does_not_confirm_leaves_the_webhook_off() -> None:
    made = Lab(cloud=account(), honest=False)
    report = made.apply(wants(lineage()))
    assert report.exit_code is ExitCode.PARTLY
    assert not only(made).active
    assert made.store.ledger.subscriptions[KEY].receipt is None
    made.honest = True
    assert made.apply(wants(lineage())).exit_code == 0
    assert only(made).active
    assert made.lost_secrets() == []


def test_a_create_in_doubt_is_found_by_its_mark_and_made_anew_because_its_secret_is_gone() -> None:
    made = Lab(cloud=account())
    made.cloud.trips.after[("create_subscription", 1)] = in_doubt
    assert made.apply(wants(lineage())).exit_code == 0
    assert made.cloud.calls("delete_subscription") == 1
    assert only(made).active
    assert made.lost_secrets() == []


@pytest.mark.parametrize(
    "sign_of_use", [{"active": True}, {"last_status": "200"}, {"dispatched_at": "1767225600000000"}]
)
def test_a_create_in_doubt_that_is_in_use_by_now_is_never_deleted(sign_of_use: dict[str, Any]) -> None:
    made = Lab(cloud=account())

    def used_and_in_doubt() -> None:
        made.cloud.subs = {each.id: replace(each, **sign_of_use) for each in made.cloud.subs.values()}
        in_doubt()

    made.cloud.trips.after[("create_subscription", 1)] = used_and_in_doubt
    report = made.apply(wants(lineage()))
    assert "in use" in report.failed[0].message
    assert made.cloud.calls("delete_subscription") == 0


def test_additions_only_leaves_a_create_in_doubt_for_a_full_apply() -> None:
    made = Lab(cloud=account())
    made.cloud.trips.after[("create_subscription", 1)] = in_doubt
    report = made.apply(wants(lineage()), intent=Intent(additions_only=True))
    assert report.exit_code is ExitCode.PARTLY
    assert made.cloud.calls("delete_subscription") == 0
    assert not only(made).active
    assert made.apply(wants(lineage())).exit_code == 0
    assert made.lost_secrets() == []


def test_a_webhook_of_our_mark_that_appears_after_the_plan_is_not_touched() -> None:
    made = created()
    plan = replace(Lab(cloud=account()).plan(wants(lineage())), ledger_generation=0)
    made.store.ledger = empty_ledger()
    report = made.run(plan)
    assert "appeared while this run was on its way" in report.failed[0].message
    assert made.cloud.calls("delete_subscription") == made.cloud.calls("create_subscription") == 0


def test_without_the_ledger_a_marked_webhook_is_adopted_with_its_secret_unknown() -> None:
    made = created()
    made.store.ledger = empty_ledger()
    assert made.apply(wants(lineage())).exit_code == 0
    assert made.store.ledger.subscriptions[KEY].state is SubscriptionState.SECRET_UNKNOWN
    assert made.cloud.calls("put_subscription") == made.cloud.calls("create_subscription") == 0


def test_a_lost_secret_of_a_webhook_in_use_is_kept_and_said() -> None:
    made = Lab(cloud=account(), honest=False)
    made.apply(wants(lineage()))
    made.honest = True
    plan = made.plan(wants(lineage()))
    live = only(made)
    made.cloud.subs[live.id] = replace(live, active=True, last_status="200")
    report = made.run(plan)
    assert "rotate" in report.failed[0].next_step
    assert made.cloud.subs[live.id].active
    assert made.store.ledger.subscriptions[KEY].state is SubscriptionState.SECRET_UNKNOWN


def test_a_webhook_grows_before_it_shrinks() -> None:
    made = created(lineage(101, 102))
    seen: list[object] = []
    made.cloud.trips.after[("put_subscription", 0)] = lambda: seen.append(only(made).jobs)
    assert made.apply(wants(lineage(102, 103))).exit_code == 0
    assert seen == [{101, 102, 103}, {102, 103}]


def test_a_failed_addition_withholds_what_a_webhook_would_lose() -> None:
    made = created(lineage(101, 102))
    made.cloud.trips.before[("create_subscription", 0)] = refuses(400)
    other = webhook(name="other", jobs=selector(ids=(101,)), secret_sink=sink())
    report = made.apply(wants(lineage(101), other))
    assert only(made).jobs == {101, 102}
    assert [len(report.failed), len(report.withheld)] == [1, 1]


def test_a_new_url_of_a_webhook_that_is_off_leaves_it_off() -> None:
    made = created(lineage(active=False))
    assert not only(made).active
    report = made.apply(wants(lineage(url="https://elsewhere.example/x", active=False)))
    assert report.exit_code == 0
    assert (only(made).url, only(made).active) == ("https://elsewhere.example/x", False)


def test_a_dropped_webhook_is_switched_off_and_kept_as_a_tombstone() -> None:
    made = created()
    assert made.apply(wants()).exit_code == 0
    assert not only(made).active
    claim = made.store.ledger.subscriptions[KEY]
    assert (claim.state, bool(claim.receipt)) == (SubscriptionState.TOMBSTONED, True)


def test_a_tombstone_that_is_wanted_again_is_armed_with_its_old_secret() -> None:
    made = created()
    made.apply(wants())
    assert made.apply(wants(lineage())).exit_code == 0
    assert only(made).active
    assert made.store.ledger.subscriptions[KEY].state is SubscriptionState.ARMED
    assert made.lost_secrets() == []


def test_additions_only_neither_drops_nor_narrows_nor_arms() -> None:
    made = created(lineage(101, 102), webhook(name="other", jobs=selector(ids=(101,)), secret_sink=sink()))
    only_add = Intent(additions_only=True)
    made.apply(wants(lineage(101)), intent=only_add)
    assert made.cloud.calls("put_subscription") == 0
    live = next(each for each in made.cloud.subs.values() if each.name == "lineage")
    made.cloud.subs[live.id] = replace(live, active=False, deactivate_reason="too many failures", last_status="500")
    made.apply(wants(lineage(101, 102)), intent=only_add)
    assert not made.cloud.subs[live.id].active


def test_additions_only_grows_a_webhook() -> None:
    made = created(lineage(101))
    assert made.apply(wants(lineage(101, 102)), intent=Intent(additions_only=True)).exit_code == 0
    assert only(made).jobs == {101, 102}


def test_all_jobs_is_said_and_never_an_empty_list() -> None:
    made = Lab(cloud=account())
    everything = webhook(jobs=selector(everything=True), secret_sink=sink())
    assert made.apply(wants(everything)).exit_code == 0
    assert only(made).jobs == ALL_JOBS


def test_a_webhook_that_vanished_is_only_made_again_when_drift_is_repaired() -> None:
    made = created()
    made.cloud.subs.clear()
    assert len(made.apply(wants(lineage())).deferred) == 1
    assert made.apply(wants(lineage()), intent=Intent(repair_drift=True)).exit_code == 0
    assert only(made).active
    assert made.lost_secrets() == []


def test_one_that_is_taken_over_and_changed_is_ours_before_it_is_written() -> None:
    """A death after the write leaves nobody's webhook otherwise: changed by us, and known to no ledger."""
    made = created()
    hook = replace(only(made), description="by hand")
    made.cloud.subs[hook.id] = hook
    made.store.ledger = empty_ledger()
    taken_over = wants(replace(lineage(101), id=hook.id, secret_sink=None))
    made.cloud.trips.after[("put_subscription", 1)] = dies
    with pytest.raises(Killed):
        made.apply(taken_over)
    made.cloud.trips = Trips()
    claim = made.store.ledger.subscriptions[KEY]
    assert (claim.id, claim.state, claim.receipt) == (hook.id, SubscriptionState.SECRET_UNKNOWN, None)
    assert made.apply(wants()).exit_code == 0
    assert not only(made).active
    assert made.store.ledger.subscriptions[KEY].state is SubscriptionState.TOMBSTONED
