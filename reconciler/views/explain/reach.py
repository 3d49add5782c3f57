"""Everything that reaches a channel: which jobs' outcomes, at once, by escalation, in a digest, as a fallback."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from reconciler.model.duration import duration_text
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Escalation, JobRule, Level, Policy, RelayedChannel, Target
from reconciler.model.problem import NOWHERE, Position
from reconciler.plan.survey import Survey
from reconciler.routing.effective import Effective
from reconciler.routing.orders import Orders
from reconciler.routing.promotion import worse_tiers

__all__ = ["Way", "WayKind", "ways"]


class WayKind(StrEnum):
    """Through what a channel is reached, in the order in which people ask."""

    RULE = "by its rule or tier"
    NOTIFICATION = "by notifications"
    PROMOTED = "once promoted"
    ESCALATION = "by escalation"
    TICKET = "as ticket"
    DIGEST = "in a digest"
    METRICS = "as metrics"
    FALLBACK = "as fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One reason for messages to a channel. `outcomes` is empty of what sums up or stands in; so are `jobs` then.

    `detail` is in the words of the language: `of test`, `over 30m`, `level 2, after 15m unless acknowledged`.
    """

    channel: str
    kind: WayKind
    outcomes: tuple[Outcome, ...]
    jobs: tuple[int, ...]
    because: tuple[Position, ...]
    detail: str = ""


class _Reason(NamedTuple):
    channel: str
    kind: WayKind
    because: tuple[Position, ...]
    detail: str


_Found = tuple[_Reason, Outcome | None]

_OF_FAILURES: Final = frozenset({Outcome.FAILURE, Outcome.RECOVERED})
_OF_DEADLINES: Final = frozenset({Outcome.LATE, Outcome.RECOVERED})
"""What an incident is told of by another tier than the job's: its beginning, and its end."""


def ways(survey: Survey, channels: Collection[str]) -> tuple[Way, ...]:
    """Return every way to these channels, the same reason once, jobs by id."""
    jobs: defaultdict[_Found, set[int]] = defaultdict(set)
    for reason, outcome, job_ids in _all(survey, frozenset(channels)):
        jobs[reason, outcome].update(job_ids)
    grouped: defaultdict[tuple[_Reason, tuple[int, ...]], list[Outcome]] = defaultdict(list)
    for (reason, outcome), job_ids in jobs.items():
        grouped[reason, tuple(sorted(job_ids))] += [] if outcome is None else [outcome]
    order = list(WayKind)
    found = (
        Way(
            channel=reason.channel,
            kind=reason.kind,
            outcomes=tuple(sorted(outcomes, key=list(Outcome).index)),
            jobs=job_ids,
            because=reason.because,
            detail=reason.detail,
        )
        for (reason, job_ids), outcomes in grouped.items()
    )
    return tuple(sorted(found, key=lambda way: (way.channel, order.index(way.kind), way.because, way.detail, way.jobs)))


def _all(survey: Survey, channels: frozenset[str]) -> Iterator[tuple[_Reason, Outcome | None, Iterable[int]]]:
    policy, orders = survey.policy, Orders(survey.policy)
    for rule, job_ids in survey.ownership.jobs:
        for reason, outcome in _of_rule(orders, rule, channels):
            yield reason, outcome, job_ids
    for rule in policy.notifications:
        told = channels.intersection(rule.to)
        there = survey.index.select(rule.jobs) & survey.scope.jobs if told else ()
        for channel in told:
            for outcome in rule.on:
                yield _Reason(channel, WayKind.NOTIFICATION, (rule.at,), ""), outcome, there
    for channel in channels.intersection(policy.metrics):
        at = policy.sections.get("metrics", NOWHERE)
        yield _Reason(channel, WayKind.METRICS, (at,), "every run of every job"), None, ()
    for name, each in policy.channels.items():
        if isinstance(each, RelayedChannel) and each.fallback in channels:
            detail = f"when nothing can be delivered to {name}"
            yield _Reason(str(each.fallback), WayKind.FALLBACK, (each.at,), detail), None, ()


def _of_rule(orders: Orders, rule: JobRule, channels: frozenset[str]) -> Iterator[_Found]:
    """Yield what one rule does for these channels: by itself, once promoted, and for a deadline's own tier.

    The last two are the relay's: dbt Cloud's entries are made of the rule's own tier, and stay as they are.
    """
    if rule.silent:
        return
    policy, found = orders.policy, orders.standing(rule).effective
    late = _own_tier(found)
    own = list(_of_effective(policy, found, channels, late_counts=late is None))
    yield from own
    known = {(reason.channel, reason.detail, outcome) for reason, outcome in own}
    relayed = frozenset(name for name in channels if isinstance(policy.channels[name], RelayedChannel))

    def beyond(tier: str, outcomes: frozenset[Outcome]) -> Iterator[_Found]:
        for reason, outcome in _of_effective(policy, orders.standing(rule, tier=tier).effective, relayed):
            same = {(reason.channel, detail, outcome) for detail in ("", reason.detail)}
            if outcome in outcomes and known.isdisjoint(same):
                yield reason, outcome

    if late is not None:
        yield from beyond(late, _OF_DEADLINES)
    for tier in worse_tiers(orders, rule):
        for reason, outcome in beyond(tier, _OF_FAILURES):
            detail = ", ".join(filter(None, (f"promoted to {tier}", reason.detail)))
            yield reason._replace(kind=WayKind.PROMOTED, detail=detail), outcome


def _own_tier(found: Effective) -> str | None:
    """Return the tier that the rule's deadlines have for themselves."""
    sla = found.values.sla
    return sla.tier if sla is not None and sla.tier != found.tier else None


def _of_effective(
    policy: Policy, found: Effective, channels: frozenset[str], *, late_counts: bool = True
) -> Iterator[_Found]:
    for outcome, told in found.notify.items():
        if outcome is Outcome.LATE and not (late_counts and found.values.sla):
            continue
        for target in told.targets:
            if target.channel in channels:
                yield _Reason(target.channel, WayKind.RULE, (told.sources[-1].at,), _condition(target)), outcome
    if found.values.escalation is not None:
        escalation = policy.escalations[found.values.escalation]
        incidents = (Outcome.FAILURE, Outcome.LATE) if found.values.sla and late_counts else (Outcome.FAILURE,)
        for outcome in incidents:
            for reason in _of_escalation(escalation, channels):
                yield reason, outcome
    digest = found.values.digest
    for channel in channels.intersection(digest.to if digest else ()):
        at = found.sources["digest"].at
        yield _Reason(channel, WayKind.DIGEST, (at,), f"every {digest.every}" if digest else ""), None


def _condition(target: Target) -> str:
    of = f"of {target.of}" if target.of else ""
    over = f"over {duration_text(target.over)}" if target.over else ""
    return f"{of} {over}".strip()


def _of_escalation(escalation: Escalation, channels: frozenset[str]) -> Iterator[_Reason]:
    for number, level in enumerate(escalation.levels, start=1):
        text = _level_text(number, level)
        for channel in channels.intersection(level.notify):
            yield _Reason(channel, WayKind.ESCALATION, (_level_at(escalation, level),), text)
        if level.ticket in channels:
            yield _Reason(str(level.ticket), WayKind.TICKET, (_level_at(escalation, level),), text)


def _level_at(escalation: Escalation, level: Level) -> Position:
    return escalation.at if level.at == NOWHERE else level.at


def _level_text(number: int, level: Level) -> str:
    unless = f" unless {level.unless}" if level.unless else ""
    return f"level {number}, after {duration_text(level.after)}{unless}"
