"""Without lock and settle pass the lost update must be found: an exploration that cannot fail proves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from reconciler.apply import run
from tests.interleaving.conftest import Show
from tests.interleaving.explore import Explored, explore, replay
from tests.interleaving.scenarios import SCENARIOS

RACE: Final = next(each for each in SCENARIOS if each.name == "two managers, different jobs, one recipient")
ALL: Final = 10_000


@pytest.fixture
def _no_settle_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run._Run, "_settle", lambda _: None)


def lost_updates(explored: Explored) -> int:
    """Count the schedules in which an applier that exited 0 is without what it wanted."""
    return sum(any("exited 0, but" in wrong for wrong in found.wrong) for found in explored.found)


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Explored:
    """Return what is found with lock and settle pass off: looked for once, for two tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run._Run, "_settle", lambda _: None)
        return explore(RACE, RACE.keeping(tmp_path_factory.mktemp("unguarded"), locks=False), enough=ALL)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_settle_pass")
def test_without_lock_and_settle_pass_the_lost_update_is_found(unguarded: Explored, tmp_path: Path, show: Show) -> None:
    explored = unguarded
    show(
        f"lock and settle pass off: {lost_updates(explored)} of {explored.schedules} schedules lose an update silently"
    )
    assert lost_updates(explored), "the control found nothing: the exploration is blind"
    found = next(each for each in explored.found if any("exited 0, but" in wrong for wrong in each.wrong))
    show(f"for example {found}")
    assert replay(RACE, RACE.keeping(tmp_path, locks=False), found.schedule).found[0].wrong == found.wrong
    assert not replay(RACE, RACE.keeping(tmp_path), found.schedule).found, "with the lock the same schedule ends well"


@pytest.mark.slow
def test_the_settle_pass_alone_is_not_enough(unguarded: Explored, tmp_path: Path, show: Show) -> None:
    """It repairs what is undone before its last look; what comes later only the lock keeps out."""
    with_settle = lost_updates(explore(RACE, RACE.keeping(tmp_path, locks=False), enough=ALL))
    without = lost_updates(unguarded)
    show(f"lock off: {with_settle} schedules lose an update with the settle pass, {without} without it")
    assert 0 < with_settle < without


@pytest.mark.slow
def test_the_lock_alone_is_enough_among_appliers(tmp_path: Path, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run._Run, "_settle", lambda _: None)
    explored = explore(RACE, RACE.keeping(tmp_path), enough=ALL)
    show(f"settle pass off, lock on: {len(explored.found)} of {explored.schedules} schedules end badly")
    assert not explored.found
