"""A small company for routing's tests: three tiers, an escalation, and short words for what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from reconciler.model.calendar import Calendar
from reconciler.model.layers import GroupBy, Grouping, Layer, OfficeHours, Promotion
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Escalation, JobRule, Level, Policy, Target
from reconciler.model.telling import Cause, FailedNode, Happening, History, NodeKind, Reaction, Routed, Via
from reconciler.routing.place import Placed
from reconciler.routing.route import route
from tests.builders import at, dbt_email, dbt_user, job, layer, policy, relayed, rule, tells, tier

SATURDAY = datetime(2026, 1, 3, 3, 0, tzinfo=UTC)
MONDAY = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CHANNELS = ("critical", "team", "info", "tests", "oncall", "leads", "boss", "tickets", "figures")
WORKDAYS = Calendar(name="workdays", at=at(), weekdays=frozenset(range(5)))
OFFICE = OfficeHours(start=time(8), end=time(19), calendar="workdays")
TEN_MINUTES = Grouping(by=GroupBy.PROJECT, window=timedelta(minutes=10))
LEVELS = (
    Level(after=5 * MINUTE, notify=("oncall",), unless="acknowledged", ticket="tickets"),
    Level(after=15 * MINUTE, notify=("leads",), unless="acknowledged"),
    Level(after=30 * MINUTE, notify=("boss",), unless="resolved"),
)


def promote(to: str, *, after: int | None = None, when: Any = None) -> Promotion:  # noqa: ANN401
    return Promotion(to=to, after_consecutive_failures=after, when=when)


def company(
    *,
    high: Layer | None = None,
    critical: Layer | None = None,
    low: Layer | None = None,
    defaults: Layer | None = None,
    timezone: str = "UTC",
    metrics: tuple[str, ...] = (),
) -> Policy:
    """Return a policy with the tiers critical, high and low. Each tells of failure, as its name says, unless given."""
    of_critical = critical or layer(
        notify={each: tells("critical") for each in (Outcome.FAILURE, Outcome.LATE, Outcome.RECOVERED)},
        escalation="standard",
    )
    made = policy(
        channels=[dbt_user(), dbt_email(), *map(relayed, CHANNELS)],
        tiers=[
            tier("critical", rank=1, layer=of_critical),
            tier("high", rank=2, layer=high or layer(notify={Outcome.FAILURE: tells("team")})),
            tier("low", rank=3, layer=low or layer(notify={Outcome.FAILURE: tells("info")})),
        ],
        escalations=[Escalation(name="standard", at=at(), levels=LEVELS)],
        defaults=defaults,
    )
    return replace(made, calendars={"workdays": WORKDAYS}, timezone=timezone, metrics=metrics)


def placed(ruled: JobRule | None = None, **values: Any) -> Placed:  # noqa: ANN401
    return Placed(job=job(), rule=ruled, **values)


def fails(moment: datetime = MONDAY, *nodes: FailedNode, cause: Cause | None = None) -> Happening:
    return Happening(outcome=Outcome.FAILURE, at=moment, nodes=nodes, cause=cause)


def becomes(outcome: Outcome, moment: datetime = MONDAY) -> Happening:
    return Happening(outcome=outcome, at=moment)


def late(by: timedelta = timedelta(), moment: datetime = MONDAY) -> Happening:
    return Happening(outcome=Outcome.LATE, at=moment, late_by=by)


def node(name: str = "stg_orders", kind: NodeKind = NodeKind.MODEL, *tags: str) -> FailedNode:
    return FailedNode(name=name, kind=kind, tags=tags)


def of(channel: str, kind: str) -> Target:
    return Target(channel=channel, of=kind)


def over(channel: str, minutes: int) -> Target:
    return Target(channel=channel, over=minutes * MINUTE)


def ask(
    declared: Policy,
    happening: Happening,
    *,
    of_tier: str | None = "high",
    history: History | None = None,
    reaction: Reaction | None = None,
    **ruled: Any,  # noqa: ANN401
) -> Routed:
    """Route for a job of that tier that has nothing of its own."""
    place = placed(rule(tier=of_tier, **ruled))
    return route(declared, place, happening, history=history or History(), reaction=reaction or Reaction())


def said(routed: Routed, since: datetime = MONDAY) -> list[str]:
    """Return the tellings as short text: minutes, level, channel, occasion and outcome."""
    return [
        f"{(each.at - since) // MINUTE}m {each.channel} {each.occasion.value} {each.outcome.value}"
        + (" (native)" if each.via is Via.NATIVE else "")
        for each in routed.tellings
    ]


def kept_back(routed: Routed) -> dict[str, str]:
    return {each.channel: each.reason.name for each in routed.withheld}
