"""Files that a command rewrites: whole, together, over nobody's changes, and nothing left beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import RuntimeFailure
from reconciler.policy.editing.files import Rewrite, write_rewrites, write_text


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "a.yml", tmp_path / "b.yml"]
    for path in found:
        path.write_text("team: old\n")
    return found


def rewrites(files: list[Path]) -> list[Rewrite]:
    return [Rewrite(file=str(path), before="team: old\n", after="team: new\n") for path in files]


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


OLD = {"a.yml": "team: old\n", "b.yml": "team: old\n"}


def test_files_that_belong_together_are_all_written(files: list[Path], tmp_path: Path) -> None:
    write_rewrites(rewrites(files))
    assert held(tmp_path) == {"a.yml": "team: new\n", "b.yml": "team: new\n"}


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_after_an_interrupt_or_a_full_disk_each_file_is_as_it_was(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException]
) -> None:
    synced: list[int] = []

    def second_fails(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == len(files):
            raise trouble

    monkeypatch.setattr(os, "fsync", second_fails)
    with pytest.raises(trouble):
        write_rewrites(rewrites(files))
    assert held(tmp_path) == OLD


def test_what_somebody_changed_meanwhile_is_not_overwritten(files: list[Path], tmp_path: Path) -> None:
    files[1].write_text("team: theirs\n")
    with pytest.raises(RuntimeFailure, match=r"b\.yml was changed by somebody else"):
        write_rewrites(rewrites(files))
    assert held(tmp_path) == OLD | {"b.yml": "team: theirs\n"}


def test_two_commands_at_once_do_not_take_each_others_half_written_file(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_command(_descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
        monkeypatch.setattr(os, "getpid", lambda: 0)
        write_text(files[0], "team: theirs\n")

    monkeypatch.setattr(os, "fsync", other_command)
    write_text(files[0], "team: ours\n")
    assert held(tmp_path) == OLD | {"a.yml": "team: ours\n"}


def test_a_name_as_long_as_a_system_takes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".yml")
    path.write_text("team: old\n")
    write_text(path, "team: new\n")
    assert held(tmp_path) == {path.name: "team: new\n"}
