"""The canary's edges: planned and owned like any other, about one job, and no route of production."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Canary
from reconciler.model.selector import Selector
from reconciler.plan.desire import Desired, desire
from reconciler.plan.survey import Survey
from tests import builders as b


def desired(selected: Selector, *, on_deleted: bool = False) -> Desired:
    canary = Canary(at=b.at(), job=selected, channels=("maria",))
    jobs = [b.job(id=101), b.job(id=102, name="Alert canary", deleted=on_deleted)]
    return desire(replace(b.policy(), canary=canary), b.inventory(jobs=jobs))


def test_each_native_channel_is_told_of_a_failure_of_the_canary_job() -> None:
    found = desired(b.selector(ids=(102,)))
    assert list(found.claims) == [Edge(RecipientKey.user(1), Outcome.FAILURE, 102)]
    assert found.claims[Edge(RecipientKey.user(1), Outcome.FAILURE, 102)].channel == "maria"
    assert found.holds == ()


def test_several_jobs_are_no_canary_and_hold_back_what_is_there() -> None:
    found = desired(b.selector(everything=True))
    assert found.claims == {}
    (hold,) = found.holds
    assert "means 2 jobs" in hold.blocked.what
    assert ("maria", Outcome.FAILURE) in hold.routes


def test_a_canary_that_live_does_not_have_is_blocked_and_not_removed() -> None:
    (hold,) = desired(b.selector(ids=(999,))).holds
    assert "matches no job" in hold.blocked.what


def test_no_job_is_covered_by_the_canary() -> None:
    canary = Canary(at=b.at(), job=b.selector(ids=(101,)), channels=("maria",))
    survey = Survey(replace(b.policy(), canary=canary), b.inventory())
    assert survey.places[101].notifications == ()
