"""What an apply did, in the words of the audit log: a subject that counts, and a line for each change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import AddEdge, AdoptEdge, EvictEdge, RemoveEdge
from reconciler.plan.wording import describe

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Names

__all__ = ["told_lines", "told_subject"]

_MOST_LINES: Final = 200


def told_subject(done: Iterable[Action]) -> str:
    """Return the counts: who starts, who stops, what was adopted, and everything else."""
    counts = Counter(_kind(action) for action in done)
    told = [f"{counts[kind]} {kind}" for kind in ("start", "stop", "adopted", "other") if counts[kind]]
    return f"done: {', '.join(told) or 'nothing'}"


def _kind(action: Action) -> str:
    match action:
        case AddEdge():
            return "start"
        case RemoveEdge() | EvictEdge():
            return "stop"
        case AdoptEdge():
            return "adopted"
        case _:
            return "other"


def told_lines(done: Sequence[Action], names: Names) -> tuple[str, ...]:
    """Return what was done, a line each; of very many the first."""
    first = tuple(describe(action, names) for action in done[:_MOST_LINES])
    more = len(done) - len(first)
    return (*first, f"and {more} more") if more else first
