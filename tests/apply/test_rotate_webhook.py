"""A rotation from its start to its end, and what stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import ExitCode, Interrupted, Refused, RuntimeFailure
from reconciler.model.inventory import ALL_JOBS
from reconciler.model.ledger import SubscriptionState
from reconciler.model.marker import parse_marker, unmarked
from reconciler.model.rotation import Retired, RotationState
from tests.apply.rotate_lab import KEY, NOON, RotateLab, wanted
from tests.builders import policy
from tests.doubles import refuses


@pytest.fixture
def place() -> RotateLab:
    return RotateLab.open()


def test_a_like_webhook_takes_over_with_a_secret_of_its_own(place: RotateLab) -> None:
    old = place.live
    report = place.rotate()
    assert (report.state, report.exit_code, report.status) == (RotationState.ROTATED, ExitCode.SUCCESS, 200)
    new = place.live
    assert new.id != old.id
    assert replace(new, id=old.id) == old, "the same settings, and active"
    assert place.on == [new.id]
    assert report.id == new.id
    assert report.former == (old.id,)


def test_the_old_secret_stays_behind_the_new_one_for_a_week(place: RotateLab) -> None:
    """dbt Cloud may send again what the old webhook signed (reference §6.5)."""
    old, receipt = place.live, place.claim.receipt
    report = place.rotate()
    assert place.secrets == [f"secret-of-{place.live.id}", f"secret-of-{old.id}"]
    assert place.claim.retired == (Retired(id=old.id, receipt=receipt, since=NOON.isoformat()),)
    assert report.retire_from == "2026-03-09"


def test_a_secret_that_leaked_goes_at_once(place: RotateLab) -> None:
    old = place.live
    report = place.rotate(leaked=True)
    assert place.secrets == [f"secret-of-{place.live.id}"]
    assert place.claim.retired == (Retired(id=old.id, receipt=None, since=NOON.isoformat()),)
    assert report.retire_from == ""


def test_a_webhook_that_was_adopted_gets_a_secret_that_is_known(place: RotateLab) -> None:
    place.forget_secret()
    old = place.live
    assert place.rotate().state is RotationState.ROTATED
    assert (place.claim.state, bool(place.claim.receipt)) == (SubscriptionState.ARMED, True)
    assert place.told == [place.live.id] == place.on
    assert place.claim.retired[0] == Retired(id=old.id, since=NOON.isoformat())


def test_one_that_dbt_cloud_gave_up_comes_back_once_its_receiver_answers(place: RotateLab) -> None:
    """No guard is asked: the test delivery proves what `rearm` wants a person to vouch for."""
    off = replace(place.live, active=False, deactivate_reason="7 days of failures")
    place.lab.cloud.subs[off.id] = off
    assert place.rotate().state is RotationState.ROTATED
    assert place.live.active
    assert place.on == [place.live.id]


def test_one_that_the_policy_keeps_off_is_rotated_and_stays_off() -> None:
    place = RotateLab.open(active=False)
    report = place.rotate(active=False)
    assert (report.state, report.status) == (RotationState.ROTATED, None)
    assert (place.on, place.tester.sent) == ([], [])
    assert place.secrets[0] == f"secret-of-{place.live.id}"


def test_a_plan_after_it_is_empty_and_a_second_rotation_works(place: RotateLab) -> None:
    for _ in range(2):
        assert place.rotate().state is RotationState.ROTATED
        plan = place.lab.plan(wanted())
        assert (plan.actions, plan.blocked, plan.notes) == ((), (), ())
    assert len(place.claim.retired) == 2
    assert len(place.secrets) == 3


@pytest.mark.parametrize("legacy", [False, True])
def test_both_generations_of_answers_prove_it(place: RotateLab, legacy: bool) -> None:
    place.tester.legacy = legacy
    assert place.rotate().status == 200


def test_a_receiver_that_reads_its_secrets_late_is_tried_again(place: RotateLab) -> None:
    place.tester.refuses = 401

    def caught_up() -> None:
        place.tester.refuses = None if place.clock.seconds > 10 else 401

    place.clock.meanwhile = caught_up
    assert place.rotate().state is RotationState.ROTATED
    assert len(place.tester.sent) > 1


# --- not verified ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("refuses_with", "says"), [(401, "with 401"), (503, "with 503"), (0, "did not answer")])
def test_a_receiver_that_does_not_take_it_keeps_the_old_one(place: RotateLab, refuses_with: int, says: str) -> None:
    old, claim = place.live, place.claim
    place.tester.refuses = refuses_with
    report = place.rotate()
    assert (report.state, report.exit_code) == (RotationState.NOT_VERIFIED, ExitCode.PARTLY)
    assert says in report.message
    assert report.next_step
    assert place.live == old
    assert place.on == [old.id]
    assert place.secrets == [f"secret-of-{old.id}"], "the secret of the one that failed is out of the sink"
    (failed,) = place.claim.retired
    assert (failed.receipt, failed.since) == (None, NOON.isoformat())
    assert replace(place.claim, retired=()) == claim
    assert place.clock.seconds <= 60


def test_after_it_failed_the_next_one_starts_anew(place: RotateLab) -> None:
    place.tester.refuses = 401
    place.rotate()
    place.tester.refuses = None
    assert place.rotate().state is RotationState.ROTATED
    assert place.on == [place.live.id]


# --- what changed meanwhile ------------------------------------------------------------------------------------------
def test_what_changed_on_the_old_one_meanwhile_is_carried_over(place: RotateLab) -> None:
    old = place.live

    def edited() -> None:
        now = place.lab.cloud.subs[old.id]
        more = frozenset({"job.run.errored"})
        place.lab.cloud.subs[old.id] = replace(now, jobs=frozenset({101, 102, 103}), events=more, name="renamed")

    place.lab.cloud.trips.after["send_test", 1] = edited
    assert place.rotate().state is RotationState.ROTATED
    assert (place.live.jobs, place.live.name) == (frozenset({101, 102, 103}), "renamed")
    assert place.live.events == {"job.run.errored"}


def test_every_job_stays_every_job(place: RotateLab) -> None:
    old = place.live
    place.lab.cloud.subs[old.id] = replace(old, jobs=ALL_JOBS)
    assert place.rotate().state is RotationState.ROTATED
    assert place.live.jobs == ALL_JOBS


def test_a_url_that_changed_meanwhile_is_tried_before_it_counts(place: RotateLab) -> None:
    old = place.live

    def moved() -> None:
        place.lab.cloud.subs[old.id] = replace(place.lab.cloud.subs[old.id], url="https://dead.example/x")
        place.tester.refuses = 0

    place.lab.cloud.trips.before["subscription", 4] = moved
    report = place.rotate()
    assert (report.state, report.exit_code) == (RotationState.STOPPED, ExitCode.PARTLY)
    assert "another URL" in report.message
    assert old.id in place.on
    assert place.claim.id == old.id


def test_people_text_and_our_mark_stay(place: RotateLab) -> None:
    old = place.live
    place.lab.cloud.subs[old.id] = replace(old, description="made by hand")
    place.rotate()
    mark = parse_marker(place.live.description)
    assert unmarked(place.live.description) == "made by hand"
    assert mark is not None
    assert mark.key == KEY


# --- refused before anything happens ---------------------------------------------------------------------------------
def test_a_sink_that_is_not_reachable_stops_it_before_the_first_write(place: RotateLab) -> None:
    place.lab.reachable = False
    before = place.lab.store.ledger
    with pytest.raises(RuntimeFailure, match="not reachable"):
        place.rotate()
    assert place.lab.store.ledger == before
    assert place.lab.cloud.calls("create_subscription") == 0


def test_a_secret_that_is_not_confirmed_is_never_switched_on(place: RotateLab) -> None:
    old = place.live
    place.lab.honest = False
    report = place.rotate()
    assert report.state is RotationState.STOPPED
    assert place.on == [old.id]
    place.lab.honest = True
    assert place.rotate().state is RotationState.ROTATED
    assert len(place.lab.cloud.subs) == 2, "what was made without its secret is deleted"


@pytest.mark.parametrize(
    "changes",
    [{"state": SubscriptionState.CREATING}, {"state": SubscriptionState.TOMBSTONED, "id": None}, None],
    ids=["never finished", "what is left of one that is gone", "unknown"],
)
def test_what_has_no_secret_to_replace_is_refused(place: RotateLab, changes: dict[str, Any] | None) -> None:
    ledger = place.lab.store.ledger
    hooks = {} if changes is None else {KEY: replace(place.claim, **changes)}
    place.lab.store.ledger = replace(ledger, subscriptions=hooks)
    with pytest.raises(Refused, match="no secret to replace") as caught:
        place.rotate()
    assert "apply" in caught.value.next_step


def test_a_third_webhook_with_our_mark_is_a_riddle(place: RotateLab) -> None:
    stranger = replace(place.live, id="wsu_stranger", active=False)
    place.lab.cloud.subs[stranger.id] = stranger
    with pytest.raises(Refused, match=r"more than once.*wsu_stranger"):
        place.rotate()
    assert stranger.id in place.lab.cloud.subs


def test_one_that_is_gone_cannot_be_copied(place: RotateLab) -> None:
    place.lab.cloud.subs.clear()
    with pytest.raises(Refused, match="gone from dbt Cloud"):
        place.rotate()


# --- trouble on the way ----------------------------------------------------------------------------------------------
def test_trouble_after_the_first_write_is_told_with_what_to_do(place: RotateLab) -> None:
    place.lab.cloud.trips.before["put_subscription", 1] = refuses(500)
    report = place.rotate()
    assert (report.state, report.exit_code) == (RotationState.STOPPED, ExitCode.PARTLY)
    assert "answered 500" in report.message
    assert "dbt-alerts rotate default/lineage" in report.next_step
    assert place.rotate().state is RotationState.ROTATED


def test_a_ctrl_c_says_how_it_goes_on(place: RotateLab) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    place.clock.meanwhile = interrupted
    with pytest.raises(Interrupted) as caught:
        place.rotate()
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert "dbt-alerts rotate default/lineage" in caught.value.next_step
    place.clock.meanwhile = lambda: None
    assert place.rotate().state is RotationState.ROTATED


def test_one_that_was_dropped_in_the_middle_takes_everything_with_it(place: RotateLab) -> None:
    """The rotation stopped with both on; the policy then drops the webhook."""
    place.lab.cloud.trips.before["send_test", 1] = refuses(500)
    assert place.rotate().state is RotationState.STOPPED
    assert len(place.on) == 2
    assert place.lab.apply(policy()).exit_code == 0
    assert place.on == []
    assert (place.claim.state, place.claim.rotating) == (SubscriptionState.TOMBSTONED, False)


def test_the_old_one_vanishes_in_the_middle(place: RotateLab) -> None:
    place.lab.cloud.trips.before["send_test", 1] = refuses(500)
    old = place.live
    place.rotate()
    del place.lab.cloud.subs[old.id]
    (blocked,) = place.lab.plan(wanted()).blocked
    assert "about to take its place" in blocked.what
    assert "rotate default/lineage" in blocked.next_step
    assert place.rotate().state is RotationState.ROTATED
    assert place.on == [place.live.id]
    assert place.lab.plan(wanted()).actions == ()


def test_a_plan_in_the_middle_says_so_and_changes_nothing(place: RotateLab) -> None:
    place.lab.cloud.trips.before["send_test", 1] = refuses(500)
    place.rotate()
    plan = place.lab.plan(wanted())
    assert (plan.actions, plan.blocked) == ((), ())
    (note,) = plan.notes
    assert "did not end" in note
    assert "dbt-alerts rotate default/lineage" in note
