"""Who starts and who stops being told, in names: the first thing a reviewer reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.model.actions import Action, AddEdge, Cause, EvictEdge, RemovalReason, RemoveEdge
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome

__all__ = ["Line", "Move", "PeopleView", "people_view"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recipient starts or stops being told of one outcome of these jobs, for one reason.

    `note` is empty, or says what a reviewer must know: was there before us, foreign, the job is deleted, repairs drift.
    """

    recipient: RecipientKey
    outcome: Outcome
    jobs: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One outcome of these jobs goes from one recipient to another."""

    before: RecipientKey
    after: RecipientKey
    outcome: Outcome
    jobs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    stops: tuple[Line, ...]
    moves: tuple[Move, ...]
    starts: tuple[Line, ...]


def people_view(actions: Sequence[Action]) -> PeopleView:
    """Group actions on edges by person. What stops and what starts for the same job and outcome is a move."""
    stops = {a.edge: _stop_note(a) for a in actions if isinstance(a, RemoveEdge | EvictEdge)}
    starts = {a.edge: _start_note(a) for a in actions if isinstance(a, AddEdge)}
    pairs = _pairs(stops, starts)
    moved = {edge for pair in pairs for edge in pair}
    return PeopleView(
        stops=_lines(stops, moved),
        moves=_moves(pairs),
        starts=_lines(starts, moved),
    )


def _stop_note(action: RemoveEdge | EvictEdge) -> str:
    if isinstance(action, EvictEdge):
        return "not ours: the channel is exclusive"
    if action.reason is RemovalReason.DANGLING:
        return "the job is deleted"
    return "was there before us" if action.claim.origin.value == "adopted" else ""


def _start_note(action: AddEdge) -> str:
    return "repairs drift" if action.cause is Cause.DRIFT else ""


def _pairs(stops: dict[Edge, str], starts: dict[Edge, str]) -> list[tuple[Edge, Edge]]:
    """Pair what leaves and what comes where there is exactly one of each: more would be guessing."""
    leaving, coming = _by_subject(e for e in stops if not stops[e]), _by_subject(e for e in starts if not starts[e])
    return [
        (leaving[subject][0], coming[subject][0])
        for subject in sorted(leaving.keys() & coming.keys())
        if len(leaving[subject]) == len(coming[subject]) == 1
    ]


def _by_subject(edges: Iterable[Edge]) -> dict[tuple[Outcome, int], list[Edge]]:
    found: dict[tuple[Outcome, int], list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.outcome, edge.job_id), []).append(edge)
    return found


def _lines(edges: dict[Edge, str], moved: set[Edge]) -> tuple[Line, ...]:
    grouped: dict[tuple[RecipientKey, Outcome, str], list[int]] = {}
    for edge, note in edges.items():
        if edge not in moved:
            grouped.setdefault((edge.recipient, edge.outcome, note), []).append(edge.job_id)
    return tuple(
        Line(recipient=recipient, outcome=outcome, jobs=tuple(sorted(jobs)), note=note)
        for (recipient, outcome, note), jobs in sorted(grouped.items())
    )


def _moves(pairs: list[tuple[Edge, Edge]]) -> tuple[Move, ...]:
    grouped: dict[tuple[RecipientKey, RecipientKey, Outcome], list[int]] = {}
    for before, after in pairs:
        grouped.setdefault((before.recipient, after.recipient, after.outcome), []).append(after.job_id)
    return tuple(
        Move(before=before, after=after, outcome=outcome, jobs=tuple(sorted(jobs)))
        for (before, after, outcome), jobs in sorted(grouped.items())
    )
