"""Coverage is a view of routing: where it says told, `route` tells; where it says silent or uncovered, nobody hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.coverage import LOOKED_AT, Standing
from reconciler.model.layers import Cycle, Digest, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule, Target
from reconciler.model.telling import FailedNode, Happening, NodeKind, Occasion
from reconciler.plan.survey import Survey
from reconciler.routing.route import Router, route
from reconciler.views.coverage.cover import cover
from tests.builders import at, inventory, layer, notification, policy, rule, tells, tier
from tests.views.coverage_lab import NOW, channels, escalation

SLA = Sla(at=at(), due="08:00", tier="critical")
DIGEST = Digest(every=Cycle.DAY, at=time(9), to=("data-team",))
TIER = tier(
    layer=layer(notify={Outcome.FAILURE: tells("data-team"), Outcome.LATE: tells("oncall")}, escalation="standard")
)

RULES: dict[str, tuple[JobRule, ...]] = {
    "no rule": (),
    "silent": (
        rule(silent=True, layer=layer(reason="CI", notify={Outcome.FAILURE: tells("maria")}, escalation="standard")),
    ),
    "tier": (rule(tier="critical"),),
    "own list": (
        rule(tier="critical", layer=layer(notify={Outcome.FAILURE: tells("maria"), Outcome.SLOW: tells("oncall")})),
    ),
    "emptied": (rule(tier="critical", layer=layer(notify={Outcome.FAILURE: tells()}, reason="restarts")),),
    "digest": (rule(layer=layer(digest=DIGEST)),),
    "deadline of another tier": (rule(layer=layer(sla=SLA)),),
    "of tests": (rule(layer=layer(notify={Outcome.FAILURE: tells(Target(channel="oncall", of="test"))})),),
}
NOTIFICATIONS: dict[str, tuple[NotificationRule, ...]] = {
    "alone": (),
    "notified": (notification(to=["maria", "data-team"], on=[Outcome.FAILURE, Outcome.WARNING]),),
}
NAMED = {Standing.TOLD, Standing.WAITS}
MODEL = FailedNode(name="fct_orders", kind=NodeKind.MODEL)


@pytest.mark.parametrize("told", NOTIFICATIONS)
@pytest.mark.parametrize("asked", RULES)
def test_a_cell_is_what_routing_does(asked: str, told: str) -> None:
    found = policy(
        channels=channels(),
        tiers=[TIER],
        escalations=[escalation("oncall")],
        jobs=RULES[asked],
        notifications=NOTIFICATIONS[told],
    )
    survey = Survey(found, inventory())
    (job,) = cover(survey, at=NOW).jobs
    (placed,) = survey.places.values()
    for outcome in LOOKED_AT:
        standing = job.answer.cells[outcome].standing
        if standing is Standing.NEVER:
            continue
        happening = Happening(outcome=outcome, at=NOW, nodes=(MODEL,) if outcome is Outcome.FAILURE else ())
        heard = {each.occasion for each in route(found, placed, happening).tellings}
        assert bool(heard) == (standing in {*NAMED, Standing.DIGEST}), (outcome, standing, heard)
        assert (heard == {Occasion.DIGEST}) == (standing is Standing.DIGEST), (outcome, standing, heard)


# --- any rule ---------------------------------------------------------------------------------------------------------
CHANNELS = ("data-team", "oncall")
KINDS = tuple(NodeKind)
targets = st.builds(
    Target,
    channel=st.sampled_from(CHANNELS),
    of=st.sampled_from([None, None, *KINDS]),
    over=st.sampled_from([None, timedelta(minutes=30)]),
)
notifies = st.dictionaries(
    st.sampled_from(LOOKED_AT), st.lists(targets, max_size=5).map(lambda each: tells(*each)), max_size=4
)


@st.composite
def rules(draw: st.DrawFn) -> JobRule:
    values = {
        "reason": draw(st.sampled_from([None, "restarts"])),
        "escalation": draw(st.sampled_from([None, None, "standard"])),
        "digest": draw(st.sampled_from([None, None, DIGEST])),
        "sla": draw(st.sampled_from([None, SLA, replace(SLA, tier=None)])),
    }
    silent = draw(st.integers(0, 5)) == 0
    tiered = None if silent else draw(st.sampled_from([None, "critical"]))
    return rule(tier=tiered, silent=silent, layer=layer(notify=draw(notifies), **values))


def happenings(outcome: Outcome) -> list[Happening]:
    """Return what such an outcome can be: a failure is of every kind; whatever is late is so for good."""
    nodes: list[tuple[FailedNode, ...]] = [()]
    if outcome is Outcome.FAILURE:
        nodes = [(FailedNode(name="x", kind=kind),) for kind in KINDS]
    return [Happening(outcome=outcome, at=NOW, nodes=each, late_by=timedelta(days=9)) for each in nodes]


@given(ruled=rules(), told=st.sampled_from(sorted(NOTIFICATIONS)))
def test_told_is_what_always_reaches_somebody(ruled: JobRule, told: str) -> None:
    found = policy(
        channels=channels(),
        tiers=[TIER],
        escalations=[escalation("oncall")],
        jobs=[ruled],
        notifications=NOTIFICATIONS[told],
    )
    survey = Survey(found, inventory())
    (job,) = cover(survey, at=NOW).jobs
    (placed,) = survey.places.values()
    router = Router(found)
    for outcome in LOOKED_AT:
        standing = job.answer.cells[outcome].standing
        heard = [{each.occasion for each in router.route(placed, one).tellings} for one in happenings(outcome)]
        if standing is Standing.NEVER:
            continue
        assert (standing in NAMED) == all(each - {Occasion.DIGEST} for each in heard), (
            outcome,
            standing,
            heard,
        )
        if standing is Standing.DIGEST:
            assert all(Occasion.DIGEST in each for each in heard), (outcome, heard)
        if standing in {Standing.SILENT, Standing.UNCOVERED}:
            assert not any(heard), (outcome, standing, heard)
