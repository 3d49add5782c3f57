"""What every exploration shares: nothing waits for a disk, and the figures are shown even where output is captured."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

Show = Callable[[str], None]


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing dies here: whether a ledger survives a power cut is asked in tests/crash."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end="")  # noqa: T201 - a measured figure, for whoever runs the tests

    return line
