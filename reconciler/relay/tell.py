"""The straight path: what happened to one run → who is told → one alert for each → delivered. Nothing is queued.

What is due later (levels, digests, what is grouped or held) is returned, not sent: that takes a process that waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from reconciler.alerts.build import build_alert
from reconciler.alerts.of_telling import Told
from reconciler.model.alert import Alert
from reconciler.model.policy import RelayedChannel
from reconciler.model.run import Event, RunFacts
from reconciler.model.telling import Happening, Occasion, Routed, Telling, Via, Withheld
from reconciler.plan.survey import Survey
from reconciler.relay.deliver import Delivered
from reconciler.relay.happened import happenings, history
from reconciler.routing.place import Placed
from reconciler.routing.route import Router

__all__ = ["Delivers", "Due", "due", "tell"]

_NOW: Final = frozenset({Occasion.AT_ONCE, Occasion.METRICS})


class Delivers(Protocol):
    def deliver(self, alert: Alert, channel: str) -> Delivered: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a run's end means: alerts to deliver now, who wakes people first; tellings that wait for their time; and
    what is withheld.

    `natively` are the tellings that dbt Cloud itself delivers, by the edges that `apply` made.
    """

    outcomes: tuple[str, ...]
    now: tuple[tuple[Telling, Alert], ...] = ()
    later: tuple[Telling, ...] = ()
    natively: tuple[Telling, ...] = ()
    withheld: tuple[Withheld, ...] = ()


def due(
    survey: Survey,
    router: Router,
    placed: Placed,
    *,
    facts: RunFacts | None,
    event: Event | None,
    host: str,
    now: datetime,
) -> Due:
    """Work out who is told of a run, and make their alerts. Pure; nothing for a run that has not ended.

    `host` is the configured one, with its scheme: links lead there.
    """
    before = history(facts.past if facts else ())
    happened = happenings(facts, event, now=now)
    routed = [(each, router.route(placed, each, history=before)) for each in happened]
    tellings = list(_once_each(routed))
    relayed = [(happening, answer, each) for happening, answer, each in tellings if each.via is Via.RELAYED]
    makes = _Maker(survey=survey, placed=placed, facts=facts, event=event, host=host, now=now)
    return Due(
        outcomes=tuple(each.outcome.value for each in happened),
        now=tuple(
            (each, makes.alert(happening, answer, each))
            for happening, answer, each in sorted(relayed, key=lambda told: not _pages(survey, told[2]))
            if each.occasion in _NOW
        ),
        later=tuple(each for _, _, each in relayed if each.occasion not in _NOW),
        natively=tuple(each for _, _, each in tellings if each.via is Via.NATIVE),
        withheld=tuple(each for _, answer in routed for each in answer.withheld),
    )


def tell(found: Due, deliverer: Delivers) -> Iterator[tuple[Telling, Delivered]]:
    """Deliver what is due now, channel by channel; one that fails keeps nothing from the others."""
    for telling, alert in found.now:
        yield telling, deliverer.deliver(alert, telling.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    survey: Survey
    placed: Placed
    facts: RunFacts | None
    event: Event | None
    host: str
    now: datetime

    def alert(self, happening: Happening, routed: Routed, telling: Telling) -> Alert:
        told = Told(
            policy=self.survey.policy,
            placed=self.placed,
            happening=happening,
            routed=routed,
            host=self.host,
            account_id=self.survey.inventory.account_id,
        )
        return build_alert(replace(told.asked(telling, now=self.now), facts=self.facts, event=self.event))


def _pages(survey: Survey, telling: Telling) -> bool:
    """Whether somebody is woken: nobody on call waits for a channel that is slow, or throttled, to be done."""
    channel = survey.policy.channels[telling.channel]
    return isinstance(channel, RelayedChannel) and channel.pages


def _once_each(
    routed: Sequence[tuple[Happening, Routed]],
) -> Iterator[tuple[Happening, Routed, Telling]]:
    """Yield every telling with what it answers; a channel of metrics measures a run once, by the last of its outcomes.

    A good run that warned is two: its warning is what the points and the event are of. What such a channel is told as
    a measurement it is not told again because it stands in `notify` too: its points would count twice.
    """
    measured = {
        each.channel: number
        for number, (_, answer) in enumerate(routed)
        for each in answer.tellings
        if each.occasion is Occasion.METRICS
    }
    for number, (happening, answer) in enumerate(routed):
        for each in answer.tellings:
            again = each.channel in measured and each.occasion is Occasion.AT_ONCE and each.outcome.native
            early = each.occasion is Occasion.METRICS and measured[each.channel] != number
            if not (again or early):
                yield happening, answer, each
