"""A purge and a rotation write the ledger before they write dbt Cloud: on a branch, the first save takes the lease."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.apply.keeper import Keeper
from reconciler.apply.purge import PurgeOptions, judged, purge
from reconciler.apply.rotate import Rotation
from reconciler.apply.writers import Taking
from reconciler.errors import LedgerError
from reconciler.model.ledger import LedgerWrite
from tests.apply.rotate_lab import KEY, NOON, RotateLab
from tests.builders import policy
from tests.doubles import Killed, Trips, dies

THEIRS = LedgerWrite(at=NOON.isoformat(), actor="another", commit="", plan_digest="", what="apply")
WRITES = ("create_subscription", "put_subscription", "delete_subscription")


def written_by_another(place: RotateLab) -> None:
    """Let another run save between our look at the ledger and our first write."""
    store = place.lab.store
    store.save(store.ledger, expected_generation=store.ledger.generation, write=THEIRS)


def writes(place: RotateLab) -> list[str]:
    return [each for each in place.lab.cloud.trips.log if each in WRITES]


def stale(place: RotateLab) -> Keeper:
    keeper = Keeper(store=place.lab.store, ledger=place.lab.store.ledger, clock=lambda: NOON, actor="tester")
    written_by_another(place)
    place.arm(Trips())
    return keeper


def test_a_purge_deletes_nothing_once_another_run_wrote() -> None:
    place = RotateLab.open()
    assert place.lab.apply(policy()).exit_code == 0
    lab, options = place.lab, PurgeOptions(older_than=timedelta(0), now=NOON + timedelta(days=10))
    report = judged(lab.store.ledger, {each.id: each for each in lab.cloud.subscriptions()}, options)
    keeper = stale(place)
    with pytest.raises(LedgerError):
        purge(
            report,
            reader=lab.cloud,
            writer=Taking(lab.cloud),
            keeper=keeper,
            sink_of=lambda _: None,
            options=options,
        )
    assert writes(place) == []


def killed_after(place: RotateLab, call: str) -> None:
    """Leave a rotation that died right after this call."""
    place.arm(Trips(after={(call, 1): dies}))
    with suppress(Killed):
        place.rotate()


@pytest.mark.parametrize("call", ["create_subscription", "add", "send_test"])
def test_a_rotation_goes_on_with_nothing_once_another_run_wrote(call: str) -> None:
    place = RotateLab.open()
    killed_after(place, call)
    place.arm(Trips())
    rotation: Rotation = place.rotation()
    rotation = replace(rotation, keeper=stale(place))
    with pytest.raises(LedgerError):
        rotation.run()
    assert writes(place) == []


def test_the_end_of_a_rotation_waits_for_the_ledger_too() -> None:
    place = RotateLab.open()
    former = place.live.id
    place.arm(Trips(after={("save", 3): dies}))
    with suppress(Killed):
        place.rotate()
    assert place.claim.retired[0].id == former
    assert former in place.on
    rotation = replace(place.rotation(), keeper=stale(place))
    with pytest.raises(LedgerError):
        rotation.run()
    assert writes(place) == []


def test_a_rotation_that_goes_on_says_so_in_the_log() -> None:
    place = RotateLab.open()
    killed_after(place, "create_subscription")
    place.arm(Trips())
    place.rotate()
    assert f"rotate {KEY}: goes on" in [entry.what for entry in place.lab.store.ledger.log]
