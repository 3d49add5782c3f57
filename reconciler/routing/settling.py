"""The last word on what was found: mutes, the same message twice, the order."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import time

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Mute
from reconciler.model.telling import Occasion, Telling, Via, Withheld, WithheldReason
from reconciler.routing.clock import instant
from reconciler.routing.orders import lines
from reconciler.routing.question import Line, Question

__all__ = ["mute_of", "settled"]

_KINDS_OF_THEIR_OWN = frozenset({Occasion.TICKET, Occasion.DIGEST, Occasion.METRICS})
_OUTCOMES = {outcome: number for number, outcome in enumerate(Outcome)}


def mute_of(asked: Question) -> Mute | None:
    """Return the mute that holds back what is relayed: until the start of its day, in the policy's own zone."""
    last = max(asked.placed.mutes, key=lambda mute: mute.until, default=None)
    if last is None or asked.at >= instant(last.until, time(), asked.policy.timezone):
        return None
    return last


def settled(found: Iterable[Line], mute: Mute | None) -> tuple[tuple[Telling, ...], tuple[Withheld, ...]]:
    """Return both kinds in order, each message once, as the mute leaves them.

    One message is a channel at a time about an outcome; a ticket, a digest and a measurement are messages of their own.
    What a channel is told at a level is not also withheld from it there: one of two targets was enough.
    """
    every = sorted(found, key=_order)
    tellings = _once(each for each in every if isinstance(each, Telling))
    told = {(each.channel, each.outcome, each.level) for each in tellings if each.occasion not in _KINDS_OF_THEIR_OWN}
    withheld: dict[Hashable, Withheld] = {}
    for each in every:
        if isinstance(each, Withheld) and (each.channel, each.outcome, each.level) not in told:
            withheld.setdefault((each.at, each.channel, each.outcome, each.level, each.reason), each)
    if mute is None:
        return tellings, tuple(withheld.values())
    held = [_muted(each, mute) for each in tellings if _is_mutable(each)]
    sent = tuple(each for each in tellings if not _is_mutable(each))
    return sent, tuple(sorted([*withheld.values(), *held], key=_order))


def _is_mutable(telling: Telling) -> bool:
    """Tell whether a mute holds it back: no message of dbt Cloud, and no measurement."""
    return telling.via is Via.RELAYED and telling.occasion is not Occasion.METRICS


def _muted(telling: Telling, mute: Mute) -> Withheld:
    return Withheld(
        at=telling.at,
        channel=telling.channel,
        outcome=telling.outcome,
        reason=WithheldReason.MUTED,
        because=lines(*telling.because, mute.at),
        level=telling.level,
        detail=f"until {mute.until.isoformat()}: {mute.reason}",
    )


def _once(tellings: Iterable[Telling]) -> tuple[Telling, ...]:
    """Return the first of each message, which is of the lowest level, with everybody's reasons and its own last."""
    found: dict[Hashable, Telling] = {}
    for each in tellings:
        kind = each.occasion if each.occasion in _KINDS_OF_THEIR_OWN else None
        key = (each.at, each.channel, each.outcome, kind)
        first = found.get(key)
        found[key] = each if first is None else replace(first, because=lines(*each.because, *first.because))
    return tuple(found.values())


def _order(line: Line) -> tuple[object, ...]:
    about = line.occasion.value if isinstance(line, Telling) else line.reason.value
    return (line.at, line.level, line.channel, _OUTCOMES[line.outcome], about, line.because)
