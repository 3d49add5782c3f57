"""A webhook that is dropped, wanted again, gone, or given up: what is written, and what the ledger keeps."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.inventory import ALL_JOBS
from reconciler.model.ledger import SubscriptionState
from reconciler.model.plan import BlockedKind
from reconciler.model.policy import Policy
from tests.apply.rotate_lab import KEY, RotateLab, wanted
from tests.builders import policy


def protected() -> Policy:
    (rule,) = wanted().webhooks
    return policy(webhooks=[replace(rule, protect=True)])


def test_it_is_switched_off_and_kept_with_its_date_and_receipt() -> None:
    place = RotateLab.open()
    before = place.claim
    assert place.lab.apply(policy()).exit_code == 0
    claim = place.claim
    assert (claim.state, claim.id, claim.receipt) == (SubscriptionState.TOMBSTONED, before.id, before.receipt)
    assert claim.since
    assert place.on == []
    plan = place.lab.plan(policy())
    assert (plan.actions, plan.notes, plan.blocked) == ((), (), ())


def test_wanted_again_it_is_on_again_with_the_secret_it_had() -> None:
    place = RotateLab.open()
    (old,) = place.on
    place.lab.apply(policy())
    assert place.lab.apply(wanted()).exit_code == 0
    assert (place.on, place.told) == ([old], [old])
    assert (place.claim.state, place.claim.since) == (SubscriptionState.ARMED, "")


def test_wanted_again_without_its_secret_it_stays_off_until_it_is_rotated() -> None:
    place = RotateLab.open()
    place.forget_secret()
    place.lab.apply(policy())
    assert place.lab.apply(wanted()).exit_code == 6
    assert place.on == []
    assert [each.kind for each in place.lab.plan(wanted()).blocked] == [BlockedKind.SECRET]
    (note,) = place.lab.plan(wanted()).notes
    assert "secret unknown" in note
    assert place.lab.plan(wanted()).actions == ()
    place.rotate()
    assert place.on == [place.live.id]
    assert (place.lab.plan(wanted()).notes, place.lab.plan(wanted()).blocked) == ((), ())


def test_switched_on_by_somebody_a_tombstone_is_switched_off_again_and_dated_anew() -> None:
    place = RotateLab.open()
    place.lab.apply(policy())
    place.lab.cloud.subs[place.live.id] = replace(place.live, active=True, jobs=ALL_JOBS)
    assert place.lab.apply(policy()).exit_code == 0
    assert place.on == []


def test_a_protected_one_is_not_switched_off() -> None:
    place = RotateLab.open()
    assert place.lab.apply(protected()).exit_code == 0
    plan = place.lab.plan(policy())
    assert plan.refused
    assert place.on == [place.live.id]


def test_a_protected_one_is_rotated_and_stays_protected() -> None:
    place = RotateLab.open()
    place.lab.apply(protected())
    place.rotate()
    assert place.claim.protected
    assert place.lab.plan(protected()).actions == ()


def test_of_one_that_is_gone_and_dropped_only_what_it_replaced_is_remembered() -> None:
    place = RotateLab.open()
    place.rotate()
    (former,) = place.claim.retired
    del place.lab.cloud.subs[place.live.id]
    assert place.lab.apply(policy()).exit_code == 0
    claim = place.claim
    assert (claim.state, claim.id, claim.receipt) == (SubscriptionState.TOMBSTONED, None, None)
    assert claim.retired == (former,)
    assert place.lab.plan(policy()).actions == ()


def test_one_that_is_made_anew_still_knows_what_it_replaced() -> None:
    place = RotateLab.open()
    place.rotate()
    (former,) = place.claim.retired
    del place.lab.cloud.subs[place.live.id]
    place.lab.apply(policy())
    assert place.lab.apply(wanted()).exit_code == 0
    assert place.told == place.on == [place.live.id]
    assert place.claim.retired == (former,)
    assert place.lab.store.ledger.subscriptions[KEY].state is SubscriptionState.ARMED
