"""Whatever is compared with the ledger, the ledger is looked at first: a run that ends in between is seen whole."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from reconciler.cloud import Reader
from reconciler.ledger import FileStore
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "command",
    [("plan",), ("drift",), ("ledger", "verify"), ("ledger", "rebuild", "--merge"), ("release", "maria", "--dry-run")],
    ids=" ".join,
)
def test_the_ledger_is_looked_at_before_live_is_read(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert run("apply", "--yes").code == 0
    order: list[str] = []
    reading, look = Reader.reading, FileStore.look

    def watched_reading(self: Reader, **more: object) -> AbstractContextManager[object]:
        order.append("live")
        return reading(self, **more)  # type: ignore[arg-type]

    def watched_look(self: FileStore) -> None:
        order.append("ledger")
        look(self)

    monkeypatch.setattr(Reader, "reading", watched_reading)
    monkeypatch.setattr(FileStore, "look", watched_look)
    run(*command)
    assert order[0] == "ledger"
    assert "live" in order
