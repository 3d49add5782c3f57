"""Who starts and who stops being told: grouping, moves, and the remarks a reviewer needs."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.actions import AddEdge, Cause, EvictEdge, RemovalReason, RemoveEdge
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Origin
from reconciler.model.outcome import Outcome
from reconciler.plan.people import Line, Move, people_view
from tests.builders import claim

ANA, BEN, CAI = RecipientKey.user(1), RecipientKey.user(2), RecipientKey.user(3)
FAILURE = Outcome.FAILURE


def add(key: RecipientKey, job_id: int, *, cause: Cause = Cause.POLICY) -> AddEdge:
    return AddEdge(claim=claim(Edge(key, FAILURE, job_id)), cause=cause)


def remove(key: RecipientKey, job_id: int, reason: RemovalReason = RemovalReason.UNWANTED) -> RemoveEdge:
    return RemoveEdge(claim=claim(Edge(key, FAILURE, job_id)), reason=reason)


def test_jobs_of_one_person_and_outcome_stand_on_one_line() -> None:
    view = people_view([add(ANA, 2), add(ANA, 1), remove(BEN, 3)])
    assert view.starts == (Line(recipient=ANA, outcome=FAILURE, jobs=(1, 2)),)
    assert view.stops == (Line(recipient=BEN, outcome=FAILURE, jobs=(3,)),)


def test_one_leaving_and_one_coming_for_the_same_job_and_outcome_is_a_move() -> None:
    view = people_view([remove(ANA, 1), add(BEN, 1)])
    assert view.moves == (Move(before=ANA, after=BEN, outcome=FAILURE, jobs=(1,)),)
    assert (view.starts, view.stops) == ((), ())


def test_with_two_coming_nobody_can_say_who_replaces_whom() -> None:
    view = people_view([remove(ANA, 1), add(BEN, 1), add(CAI, 1)])
    assert view.moves == ()
    assert len(view.starts) == 2


def test_remarks_keep_lines_apart() -> None:
    adopted = replace(remove(ANA, 2), claim=replace(remove(ANA, 2).claim, origin=Origin.ADOPTED))
    view = people_view([remove(ANA, 1), adopted, remove(ANA, 3, RemovalReason.DANGLING)])
    assert [(line.jobs, line.note) for line in view.stops] == [
        ((1,), ""),
        ((3,), "the job is deleted"),
        ((2,), "was there before us"),
    ]


def test_drift_and_eviction_are_said() -> None:
    evicted = EvictEdge(edge=Edge(BEN, FAILURE, 1), team="t", channel="c")
    view = people_view([add(ANA, 1, cause=Cause.DRIFT), evicted])
    assert [line.note for line in (*view.starts, *view.stops)] == [
        "repairs drift",
        "not ours: the channel is exclusive",
    ]
