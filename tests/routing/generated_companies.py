"""Generated companies, jobs and happenings: for what must hold of routing, and of its views, whatever is declared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from reconciler.model.layers import Layer, Promotion
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Policy
from reconciler.model.telling import Cause, FailedNode, Happening, History, NodeKind
from reconciler.routing.place import Placed
from tests.builders import layer, notification, rule, tells
from tests.routing.routing_lab import MINUTE, MONDAY, OFFICE, TEN_MINUTES, company, of, over, placed

TIERS = ("critical", "high", "low")
RANKS = {name: rank for rank, name in enumerate(TIERS, start=1)}
RELAYED = ("critical", "team", "info")
TARGETS = (*RELAYED, of("tests", "test"), of("team", "infrastructure"), over("leads", 20))

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 15), timezones=st.just(UTC))  # noqa: DTZ001
minutes = st.none() | st.integers(0, 45).map(lambda count: MONDAY + count * MINUTE)
promotions = st.builds(
    Promotion, to=st.sampled_from(TIERS), after_consecutive_failures=st.integers(1, 4), when=st.none()
)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    native = st.sampled_from(["maria", "finance-mail"])
    notify = {
        outcome: tells(
            *draw(st.lists(st.sampled_from(TARGETS) if draw(st.booleans()) else native, max_size=3, unique=True))
        )
        for outcome in draw(st.sets(st.sampled_from(NATIVE_OUTCOMES), max_size=3))
    }
    for outcome in draw(st.sets(st.sampled_from([Outcome.LATE, Outcome.RECOVERED]))):
        notify[outcome] = tells(*draw(st.lists(st.sampled_from(TARGETS), max_size=3, unique=True)))
    return layer(
        notify=notify,
        escalation=draw(st.sampled_from([None, "standard"])),
        hours=draw(st.sampled_from([None, OFFICE])),
        group=draw(st.sampled_from([None, TEN_MINUTES])),
        promote=draw(st.none() | st.lists(promotions, min_size=1, max_size=3).map(tuple)),
    )


@st.composite
def companies(draw: st.DrawFn) -> Policy:
    made = company(critical=draw(layers()), high=draw(layers()), low=draw(layers()))
    return replace(made, metrics=draw(st.sampled_from([(), ("figures",)])))


@st.composite
def places(draw: st.DrawFn) -> Placed:
    to = st.lists(st.sampled_from(["maria", "finance-mail", *RELAYED]), min_size=1, max_size=2, unique=True)
    on = st.sampled_from([Outcome.FAILURE, Outcome.SUCCESS])
    more = draw(st.lists(st.builds(lambda to, on: notification(to=to, on=(on,)), to, on), max_size=2))
    silent = draw(st.integers(0, 5)) == 0
    own = rule(tier=None if silent else draw(st.sampled_from(TIERS)), silent=silent, layer=draw(layers()))
    return placed(own, notifications=tuple(more))


happenings = st.builds(
    Happening,
    outcome=st.sampled_from([Outcome.FAILURE, Outcome.FAILURE, *Outcome]),
    at=st.just(MONDAY) | moments,
    cause=st.sampled_from([None, None, Cause.TIMEOUT]),
    nodes=st.lists(st.builds(FailedNode, name=st.just("a"), kind=st.sampled_from(NodeKind)), max_size=2).map(tuple),
    late_by=st.integers(0, 40).map(lambda count: count * MINUTE),
)
histories = st.builds(
    History,
    failures_before=st.integers(0, 4),
    incident_since=st.none() | st.integers(0, 60).map(lambda count: MONDAY - count * MINUTE),
    incident_tier=st.sampled_from([None, *TIERS]),
    told=st.none() | st.frozensets(st.sampled_from(RELAYED)),
)
