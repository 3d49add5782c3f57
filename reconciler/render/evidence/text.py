"""A run of `alert-test` on a terminal: a line for each route and stage, and what to do about those that failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from reconciler.escape import terminal
from reconciler.model.evidence import Evidence, Standing, Tested

__all__ = ["evidence_lines", "verdict", "verdict_lines"]

_SIGNS: Final = {Standing.PROVED: "✓", Standing.ACCEPTED: "·", Standing.FAILED: "✗"}

_WORDS: Final = (*map(str, Standing), "in order")


def evidence_lines(found: Evidence) -> Iterator[str]:
    """Yield the lines of one look."""
    took = f" ({found.seconds:.1f} s)" if found.seconds is not None else ""
    head = f"{_SIGNS[found.standing]} {found.stage:<8}  {found.word:<8}  {terminal(found.route)}"
    yield f"{head}: {terminal(found.answer)}{took}"
    if found.standing is Standing.FAILED:
        if found.fix:
            yield f"    → {terminal(found.fix)}"
        if found.owners:
            yield f"    ask {terminal(', '.join(found.owners))}"


def verdict_lines(tested: Tested) -> Iterator[str]:
    """Yield what it comes to."""
    for each in tested.noted:
        yield f"note: {terminal(each)}"
    for each in tested.skipped:
        yield f"left out: {terminal(each)}"
    yield verdict(tested)


def verdict(tested: Tested) -> str:
    """Return one sentence; of nothing tested, that it proves nothing."""
    if not tested.evidence:
        return "Nothing was tested, so nothing is proved: choose other routes or stages."
    counts = Counter(each.word for each in tested.evidence)
    parts = [f"{counts[word]} {word}" for word in _WORDS if counts[word]]
    return f"Test {tested.correlation}: {', '.join(parts)}."
