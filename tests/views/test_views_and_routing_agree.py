"""Explain, its view of a channel, policy tests and coverage say what routing does: of any policy, job and history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.coverage import LOOKED_AT, Standing
from reconciler.model.layers import Cycle, Digest, Promotion, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.telling import Happening, History, Occasion, Reaction, Telling
from reconciler.plan.survey import Survey
from reconciler.routing.orders import Orders
from reconciler.routing.place import Placed
from reconciler.routing.promotion import worse_tiers
from reconciler.routing.route import route
from reconciler.views.coverage.cover import cover
from reconciler.views.expectations.judge import Expected, PolicyTest, Strictness, compared
from reconciler.views.explain.find import JobSearch
from reconciler.views.explain.job import Asked, explain_job
from reconciler.views.explain.reach import Way, WayKind, ways
from tests.builders import at, dbt_email, inventory, layer, rule, user
from tests.routing.generated_companies import companies, happenings, histories, places
from tests.routing.routing_lab import MONDAY, OFFICE

JOB = 101
LIVE = inventory(users=[user(), user(id=2, email="platform@acme.example")])
SLAS = st.sampled_from([None, Sla(at=at(), due="08:00"), Sla(at=at(), due="08:00", tier="critical")])
DIGESTS = st.sampled_from([None, Digest(every=Cycle.DAY, at=OFFICE.start, to=("info",))])
PROMOTES = st.tuples(
    st.builds(Promotion, to=st.sampled_from(["high", "critical"]), after_consecutive_failures=st.just(1))
)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Return an account of one job, as a policy of one rule sees it, whose native channels all deliver."""
    declared, place = draw(companies()), draw(places())
    assert place.rule is not None
    own = replace(place.rule.layer, sla=draw(SLAS), digest=draw(DIGESTS))
    ruled = replace(place.rule, layer=own)
    if draw(st.booleans()):  # few generated rules promote at all, and fewer to somebody who did not hear before
        ruled = rule(
            tier=draw(st.sampled_from(["low", "high"])), layer=replace(layer(), sla=own.sla, promote=draw(PROMOTES))
        )
    channels = {**declared.channels, "finance-mail": dbt_email(owner="platform@acme.example")}
    return Survey(replace(declared, channels=channels, jobs=(ruled,), notifications=place.notifications), LIVE)


def possible(survey: Survey, happening: Happening, history: History) -> tuple[Placed, History]:
    """Return the job, and the history without what cannot have been: an incident of a tier that it never becomes."""
    place = survey.places[JOB]
    assert place.rule is not None
    sla = place.rule.layer.sla
    failed = happening.outcome is not Outcome.LATE
    reached = worse_tiers(Orders(survey.policy), place.rule) if failed else (sla and sla.tier,)
    return place, history if history.incident_tier in reached else replace(history, incident_tier=None)


def is_told_so(way: Way, telling: Telling) -> bool:
    of_kind = {Occasion.DIGEST: WayKind.DIGEST, Occasion.METRICS: WayKind.METRICS, Occasion.TICKET: WayKind.TICKET}
    kind = of_kind.get(telling.occasion)
    if kind in {WayKind.DIGEST, WayKind.METRICS}:
        return way.channel == telling.channel and way.kind is kind
    return way.channel == telling.channel and telling.outcome in way.outcomes and JOB in way.jobs


def is_late_without_deadline(policy: Policy, happening: Happening) -> bool:
    return happening.outcome is Outcome.LATE and policy.jobs[0].layer.sla is None


@settings(max_examples=40)
@given(surveys(), happenings, histories)
def test_explain_and_policy_tests_say_what_routing_does(survey: Survey, happening: Happening, history: History) -> None:
    place, before = possible(survey, happening, history)
    routed = route(survey.policy, place, happening, history=before)
    explained = explain_job(survey, JOB, Asked(happening=happening, history=before))
    moments = [each.telling for each in explained.timeline.moments]
    assert sorted(moments, key=repr) == sorted(routed.tellings, key=repr)
    assert explained.timeline.withheld == routed.withheld
    test = PolicyTest(
        at=at(),
        name="generated",
        job=JobSearch(text=str(JOB)),
        job_at=at(),
        happening=happening,
        history=before,
        reaction=Reaction(),
        strictness=Strictness.EXACT,
        expected=tuple(
            Expected(at=at(), channel=each.channel, told_at=each.at, outcome=each.outcome) for each in moments
        ),
    )
    assert not [line for line in compared(test, routed) if line.fails]
    nobody = replace(test, expected=())
    people = [each for each in moments if each.occasion is not Occasion.METRICS]
    assert len([line for line in compared(nobody, routed) if line.fails]) == len(people)


@settings(max_examples=60)
@given(surveys(), happenings, histories)
def test_whatever_is_told_is_among_the_ways_to_its_channel(
    survey: Survey, happening: Happening, history: History
) -> None:
    found = ways(survey, list(survey.policy.channels))
    for asked in (replace(happening, outcome=outcome) for outcome in Outcome):
        if is_late_without_deadline(survey.policy, asked):
            continue
        place, before = possible(survey, asked, history)
        for telling in route(survey.policy, place, asked, history=before).tellings:
            assert any(is_told_so(way, telling) for way in found), telling


@settings(max_examples=60)
@given(surveys(), happenings)
def test_coverage_says_whether_somebody_hears(survey: Survey, happening: Happening) -> None:
    """Of one failure without a past, by nobody's timeout, and late enough; a promotion may take people away."""
    asked = replace(happening, at=MONDAY, cause=None, late_by=timedelta(days=1))
    (job,) = cover(survey, at=MONDAY).jobs
    routed = route(survey.policy, survey.places[JOB], asked)
    if asked.outcome not in LOOKED_AT or routed.promoted is not None:
        return
    people = {each.occasion for each in routed.tellings} - {Occasion.METRICS, Occasion.TICKET}
    standing = job.answer.cells[asked.outcome].standing
    if standing is Standing.TOLD:
        assert people - {Occasion.DIGEST}
    if standing is Standing.DIGEST:
        assert Occasion.DIGEST in people
    if standing in {Standing.SILENT, Standing.UNCOVERED}:
        assert not people
