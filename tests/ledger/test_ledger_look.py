"""A look fixes what the next load shows; what anybody writes after it refuses the save. The load after that is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger import FileStore
from reconciler.ledger.git_store import GitStore
from tests.ledger.git_lab import ACCOUNT, HOST, WRITE, Lab

Store = FileStore | GitStore
Open = Callable[[], Store]


@pytest.fixture(params=["file", "git"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Return what opens the same ledger for one more run."""
    if request.param == "file":
        return lambda: FileStore(tmp_path / "ledger.json")
    lab = Lab.open(tmp_path)
    return lab.store


def written(store: Store, digest: str) -> None:
    ledger = store.load(HOST, ACCOUNT, "acme")
    store.save(replace(ledger, policy_digest=digest), expected_generation=ledger.generation, write=WRITE)


def test_the_load_after_a_look_shows_what_was_there_then(opened: Open) -> None:
    ours = opened()
    written(opened(), "before")
    ours.look()
    written(opened(), "after")
    assert ours.load(HOST, ACCOUNT, "acme").policy_digest == "before"


def test_what_is_written_after_a_look_refuses_the_save(opened: Open) -> None:
    ours = opened()
    ours.look()
    written(opened(), "theirs")
    ledger = ours.load(HOST, ACCOUNT, "acme")
    with pytest.raises(LedgerError):
        ours.save(replace(ledger, policy_digest="ours"), expected_generation=ledger.generation, write=WRITE)
    assert opened().load(HOST, ACCOUNT, "acme").policy_digest == "theirs"


def test_a_look_serves_one_load(opened: Open) -> None:
    ours = opened()
    ours.look()
    written(opened(), "new")
    assert ours.load(HOST, ACCOUNT, "acme").empty
    assert ours.load(HOST, ACCOUNT, "acme").policy_digest == "new"


def test_a_look_leaves_nothing_behind(tmp_path: Path) -> None:
    FileStore(tmp_path / "folder" / "ledger.json").look()
    assert list(tmp_path.iterdir()) == []
