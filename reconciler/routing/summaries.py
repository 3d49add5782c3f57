"""What hears of every finished run: the digest of the job's tier, and the channels of `metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.policy import Digest
from reconciler.model.problem import Position
from reconciler.model.telling import Occasion, WithheldReason
from reconciler.routing.digests import next_digest
from reconciler.routing.orders import Standing, lines
from reconciler.routing.question import Line, Question, relayed

__all__ = ["digest_lines", "metrics_lines"]


def digest_lines(asked: Question, own: Standing) -> Iterator[Line]:
    """Yield the next digest that holds this run. A promotion takes no run out of its job's digest.

    A run that warned is one run: the relay counts it once.
    """
    digest = own.effective.values.digest
    if digest is None or own.effective.silent or not asked.happening.outcome.native:
        return
    at = next_digest(digest, asked.at, zone=asked.policy.timezone, days=asked.days)
    because = lines(own.rule.at, *_said(asked, own, digest))
    for channel in digest.to:
        outcome = asked.happening.outcome
        if at is None:
            yield asked.withheld(channel, outcome, WithheldReason.NEVER_OPEN, because=because)
        else:
            yield relayed(channel, outcome, at=at, because=because, occasion=Occasion.DIGEST)


def metrics_lines(asked: Question) -> Iterator[Line]:
    """Yield the measurements, of every job whatever its tier. They stand in no mute: a figure wakes nobody."""
    if asked.happening.outcome.native:
        for name in asked.policy.metrics:
            because = lines(asked.policy.channels[name].at)
            yield relayed(name, asked.happening.outcome, at=asked.at, because=because, occasion=Occasion.METRICS)


def _said(asked: Question, own: Standing, digest: Digest) -> tuple[Position, ...]:
    calendar = asked.policy.calendars.get(digest.calendar) if digest.calendar else None
    return (*(() if calendar is None else (calendar.at,)), *own.source("digest"))
