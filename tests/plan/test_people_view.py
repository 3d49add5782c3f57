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
FAILURE, CANCELLED = Outcome.FAILURE, Outcome.CANCELLED


def add(key: RecipientKey, job_id: int, *, cause: Cause = Cause.POLICY, outcome: Outcome = Outcome.FAILURE) -> AddEdge:
    return AddEdge(claim=claim(Edge(key, outcome, job_id)), cause=cause)


def remove(key: RecipientKey, job_id: int, reason: RemovalReason = RemovalReason.UNWANTED) -> RemoveEdge:
    return RemoveEdge(claim=claim(Edge(key, FAILURE, job_id)), reason=reason)


def adopted(key: RecipientKey, job_id: int) -> RemoveEdge:
    found = remove(key, job_id)
    return replace(found, claim=replace(found.claim, origin=Origin.ADOPTED))


def test_jobs_of_one_person_and_outcome_stand_on_one_line() -> None:
    view = people_view([add(ANA, 2), add(ANA, 1), remove(BEN, 3)])
    assert view.starts == (Line(recipient=ANA, outcomes=(FAILURE,), jobs=(1, 2)),)
    assert view.stops == (Line(recipient=BEN, outcomes=(FAILURE,), jobs=(3,)),)


def test_one_leaving_and_one_coming_for_the_same_job_and_outcome_is_a_move() -> None:
    view = people_view([remove(ANA, 1), add(BEN, 1)])
    assert view.moves == (Move(before=(ANA,), after=(BEN,), outcomes=(FAILURE,), jobs=(1,)),)
    assert (view.starts, view.stops) == ((), ())


def test_with_several_leaving_or_coming_nobody_can_say_who_replaces_whom_and_they_move_together() -> None:
    view = people_view([remove(ANA, 1), add(BEN, 1), add(CAI, 1), remove(BEN, 2), remove(ANA, 2), add(CAI, 2)])
    assert view.moves == (
        Move(before=(ANA,), after=(BEN, CAI), outcomes=(FAILURE,), jobs=(1,)),
        Move(before=(ANA, BEN), after=(CAI,), outcomes=(FAILURE,), jobs=(2,)),
    )
    assert (view.starts, view.stops) == ((), ())


def test_outcomes_of_the_same_jobs_stand_on_one_line() -> None:
    view = people_view([add(ANA, 1), add(ANA, 2), add(ANA, 1, outcome=CANCELLED), add(ANA, 2, outcome=CANCELLED)])
    assert view.starts == (Line(recipient=ANA, outcomes=(CANCELLED, FAILURE), jobs=(1, 2)),)


def test_outcomes_of_other_jobs_stand_apart() -> None:
    view = people_view([add(ANA, 1), add(ANA, 2), add(ANA, 1, outcome=CANCELLED)])
    assert [(line.outcomes, line.jobs) for line in view.starts] == [((CANCELLED,), (1,)), ((FAILURE,), (1, 2))]


def test_a_move_says_whose_alert_was_there_before_us() -> None:
    (move,) = people_view([adopted(ANA, 1), add(BEN, 1)]).moves
    assert move.note == "was there before us"


def test_moves_of_hundreds_of_jobs_are_one_line() -> None:
    jobs = range(300)
    view = people_view([*(remove(ANA, job) for job in jobs), *(add(BEN, job) for job in jobs)])
    assert [(move.before, move.after, len(move.jobs)) for move in view.moves] == [((ANA,), (BEN,), 300)]


def test_neither_drift_nor_a_deleted_job_nor_an_eviction_is_a_move() -> None:
    evicted = EvictEdge(edge=Edge(BEN, FAILURE, 3), team="t", channel="c")
    actions = [remove(ANA, 1), add(BEN, 1, cause=Cause.DRIFT), remove(ANA, 2, RemovalReason.DANGLING), evicted]
    view = people_view([*actions, add(CAI, 2), add(CAI, 3)])
    assert view.moves == ()
    assert sorted(job for line in view.stops for job in line.jobs) == [1, 2, 3]
    assert sorted(job for line in view.starts for job in line.jobs) == [1, 2, 3]


def test_remarks_keep_lines_apart() -> None:
    view = people_view([remove(ANA, 1), adopted(ANA, 2), remove(ANA, 3, RemovalReason.DANGLING)])
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
