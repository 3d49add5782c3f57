"""What may be destroyed, and that nothing else ever is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from reconciler.apply.keeper import Keeper
from reconciler.apply.purge import PurgeOptions, judged, purge
from reconciler.apply.writers import Taking
from reconciler.errors import ApiError, ExitCode, LedgerError, NotFound
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.purge import PurgeReport, PurgeState
from tests.apply.rotate_lab import KEY, NOON, RotateLab, wanted
from tests.builders import policy
from tests.doubles import FakeSink, Killed, Trips, dies, refuses

LATER = NOON + timedelta(days=10)


@dataclass(slots=True, kw_only=True)
class PurgeLab:
    """A webhook that was rotated once, or dropped, and is looked at ten days later."""

    place: RotateLab
    wanted: frozenset[str] = field(default_factory=frozenset)

    def options(self, *, days: int = 7, keys: tuple[str, ...] = ()) -> PurgeOptions:
        return PurgeOptions(older_than=timedelta(days=days), now=LATER, keys=frozenset(keys), wanted=self.wanted)

    def look(self, options: PurgeOptions) -> PurgeReport:
        cloud = self.place.lab.cloud
        return judged(self.place.lab.store.ledger, {each.id: each for each in cloud.subscriptions()}, options)

    def purge(self, *, days: int = 7, keys: tuple[str, ...] = ()) -> PurgeReport:
        lab, options = self.place.lab, self.options(days=days, keys=keys)
        return purge(
            self.look(options),
            reader=lab.cloud,
            writer=Taking(lab.cloud),
            keeper=Keeper(store=lab.store, ledger=lab.store.ledger, clock=lambda: LATER, actor="tester"),
            sink_of=lambda key: (
                FakeSink(name=key, kept=lab.kept, trips=lab.cloud.trips) if key in self.wanted else None
            ),
            options=options,
        )

    @property
    def states(self) -> list[PurgeState]:
        return [item.state for item in self.purge().items]


@pytest.fixture
def rotated() -> PurgeLab:
    place = RotateLab.open()
    place.rotate()
    return PurgeLab(place=place, wanted=frozenset({KEY}))


@pytest.fixture
def dropped() -> PurgeLab:
    place = RotateLab.open()
    assert place.lab.apply(policy()).exit_code == 0
    return PurgeLab(place=place)


def old(lab: PurgeLab) -> Subscription:
    """The one webhook that is off."""
    (found,) = (each for each in lab.place.lab.cloud.subs.values() if not each.active)
    return found


def test_a_tombstone_has_the_date_of_its_apply(dropped: PurgeLab) -> None:
    claim = dropped.place.claim
    assert (claim.state, claim.since) == (SubscriptionState.TOMBSTONED, "2026-03-02T06:00:00+00:00")


def test_what_a_rotation_replaced_goes_and_its_secret_with_it(rotated: PurgeLab) -> None:
    place, gone = rotated.place, old(rotated)
    report = rotated.purge()
    assert [item.state for item in report.items] == [PurgeState.PURGED]
    assert report.exit_code == ExitCode.SUCCESS
    assert gone.id not in place.lab.cloud.subs
    assert place.secrets == [f"secret-of-{place.live.id}"]
    assert place.claim.retired == ()
    assert place.lab.plan(wanted()).actions == ()


def test_what_the_policy_dropped_goes_and_the_ledger_forgets_it(dropped: PurgeLab) -> None:
    assert dropped.states == [PurgeState.PURGED]
    assert dropped.place.lab.cloud.subs == {}
    assert KEY not in dropped.place.lab.store.ledger.subscriptions
    assert dropped.place.secrets, "the sink of a webhook that is dropped is nobody's to open"


def test_what_was_rotated_and_then_dropped_goes_whole() -> None:
    place = RotateLab.open()
    place.rotate()
    assert place.lab.apply(policy()).exit_code == 0
    lab = PurgeLab(place=place)
    assert lab.states == [PurgeState.PURGED, PurgeState.PURGED]
    assert (place.lab.cloud.subs, dict(place.lab.store.ledger.subscriptions)) == ({}, {})


@pytest.mark.parametrize("days", [11, 30, 99999])
def test_what_is_too_young_stays(rotated: PurgeLab, days: int) -> None:
    report = rotated.purge(days=days)
    assert ([item.state for item in report.items], report.exit_code) == ([PurgeState.YOUNG], ExitCode.SUCCESS)
    assert old(rotated)


def test_only_what_is_named(rotated: PurgeLab) -> None:
    assert rotated.purge(keys=("growth/other",)).items == ()
    assert old(rotated)


def test_recipients_are_never_deleted(rotated: PurgeLab) -> None:
    rotated.purge()
    assert rotated.place.lab.cloud.trips.log.count("delete_subscription") == 1
    assert [name for name in rotated.place.lab.cloud.trips.log if "notification" in name] == []


# --- refused ---------------------------------------------------------------------------------------------------------
def refused(lab: PurgeLab) -> str:
    """Purge, prove that nothing was deleted or forgotten, and return why."""
    before = lab.place.lab.store.ledger
    report = lab.purge()
    assert ([item.state for item in report.items], report.exit_code) == ([PurgeState.REFUSED], ExitCode.REFUSED)
    assert lab.place.lab.cloud.calls("delete_subscription") == 0
    assert lab.place.lab.store.ledger == before
    assert report.items[0].next_step
    return report.items[0].message


def test_one_that_is_on_again(rotated: PurgeLab) -> None:
    rotated.place.lab.cloud.subs[old(rotated).id] = replace(old(rotated), active=True)
    assert "it is on" in refused(rotated)


@pytest.mark.parametrize("description", ["", "mine now", "[dbt-alerts:other/default/lineage]"])
def test_one_that_lost_our_mark(rotated: PurgeLab, description: str) -> None:
    rotated.place.lab.cloud.subs[old(rotated).id] = replace(old(rotated), description=description)
    assert "our mark" in refused(rotated)


def test_one_that_the_policy_names_again(dropped: PurgeLab) -> None:
    dropped.wanted = frozenset({KEY})
    assert "names it again" in refused(dropped)


def test_one_that_is_protected(dropped: PurgeLab) -> None:
    _claim(dropped, protected=True)
    assert "protected" in refused(dropped)


def test_one_whose_rotation_did_not_end(rotated: PurgeLab) -> None:
    (retired,) = rotated.place.claim.retired
    _claim(rotated, retired=(replace(retired, since=""),))
    assert "did not end" in refused(rotated)


def test_one_that_another_key_uses_by_now(rotated: PurgeLab) -> None:
    ledger, gone = rotated.place.lab.store.ledger, old(rotated)
    other = replace(rotated.place.claim, key="default/other", id=gone.id, retired=())
    rotated.place.lab.store.ledger = replace(ledger, subscriptions={**ledger.subscriptions, "default/other": other})
    assert "another name" in refused(rotated)


def _claim(lab: PurgeLab, **changes: object) -> None:
    ledger = lab.place.lab.store.ledger
    claim = replace(lab.place.claim, **changes)  # type: ignore[arg-type]
    lab.place.lab.store.ledger = replace(ledger, subscriptions={**ledger.subscriptions, KEY: claim})


def test_one_that_is_switched_on_after_it_was_judged(rotated: PurgeLab) -> None:
    """The fresh read before the deletion decides, not the list."""
    gone, cloud = old(rotated), rotated.place.lab.cloud

    def woken() -> None:
        cloud.subs[gone.id] = replace(gone, active=True)

    cloud.trips.before["subscription", cloud.calls("subscription") + 1] = woken
    assert rotated.states == [PurgeState.REFUSED]
    assert gone.id in cloud.subs


# --- gone, or hidden -------------------------------------------------------------------------------------------------
def test_one_that_somebody_deleted_is_forgotten(rotated: PurgeLab) -> None:
    del rotated.place.lab.cloud.subs[old(rotated).id]
    assert rotated.states == [PurgeState.GONE]
    assert rotated.place.claim.retired == ()
    assert rotated.place.secrets == [f"secret-of-{rotated.place.live.id}"]


def test_a_404_for_one_that_the_list_has_is_no_deletion(rotated: PurgeLab) -> None:
    gone, cloud = old(rotated), rotated.place.lab.cloud

    def hidden() -> None:
        raise NotFound(method="GET", path="/x", status=404)

    cloud.trips.before["subscription", cloud.calls("subscription") + 1] = hidden
    report = rotated.purge()
    assert ([item.state for item in report.items], report.exit_code) == ([PurgeState.FAILED], ExitCode.PARTLY)
    assert "answers 404" in report.items[0].message
    assert (gone.id in cloud.subs, len(rotated.place.claim.retired)) == (True, 1)


def test_a_list_that_cannot_be_read_ends_it_before_anything(rotated: PurgeLab) -> None:
    rotated.place.lab.cloud.trips.before["subscriptions", 0] = refuses(404)
    with pytest.raises(ApiError, match="404"):
        rotated.purge()
    assert rotated.place.lab.cloud.calls("delete_subscription") == 0


# --- trouble ---------------------------------------------------------------------------------------------------------
def test_a_deletion_that_does_not_hold_is_told(rotated: PurgeLab) -> None:
    rotated.place.lab.cloud.trips.before["delete_subscription", 1] = refuses(500)
    report = rotated.purge()
    assert ([item.state for item in report.items], report.exit_code) == ([PurgeState.FAILED], ExitCode.PARTLY)
    assert rotated.states == [PurgeState.PURGED]


def test_a_ledger_that_cannot_be_written_ends_it(rotated: PurgeLab) -> None:
    rotated.place.lab.store.fails = True
    with pytest.raises(LedgerError):
        rotated.purge()


def _kills() -> list[tuple[str, int]]:
    place = RotateLab.open()
    place.rotate()
    lab = PurgeLab(place=place, wanted=frozenset({KEY}))
    place.arm(Trips())
    lab.purge()
    return [(moment, number) for number in range(1, place.lab.cloud.trips.counts["any"] + 1) for moment in ("a", "b")]


@pytest.mark.parametrize(("moment", "number"), _kills())
def test_killed_at_any_call_it_goes_on(rotated: PurgeLab, moment: str, number: int) -> None:
    trips = Trips()
    (trips.after if moment == "a" else trips.before)["any", number] = dies
    rotated.place.arm(trips)
    with suppress(Killed):  # after a read that is a 404 there is no moment to die at
        rotated.purge()
    rotated.place.arm(Trips())
    assert all(state in {PurgeState.PURGED, PurgeState.GONE} for state in rotated.states)
    assert rotated.place.claim.retired == ()
    assert rotated.place.on == [rotated.place.live.id]
    assert rotated.place.secrets == [f"secret-of-{rotated.place.live.id}"]
