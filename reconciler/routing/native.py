"""Whom dbt Cloud tells: by its edges, at once, whatever we would like to hold, group, promote or mute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Target
from reconciler.model.problem import Position
from reconciler.model.telling import Cause, Occasion, Telling, Via, WithheldReason
from reconciler.routing.orders import Standing, lines
from reconciler.routing.question import Line, Question

__all__ = ["native_lines"]


def native_lines(asked: Question, counts: Standing | None) -> Iterator[Line]:
    """Yield what dbt Cloud sends, and the native channels of the policy that it cannot tell of this.

    `counts` is the rule under the tier that counted in the end. The edges are made of the job's own tier; those that
    only another tier names are not there. A timed-out run is cancelled for dbt Cloud (reference §2.5).
    """
    outcome = _called(asked)
    if not outcome.native:
        return
    told = _edges(asked, outcome)
    for channel, because in told.items():
        yield Telling(
            at=asked.at,
            channel=channel,
            via=Via.NATIVE,
            occasion=Occasion.AT_ONCE,
            outcome=outcome,
            because=because,
        )
    if outcome is not asked.happening.outcome:
        for channel, because in _edges(asked, asked.happening.outcome).items():
            if channel not in told:
                reason = WithheldReason.CALLED_CANCELLED
                yield asked.withheld(channel, asked.happening.outcome, reason, because=because)
    for channel, because in _of_rule(counts, outcome):
        if channel not in told:
            yield asked.withheld(channel, outcome, WithheldReason.EDGES_STAY, because=because)


def _called(asked: Question) -> Outcome:
    timed_out = asked.happening.outcome is Outcome.FAILURE and asked.happening.cause is Cause.TIMEOUT
    return Outcome.CANCELLED if timed_out else asked.happening.outcome


def _edges(asked: Question, outcome: Outcome) -> Mapping[str, tuple[Position, ...]]:
    """Return the native channels that the plan gives an edge for this outcome, and the lines that say so."""
    rule = asked.placed.rule
    found = dict(_of_rule(None if rule is None else asked.orders.standing(rule), outcome))
    for notification in asked.placed.notifications:
        for route in asked.orders.notified(notification).native:
            if route.outcome is outcome:
                found[route.channel] = lines(*found.get(route.channel, ()), notification.at)
    return found


def _of_rule(standing: Standing | None, outcome: Outcome) -> Iterator[tuple[str, tuple[Position, ...]]]:
    if standing is not None:
        for route in standing.routes.native:
            if route.outcome is outcome:
                yield route.channel, standing.because(outcome, Target(channel=route.channel))
