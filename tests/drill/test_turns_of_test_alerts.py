"""Kinds whose messages take turns: what still waits for its turn is not sent once somebody has interrupted."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import cast

import pytest

from reconciler.channels.apprise.kind import AT_ONCE
from reconciler.drill import pace


def test_what_waits_for_its_turn_is_not_sent_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_LAST_WAIT", 0.01)
    begun: list[str] = []
    started, gate = threading.Semaphore(0), threading.Event()

    def act(item: str) -> str:
        if item != "hook":
            begun.append(item)
            started.release()
            assert gate.wait(10)
        return item

    lanes = [(f"phone {n}", "apprise", f"p{n}") for n in range(AT_ONCE + 3)] + [("hook", "webhook", "hook")]
    found = cast("Generator[str]", pace.side_by_side(lanes, act, sleep=lambda _: None, monotonic=lambda: 0.0))
    assert next(found) == "hook"
    assert all(started.acquire(timeout=10) for _ in range(AT_ONCE))
    with pytest.raises(KeyboardInterrupt):
        found.throw(KeyboardInterrupt)
    gate.set()
    for thread in threading.enumerate():
        if thread.name.startswith("alert-test"):
            thread.join(10)
    assert len(begun) == AT_ONCE
