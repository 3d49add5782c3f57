"""Evidence is added at the store's pace: to a file at once, to a branch now and then, and always at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from reconciler.drill.keeping import Gathering
from reconciler.model.evidence import Evidence
from tests.drill.evidence_lab import seen


@dataclass
class Store:
    pause: float
    added: list[list[str]] = field(default_factory=list)
    now: float = 0.0

    def append(self, found: Sequence[Evidence]) -> None:
        self.added.append([each.id for each in found])

    def read(self) -> tuple[Evidence, ...]:
        return ()

    def verify(self) -> tuple[()]:
        return ()

    def tip(self) -> str:
        return ""

    def clock(self) -> float:
        return self.now


def test_a_file_gets_each_piece_as_it_comes() -> None:
    store = Store(pause=0.0)
    with Gathering(store, monotonic=store.clock) as kept:
        kept.keep(seen(id="1"))
        assert store.added == [["1"]]
        kept.keep(seen(id="2"))
    assert [ids for ids in store.added if ids] == [["1"], ["2"]]


def test_a_branch_gets_what_has_gathered_meanwhile() -> None:
    store = Store(pause=15.0)
    with Gathering(store, monotonic=store.clock) as kept:
        for number in range(4):
            store.now = number * 6.0
            kept.keep(seen(id=str(number)))
        assert store.added == [["0", "1", "2", "3"]]
        kept.keep(seen(id="4"))
        assert store.added == [["0", "1", "2", "3"]]
    assert store.added == [["0", "1", "2", "3"], ["4"]]


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_what_has_gathered_is_added_however_it_ends(end: type[BaseException]) -> None:
    store = Store(pause=15.0)

    def ended() -> None:
        with Gathering(store, monotonic=store.clock) as kept:
            kept.keep(seen(id="1"))
            raise end

    with pytest.raises(end):
        ended()
    assert store.added == [["1"]]
