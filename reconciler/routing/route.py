"""The one function that says who is told: of a job, what became of it, what came before, and the time.

Explain, coverage, policy tests and the relay are views of it; `docs/routing.md` narrates it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.telling import Happening, History, Reaction, Routed, Telling, Via
from reconciler.routing.days import Days
from reconciler.routing.escalating import escalation_lines, first_told
from reconciler.routing.first import first_lines, notification_lines, silent_lines
from reconciler.routing.incident import Alert, alert
from reconciler.routing.native import native_lines
from reconciler.routing.orders import Orders
from reconciler.routing.place import Placed
from reconciler.routing.question import INCIDENTS, Line, Question
from reconciler.routing.settling import mute_of, settled
from reconciler.routing.summaries import digest_lines, metrics_lines

__all__ = ["Router", "route"]

_NOTHING_BEFORE: Final = History()
_NOBODY_REACTS: Final = Reaction()


def route(
    policy: Policy,
    placed: Placed,
    happening: Happening,
    *,
    history: History = _NOTHING_BEFORE,
    reaction: Reaction = _NOBODY_REACTS,
    days: Days | None = None,
) -> Routed:
    """Return everything that comes of one happening. Who asks often keeps a `Router`."""
    return Router(policy, days=days).route(placed, happening, history=history, reaction=reaction)


class Router:
    """Routes for one policy. What rules and calendars come to is worked out once; every answer stands alone."""

    __slots__ = ("_days", "_orders")

    def __init__(self, policy: Policy, *, days: Days | None = None) -> None:
        self._orders = Orders(policy)
        self._days = Days(policy) if days is None else days

    def route(
        self,
        placed: Placed,
        happening: Happening,
        *,
        history: History = _NOTHING_BEFORE,
        reaction: Reaction = _NOBODY_REACTS,
    ) -> Routed:
        asked = Question(
            orders=self._orders,
            days=self._days,
            placed=placed,
            happening=happening,
            history=history,
            reaction=reaction,
        )
        alerts = _alerts(asked)
        mute = mute_of(asked)
        of_alerts = [line for each in alerts for line in _alert_lines(asked, each)]
        tellings, withheld = settled([*of_alerts, *_other_lines(asked, alerts)], mute)
        return Routed(
            tier=alerts[0].standing.tier if alerts else None,
            tellings=tellings,
            withheld=withheld,
            promoted=alerts[0].promotion if alerts else None,
            opens_incident=mute is None and _opens_incident(asked, of_alerts),
        )


def _alerts(asked: Question) -> list[Alert]:
    """Return the alert of each outcome; none without a rule that speaks."""
    rule = asked.placed.rule
    if rule is None or rule.silent:
        return []
    return [alert(asked, rule, outcome) for outcome in _outcomes(asked)]


def _outcomes(asked: Question) -> tuple[Outcome, ...]:
    """Return what is told of: a success that ends failures, or an incident, is a recovery too."""
    happened, history = asked.happening.outcome, asked.history
    if happened is Outcome.SUCCESS and (history.failures_before > 0 or history.incident_since is not None):
        return happened, Outcome.RECOVERED
    return (happened,)


def _alert_lines(asked: Question, found: Alert) -> Iterator[Line]:
    later = list(escalation_lines(asked, found))
    yield from first_lines(asked, found, escalates_at=first_told(later))
    yield from later


def _other_lines(asked: Question, alerts: list[Alert]) -> Iterator[Line]:
    yield from native_lines(asked, alerts[0].standing if alerts else None)
    for outcome in _outcomes(asked):
        yield from notification_lines(asked, outcome)
        yield from silent_lines(asked, outcome)
    if asked.placed.rule is not None:
        yield from digest_lines(asked, asked.orders.standing(asked.placed.rule))
    yield from metrics_lines(asked)


def _opens_incident(asked: Question, of_alerts: list[Line]) -> bool:
    """Tell whether an incident begins: somebody hears of it by the rule. A muted one would hide what comes after it."""
    begins = asked.happening.outcome in INCIDENTS and asked.history.incident_since is None
    return begins and any(isinstance(line, Telling) and line.via is Via.RELAYED for line in of_alerts)
