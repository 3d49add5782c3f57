"""Drift with the ledger on a branch: read access is enough, nothing on the branch moves, others' claims stay theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.process_lab import SandboxProcess, Workplace
from tests.scenarios.test_git_ledger import Clones, done


@pytest.fixture
def clones(tmp_path: Path, sandbox: SandboxProcess) -> Clones:
    return Clones(tmp_path, sandbox)


def kinds(place: Workplace) -> set[str]:
    return {finding["kind"] for finding in json.loads(done(place, "drift", "--json").out)["findings"]}


def test_each_manager_is_told_of_its_own_and_the_branch_stays_as_it_is(clones: Clones) -> None:
    ours, theirs = clones.place(manager="ours", to="maria"), clones.place(manager="theirs", to="finance")
    done(ours, "apply", "--yes")
    done(theirs, "apply", "--yes")
    assert (kinds(ours), kinds(theirs)) == (set(), set())
    control = clones.sandbox.control
    (row,) = [each for each in control.rows("notifications") if each["external_email"] == "finance-data@acme.example"]
    control.change("notifications", row["id"], on_failure=[])
    before = clones.subjects()
    assert (kinds(ours), kinds(theirs)) == (set(), {"edge-removed"})
    assert clones.subjects() == before
