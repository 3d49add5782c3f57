"""Two appliers at once, and an applier against a person with a stale form: every schedule within the bound."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.interleaving.conftest import Show
from tests.interleaving.explore import explore
from tests.interleaving.git_keeping import Branch
from tests.interleaving.scenarios import SCENARIOS, Scenario

DEEPER: Final = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 0
"""Further preemptions of the nightly run."""
ALONE: Final = [each for each in SCENARIOS if not each.person]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.slug)
def test_intentions_hold_or_the_run_says_so_and_nothing_foreign_is_lost(
    scenario: Scenario, tmp_path: Path, show: Show
) -> None:
    explored = explore(replace(scenario, preemptions=scenario.preemptions + DEEPER), scenario.keeping(tmp_path))
    show(str(explored))
    assert not explored.found, f"{len(explored.found)} schedules end badly, the first:\n{explored.found[0]}"
    assert explored.schedules >= 30
    assert explored.exits["success"]


@pytest.mark.parametrize("scenario", ALONE, ids=lambda each: each.slug)
def test_appliers_alone_overwrite_nothing_unseen(scenario: Scenario, tmp_path: Path) -> None:
    """Where no person writes there is no excuse: the lock keeps every other applier out."""
    explored = explore(replace(scenario, preemptions=1, at_random=10), scenario.keeping(tmp_path))
    assert not explored.found
    assert explored.overwritten == explored.undone_later == 0
    assert explored.exits["failure"], "in no schedule was an applier kept out"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="the ledger is on a branch; there is no git here")
def test_the_git_store_keeps_two_managers_apart(tmp_path: Path, show: Show) -> None:
    scenario = next(each for each in SCENARIOS if each.name == "two managers, different jobs, one recipient")
    explored = explore(replace(scenario, preemptions=1, at_random=0), Branch.open(tmp_path))
    show(f"on a git branch: {explored}")
    assert not explored.found, f"the first that ends badly:\n{explored.found[0]}"
    assert explored.exits["failure"], "in no schedule was an applier kept out"
