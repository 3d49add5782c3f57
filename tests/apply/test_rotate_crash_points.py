"""A rotation that dies, or fails, at every call to dbt Cloud, the sink and the ledger: nobody is ever left untold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import pytest

from reconciler.errors import AlertsError
from reconciler.model.ledger import SubscriptionState
from reconciler.model.rotation import RotationState
from tests.apply.rotate_lab import RotateLab, wanted
from tests.doubles import Hook, Killed, Trips, dies, in_doubt, refuses


def armed() -> RotateLab:
    return RotateLab.open()


def adopted() -> RotateLab:
    place = RotateLab.open()
    place.forget_secret()
    return place


def refused() -> RotateLab:
    """The receiver takes only what the old webhook signs, until the rotation is run again."""
    place = RotateLab.open()
    place.tester.refuses = 401
    return place


class Story(NamedTuple):
    name: str
    begins: Callable[[], RotateLab]
    leaked: bool = False


STORIES = (
    Story("armed", armed),
    Story("leaked", armed, leaked=True),
    Story("adopted", adopted),
    Story("refused", refused),
)


@cache
def calls(story: Story) -> int:
    place = story.begins()
    place.arm(Trips())
    place.rotate(leaked=story.leaked)
    return place.lab.cloud.trips.counts["any"]


POINTS = [
    pytest.param(story, moment, number, id=f"{story.name}-{moment}-{number}")
    for story in STORIES
    for number in range(1, calls(story) + 1)
    for moment in ("before", "after")
]


def told(place: RotateLab, old: str, *, was_adopted: bool) -> bool:
    """Whether somebody is told now: an active webhook whose secret is in the sink, or the old one of an adoption."""
    return bool(place.told) or (was_adopted and old in place.on)


def struck(story: Story, moment: str, number: int, hook: Hook) -> RotateLab:
    """Run a rotation to its death or its end; at every call of it, somebody must be told."""
    place = story.begins()
    old = place.claim.id or ""
    trips = Trips()
    place.arm(trips)

    def watch() -> None:
        assert told(place, old, was_adopted=story.begins is adopted), f"nobody is told at {trips.log}"

    for each in range(1, calls(story) + 50):
        trips.before["any", each] = watch
        trips.after["any", each] = watch
    (trips.before if moment == "before" else trips.after)["any", number] = hook
    with suppress(Killed, AlertsError):
        place.rotate(leaked=story.leaked)
    watch()
    place.arm(Trips())
    place.tester.refuses = None
    place.tester.looks = 2
    return place


def ends_well(place: RotateLab, story: Story) -> None:
    """Running it again ends in one active webhook, its secret first in the sink, and a plan with nothing to do."""
    report = place.rotate(leaked=story.leaked)
    assert report.state in {RotationState.ROTATED, RotationState.FINISHED}, report
    assert place.on == [place.live.id]
    assert place.told == place.on
    assert place.secrets[0] == place.lab.cloud.secrets[place.live.id]
    claim = place.claim
    assert (claim.state, claim.rotating, bool(claim.receipt)) == (SubscriptionState.ARMED, False, True)
    known = {claim.id, *(each.id for each in claim.retired)}
    assert place.lab.cloud.subs.keys() == known, "nothing is there that the ledger does not know"
    plan = place.lab.plan(wanted())
    assert (plan.actions, plan.blocked, plan.notes) == ((), (), ())


@pytest.mark.parametrize(("story", "moment", "number"), POINTS)
def test_killed_at_any_call_it_goes_on(story: Story, moment: str, number: int) -> None:
    ends_well(struck(story, moment, number, dies), story)


@pytest.mark.parametrize(("story", "moment", "number"), POINTS)
def test_a_call_that_fails_or_is_in_doubt_does_no_harm(story: Story, moment: str, number: int) -> None:
    hook = refuses(500) if moment == "before" else in_doubt
    place = struck(story, moment, number, hook)
    if not place.claim.rotating and len(place.on) == 1 and place.claim.receipt and place.claim.retired:
        return
    ends_well(place, story)


@pytest.mark.parametrize(("story", "moment", "number"), POINTS)
def test_a_plan_and_a_full_apply_in_between_change_nothing_that_matters(story: Story, moment: str, number: int) -> None:
    place = struck(story, moment, number, dies)
    on = place.on
    assert place.lab.apply(wanted()).exit_code == 0
    assert place.on == on
    ends_well(place, story)


def test_every_call_was_died_at() -> None:
    assert all(calls(story) > 15 for story in STORIES), {story.name: calls(story) for story in STORIES}
