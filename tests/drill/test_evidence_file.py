"""The file of evidence: appended to, healed, never replaced, and safe with several writers."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.drill.keeping import EvidenceFile
from reconciler.errors import RuntimeFailure
from tests.drill.evidence_lab import seen


@pytest.fixture
def store(tmp_path: Path) -> EvidenceFile:
    return EvidenceFile(tmp_path / ".dbt-alerts" / "evidence.jsonl")


def test_what_is_not_there_holds_nothing(store: EvidenceFile) -> None:
    assert store.read() == ()
    assert store.verify() == ()
    store.append([])
    assert not store.path.exists()


def test_additions_follow_one_another_and_only_the_owner_reads_them(store: EvidenceFile) -> None:
    store.append([seen(id="1"), seen(id="2")])
    store.append([seen(id="3")])
    assert [each.id for each in store.read()] == ["1", "2", "3"]
    assert store.verify() == ()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kept", [1, 40, -2])
def test_a_half_written_last_line_is_taken_away_and_the_chain_goes_on(store: EvidenceFile, kept: int) -> None:
    store.append([seen(id="1"), seen(id="2")])
    first, second = store.path.read_bytes().splitlines(keepends=True)
    store.path.write_bytes(first + second[:kept])
    assert store.verify() == ()
    store.append([seen(id="3")])
    assert [each.id for each in store.read()] == ["1", "3"]
    assert store.verify() == ()


def test_a_whole_last_line_that_lacks_its_end_stays(store: EvidenceFile) -> None:
    store.append([seen(id="1")])
    store.path.write_bytes(store.path.read_bytes().rstrip(b"\n"))
    store.append([seen(id="2")])
    assert [each.id for each in store.read()] == ["1", "2"]
    assert store.verify() == ()


def test_several_writers_make_one_chain(store: EvidenceFile) -> None:
    def write(number: int) -> None:
        EvidenceFile(store.path).append([seen(id=f"{number}a"), seen(id=f"{number}b")])

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(write, range(12)))
    ids = [each.id for each in store.read()]
    assert len(ids) == 24
    assert all(ids[place][:-1] == ids[place + 1][:-1] for place in range(0, 24, 2))
    assert store.verify() == ()


def test_reading_is_bounded_and_takes_the_newest(store: EvidenceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append([seen(id=str(number)) for number in range(50)])
    monkeypatch.setattr("reconciler.drill.keeping.MOST_READ", 2000)
    found = [each.id for each in store.read()]
    assert found[-1] == "49"
    assert 0 < len(found) < 10


def test_a_line_without_end_is_found_and_not_held_in_memory(store: EvidenceFile) -> None:
    store.append([seen()])
    with store.path.open("ab") as file:
        file.write(b"x" * 300_000 + b"\n")
    assert [each.line for each in store.verify()] == [2]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFailure, match="cannot be written"):
        EvidenceFile(tmp_path / "file" / "evidence.jsonl").append([seen()])
