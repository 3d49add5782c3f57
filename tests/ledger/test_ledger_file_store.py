"""The file store: whole or not at all, compared before it is swapped, never over somebody else's ledger."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.durable import check_durable
from reconciler.errors import LedgerError, Refused
from reconciler.ledger import FileStore
from reconciler.ledger.reading import LOG_LENGTH
from reconciler.model.ledger import Ledger, LedgerWrite

WRITE = LedgerWrite(at="2026-03-02T06:00:00+00:00", actor="tester", commit="abc", plan_digest="d", what="test")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "deep" / "ledger.json")


def load(store: FileStore) -> Ledger:
    return store.load("https://ab123.us1.dbt.com", 7, "acme")


def save(store: FileStore, ledger: Ledger) -> Ledger:
    return store.save(ledger, expected_generation=ledger.generation, write=WRITE)


def test_no_file_is_an_empty_ledger(store: FileStore) -> None:
    assert load(store).empty
    assert not store.path.exists()


def test_a_saved_ledger_is_loaded_with_its_next_generation_and_its_log(store: FileStore) -> None:
    saved = save(store, load(store))
    assert (saved.generation, saved.log) == (1, (WRITE,))
    assert load(store) == saved


def test_only_its_owner_may_read_it(store: FileStore) -> None:
    save(store, load(store))
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_nothing_but_the_ledger_is_left_in_its_folder(store: FileStore) -> None:
    save(store, load(store))
    assert [each.name for each in store.path.parent.iterdir()] == ["ledger.json"]


def test_a_stale_generation_is_not_written(store: FileStore) -> None:
    first = load(store)
    save(store, first)
    text = store.path.read_text()
    with pytest.raises(LedgerError, match="generation 1, not 0") as caught:
        save(store, first)
    assert "run again" in caught.value.next_step
    assert store.path.read_text() == text


def test_of_many_writers_exactly_one_wins(store: FileStore) -> None:
    first = load(store)

    def attempt(_: int) -> bool:
        try:
            save(FileStore(store.path), first)
        except LedgerError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [({"host": "https://other.dbt.com"}, "host"), ({"account_id": 8}, "account"), ({"manager": "other"}, "manager")],
)
def test_another_ledger_is_neither_read_nor_overwritten(store: FileStore, change: dict[str, str], word: str) -> None:
    save(store, load(store))
    text = store.path.read_text()
    other = replace(load(store), **change)  # pyrefly: ignore[bad-argument-type]
    with pytest.raises(Refused, match=f"belongs to {word}"):
        store.load(other.host, other.account_id, other.manager)
    with pytest.raises(Refused, match=f"belongs to {word}"):
        save(store, other)
    assert store.path.read_text() == text


@pytest.mark.parametrize(("text", "says"), [("{", "damaged"), ('{"format": 9}', "newer version"), ("\xff", "damaged")])
def test_a_file_that_cannot_be_understood_is_never_overwritten(store: FileStore, text: str, says: str) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(text.encode("latin-1"))
    for attempt in (lambda: load(store), lambda: save(store, Ledger(host="h", account_id=7, manager="acme"))):
        with pytest.raises(LedgerError, match=says) as caught:
            attempt()
        assert caught.value.next_step
    assert store.path.read_bytes() == text.encode("latin-1")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = save(store, load(store))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LedgerError, match="No space left"):
        save(store, saved)
    assert load(store) == saved
    assert [each.name for each in store.path.parent.iterdir()] == ["ledger.json"]


def test_a_link_to_a_folder_that_is_kept_stays_a_link(tmp_path: Path) -> None:
    kept, lost = tmp_path / "kept", tmp_path / "lost"
    kept.mkdir()
    lost.mkdir()
    store = FileStore(lost / "ledger.json")
    store.path.symlink_to(kept / "ledger.json")
    saved = save(store, load(store))
    assert store.path.is_symlink()
    assert [each.name for each in kept.iterdir()] == ["ledger.json"]
    assert load(FileStore(kept / "ledger.json")) == saved


def test_what_a_killed_run_left_behind_is_no_obstacle(store: FileStore) -> None:
    saved = save(store, load(store))
    (store.path.parent / ".ledger.json.new").write_text("half a led")
    save(store, saved)
    assert [each.name for each in store.path.parent.iterdir()] == ["ledger.json"]


def test_a_file_system_without_locks_is_said(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, __: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LedgerError, match="No locks available") as caught:
        save(store, load(store))
    assert caught.value.next_step


def test_the_log_is_bounded_and_keeps_the_newest(store: FileStore) -> None:
    ledger = replace(load(store), log=tuple(replace(WRITE, what=str(number)) for number in range(LOG_LENGTH + 5)))
    saved = save(store, ledger)
    assert len(saved.log) == LOG_LENGTH
    assert saved.log[-1] == WRITE


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        save(FileStore(tmp_path / "file" / "ledger.json"), Ledger(host="h", account_id=7, manager="acme"))


def test_the_format_is_versioned(store: FileStore) -> None:
    save(store, load(store))
    assert json.loads(store.path.read_text())["format"] == 1


# --- what must outlive a runner -------------------------------------------------------------------------------------
@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    kept, lost = tmp_path / "kept", tmp_path / "lost"
    kept.mkdir()
    lost.mkdir()
    return kept, lost


def judged(path: Path, **environ: str) -> bool:
    try:
        check_durable(path, environ)
    except Refused:
        return False
    return True


def test_outside_ci_every_path_will_do(folders: tuple[Path, Path]) -> None:
    assert judged(folders[1] / "ledger.json")
    assert judged(folders[1] / "ledger.json", CI="false")


def test_in_ci_only_named_folders_will_do(folders: tuple[Path, Path]) -> None:
    kept, lost = folders
    durable = os.pathsep.join([str(kept), str(kept.parent / "other")])
    assert not judged(lost / "ledger.json", CI="true")
    assert not judged(lost / "ledger.json", CI="true", DBT_ALERTS_DURABLE=durable)
    assert judged(kept / "deep" / "ledger.json", CI="true", DBT_ALERTS_DURABLE=durable)


def test_a_path_cannot_leave_a_named_folder(folders: tuple[Path, Path]) -> None:
    kept, lost = folders
    (kept / "link").symlink_to(lost)
    for path in (kept / "link" / "ledger.json", kept / ".." / "lost" / "ledger.json", kept.parent / "kept-too"):
        assert not judged(path, CI="1", DBT_ALERTS_DURABLE=str(kept))


def test_a_refusal_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lost with the runner") as caught:
        check_durable(tmp_path, {"CI": "true"})
    assert "DBT_ALERTS_DURABLE" in caught.value.next_step
    assert caught.value.exit_code == 4
