"""A snapshot names people: only its owner reads it, and it is never half of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_only_the_owner_reads_it(run: Run) -> None:
    assert run("snapshot", "--out", "live.json").code == 0
    assert Path("live.json").stat().st_mode & 0o777 == 0o600


def test_a_failed_save_leaves_the_old_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("live.json").write_text("yesterday's")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reconciler.durable.write_private", full)
    assert run("snapshot", "--out", "live.json").code == 1
    assert Path("live.json").read_text() == "yesterday's"


def test_what_never_ends_is_no_snapshot(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.cli.live._LARGEST_SNAPSHOT", 4096)
    found = run("plan", "--live", "/dev/zero")
    assert (found.code, "too big to be a snapshot" in found.err) == (64, True)
    assert "dbt-alerts snapshot" in found.err
