"""One happening as a line of moments on a simulated clock: who is told when, and what people's reaction spares them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.outcome import Outcome
from reconciler.model.telling import Occasion, Routed, Telling, Via, Withheld, WithheldReason
from reconciler.views.explain.who import Who

__all__ = ["Fate", "Moment", "Timeline", "timeline"]


class Fate(StrEnum):
    """What the reaction that was asked about changes of a message."""

    TOLD = "told"
    SPARED = "spared"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One message. `after` counts from what happened.

    `live` tells of a native channel whether dbt Cloud has the entry already; None of everything else. `spared_by` is
    why the reaction spares it, where routing says so. `released_by` is the level that ends the office hours' hold.
    """

    telling: Telling
    who: Who
    after: timedelta
    fate: Fate = Fate.TOLD
    spared_by: WithheldReason | None = None
    live: bool | None = None
    released_by: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that comes of one happening, in the order of time. `withheld` is what is not sent, reaction or not."""

    moments: tuple[Moment, ...]
    withheld: tuple[Withheld, ...]


_Key = tuple[datetime, str, Occasion, Outcome, int]


def timeline(
    routed: Routed,
    *,
    start: datetime,
    whom: Callable[[str], Who],
    reacted: Routed | None = None,
    live: Callable[[Telling], bool | None] = lambda _: None,
) -> Timeline:
    """Lay out what is told without a reaction; `reacted` is the same happening with one, `whom` knows the channels."""
    last = routed if reacted is None else reacted
    before, after = _keyed(routed), _keyed(last)
    spared = {} if reacted is None else {(each.channel, each.level): each.reason for each in reacted.withheld}
    moments = [
        Moment(
            telling=telling,
            who=whom(telling.channel),
            after=telling.at - start,
            fate=_fate(key, before, after),
            spared_by=None if key in after else spared.get((telling.channel, telling.level)),
            live=live(telling) if telling.via is Via.NATIVE else None,
            released_by=_released_by(telling, routed if key in before else last),
        )
        for key, telling in sorted((before | after).items(), key=lambda item: _order(item[1]))
    ]
    return Timeline(moments=tuple(moments), withheld=routed.withheld)


def _released_by(telling: Telling, routed: Routed) -> int:
    """Return the first level that is told, for a message of level 0 that did not have to wait any longer."""
    if telling.level or telling.occasion is not Occasion.ESCALATION:
        return 0
    levels = (each for each in routed.tellings if each.level and each.outcome is telling.outcome)
    return min(levels, key=lambda each: (each.at, each.level), default=telling).level


def _keyed(routed: Routed) -> dict[_Key, Telling]:
    return {_key(each): each for each in routed.tellings}


def _order(telling: Telling) -> tuple[datetime, int, bool]:
    """By time; of one time what was asked for before what measures."""
    return telling.at, telling.level, telling.occasion is Occasion.METRICS


def _key(telling: Telling) -> _Key:
    return telling.at, telling.channel, telling.occasion, telling.outcome, telling.level


def _fate(key: _Key, before: dict[_Key, Telling], after: dict[_Key, Telling]) -> Fate:
    if key not in before:
        return Fate.ADDED
    return Fate.TOLD if key in after else Fate.SPARED
