"""What reaches some channels if their jobs fail at one moment: at once, after how long, or not before the morning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.outcome import Outcome
from reconciler.model.policy import RelayedChannel
from reconciler.model.telling import Happening, Occasion, Telling
from reconciler.plan.survey import Survey
from reconciler.routing.place import Placed
from reconciler.routing.route import Router

__all__ = ["Reaching", "reaching"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """The first message to a channel about these jobs' failures. `pages` tells that it wakes people."""

    channel: str
    after: timedelta
    at: datetime
    occasion: Occasion
    level: int
    unless: str
    pages: bool
    jobs: tuple[int, ...]


_Key = tuple[str, datetime, Occasion, int, str]


def reaching(
    survey: Survey, channels: Collection[str], jobs: Iterable[int], *, at: datetime, router: Router | None = None
) -> tuple[Reaching, ...]:
    """Let each of these jobs fail once at that moment, without a reaction; soonest first, what pages before the rest.

    Jobs of the same rule, notifications and mutes are routed once.
    """
    asked = router or Router(survey.policy)
    known: dict[tuple[int, ...], tuple[Telling, ...]] = {}
    found: defaultdict[_Key, list[int]] = defaultdict(list)
    for job_id in jobs:
        placed = survey.places.get(job_id)
        if placed is None:
            continue
        same = _same(placed)
        if same not in known:
            happening = Happening(outcome=Outcome.FAILURE, at=at)
            known[same] = _first(asked.route(placed, happening).tellings, channels)
        for telling in known[same]:
            key = (telling.channel, telling.at, telling.occasion, telling.level, telling.unless)
            found[key].append(job_id)
    return tuple(sorted((_reaching(survey, key, ids, at) for key, ids in found.items()), key=_order))


def _same(placed: Placed) -> tuple[int, ...]:
    entries = (placed.rule, *placed.notifications, *placed.mutes)
    return tuple(map(id, entries))


def _first(tellings: Iterable[Telling], channels: Collection[str]) -> tuple[Telling, ...]:
    """Return the first message to each channel; metrics are no messages to people."""
    first: dict[str, Telling] = {}
    for telling in sorted(tellings, key=lambda each: (each.at, each.level)):
        if telling.channel in channels and telling.occasion is not Occasion.METRICS:
            first.setdefault(telling.channel, telling)
    return tuple(first.values())


def _reaching(survey: Survey, key: _Key, jobs: Iterable[int], at: datetime) -> Reaching:
    name, told_at, occasion, level, unless = key
    channel = survey.policy.channels[name]
    return Reaching(
        channel=name,
        after=told_at - at,
        at=told_at,
        occasion=occasion,
        level=level,
        unless=unless,
        pages=isinstance(channel, RelayedChannel) and channel.pages,
        jobs=tuple(sorted(jobs)),
    )


def _order(found: Reaching) -> tuple[bool, timedelta, str, int, tuple[int, ...]]:
    return not found.pages, found.after, found.channel, found.level, found.jobs
