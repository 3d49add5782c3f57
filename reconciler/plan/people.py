"""Who starts and who stops being told, in names: the first thing a reviewer reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.actions import Action, AddEdge, Cause, EdgeLoss, EvictEdge, RemovalReason
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome

__all__ = ["Line", "Move", "PeopleView", "lines", "people_view"]

_BEFORE_US = "was there before us"

Subject = tuple[Outcome, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recipient starts or stops being told of these outcomes of these jobs, for one reason.

    `note` is empty, or says what a reviewer must know: was there before us, foreign, the job is deleted, repairs drift.
    """

    recipient: RecipientKey
    outcomes: tuple[Outcome, ...]
    jobs: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """These outcomes of these jobs go from some recipients to others: nobody can say who of several replaces whom.

    `note` says whose alert was there before us.
    """

    before: tuple[RecipientKey, ...]
    after: tuple[RecipientKey, ...]
    outcomes: tuple[Outcome, ...]
    jobs: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    stops: tuple[Line, ...]
    moves: tuple[Move, ...]
    starts: tuple[Line, ...]


def people_view(actions: Sequence[Action]) -> PeopleView:
    """Group actions on edges by person. What stops and what starts for the same job and outcome is a move."""
    stops = {a.edge: _stop_note(a) for a in actions if isinstance(a, EdgeLoss)}
    starts = {a.edge: _start_note(a) for a in actions if isinstance(a, AddEdge)}
    leaving = _by_subject(edge for edge, note in stops.items() if note in {"", _BEFORE_US})
    coming = _by_subject(edge for edge, note in starts.items() if not note)
    moved = leaving.keys() & coming.keys()
    movable = {edge for edges in leaving.values() for edge in edges}
    return PeopleView(
        stops=lines({edge: note for edge, note in stops.items() if edge not in movable or _of(edge) not in moved}),
        moves=_moves(leaving, coming, stops),
        starts=lines({edge: note for edge, note in starts.items() if note or _of(edge) not in moved}),
    )


def _of(edge: Edge) -> Subject:
    return edge.outcome, edge.job_id


def _stop_note(action: EdgeLoss) -> str:
    if isinstance(action, EvictEdge):
        return "not ours: the channel is exclusive"
    if action.reason is RemovalReason.DANGLING:
        return "the job is deleted"
    return _BEFORE_US if action.claim.origin.was_there else ""


def _start_note(action: AddEdge) -> str:
    return "repairs drift" if action.cause is Cause.DRIFT else ""


def _by_subject(edges: Iterable[Edge]) -> dict[Subject, list[Edge]]:
    found: dict[Subject, list[Edge]] = {}
    for edge in edges:
        found.setdefault(_of(edge), []).append(edge)
    return found


def lines(edges: Mapping[Edge, str]) -> tuple[Line, ...]:
    """Put the jobs of one recipient, outcome and note on one line, and outcomes of the same jobs together."""
    jobs: dict[tuple[RecipientKey, str, Outcome], list[int]] = {}
    for edge, note in edges.items():
        jobs.setdefault((edge.recipient, note, edge.outcome), []).append(edge.job_id)
    grouped: dict[tuple[RecipientKey, str, tuple[int, ...]], list[Outcome]] = {}
    for (recipient, note, outcome), job_ids in jobs.items():
        grouped.setdefault((recipient, note, tuple(sorted(job_ids))), []).append(outcome)
    found = (
        Line(recipient=recipient, outcomes=tuple(sorted(outcomes)), jobs=job_ids, note=note)
        for (recipient, note, job_ids), outcomes in grouped.items()
    )
    return tuple(sorted(found, key=lambda line: (line.recipient, line.outcomes, line.note, line.jobs)))


def _moves(
    leaving: Mapping[Subject, list[Edge]], coming: Mapping[Subject, list[Edge]], notes: Mapping[Edge, str]
) -> tuple[Move, ...]:
    jobs: dict[tuple[tuple[RecipientKey, ...], tuple[RecipientKey, ...], str, Outcome], list[int]] = {}
    for subject in leaving.keys() & coming.keys():
        before, after = (tuple(sorted(edge.recipient for edge in side[subject])) for side in (leaving, coming))
        note = next((notes[edge] for edge in leaving[subject] if notes[edge]), "")
        jobs.setdefault((before, after, note, subject[0]), []).append(subject[1])
    grouped: dict[tuple[tuple[RecipientKey, ...], tuple[RecipientKey, ...], str, tuple[int, ...]], list[Outcome]] = {}
    for (before, after, note, outcome), job_ids in jobs.items():
        grouped.setdefault((before, after, note, tuple(sorted(job_ids))), []).append(outcome)
    moves = (
        Move(before=before, after=after, outcomes=tuple(sorted(outcomes)), jobs=job_ids, note=note)
        for (before, after, note, job_ids), outcomes in grouped.items()
    )
    return tuple(sorted(moves, key=lambda move: (move.before, move.after, move.outcomes, move.note, move.jobs)))
