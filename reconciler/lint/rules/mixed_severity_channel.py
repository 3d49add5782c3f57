"""A channel that is mostly noise is not read when it matters.

People learn how much a channel matters from what usually stands in it. Where the daily digest and the weekly reports
arrive, a page of rank 1 is one more line that nobody opens. So a channel carries either the worst or the unimportant:
not both. Rank 2 may go with either.

Counted is what a tier tells under `notify`, by the levels of its escalation and in its digest, with what teams and
rules add and take away. A tier counts when a rule uses it: as its own, as the tier of its deadline, or by promotion;
one that nobody uses tells nobody. Not counted are `notifications:` (no tier stands behind them), fallbacks, tickets,
`metrics:`, and channels of type datadog or monte_carlo: what a machine collects does not tire anybody. A native channel
counts like any other, one person's `dbt_user` too: a mailbox full of routine mail is where a page is overlooked first.

Each tier, team or rule that brings the unimportant into the channel is found by itself, so that an excuse or a baseline
for one of them does not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.lint.audience import Audience, Use, Voice, speaker
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.model.lint import LintLevel
from reconciler.model.policy import RelayedChannel
from reconciler.model.problem import Position

__all__ = ["RULE"]

_WORST: Final = 1
_UNIMPORTANT: Final = 3
_MACHINES: Final = frozenset({"datadog", "monte_carlo"})


class _Way(NamedTuple):
    """One way in which alerts of a tier come to a channel; `whose` names the layer or escalation that says so."""

    channel: str
    whose: str
    tier: str
    rank: int
    how: str
    at: Position


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    worst: dict[str, _Way] = {}
    unimportant: dict[tuple[str, str], _Way] = {}
    for voice in audience.voices:
        if voice.use is Use.UNUSED or _WORST < voice.tier.rank < _UNIMPORTANT:
            continue
        for way in _ways(voice, audience):
            if way.rank == _WORST:
                worst.setdefault(way.channel, way)
            else:
                unimportant.setdefault((way.channel, way.whose), way)
    for low in unimportant.values():
        if low.channel in worst and _is_read(audience, low.channel):
            yield _found(worst[low.channel], low)


def _ways(voice: Voice, audience: Audience) -> Iterator[_Way]:
    tier = voice.tier
    for outcome, target, _ in audience.targets(voice):
        giver = audience.giver(voice, outcome, target.channel)
        yield _Way(target.channel, speaker(voice, giver), tier.name, tier.rank, f"`{outcome}`", giver.at)
    escalation = voice.says.values.escalation
    for level in audience.levels(voice):
        for name in level.notify:
            whose, how = f"escalation {escalation} of tier {tier.name}", f"escalation `{escalation}`"
            yield _Way(name, whose, tier.name, tier.rank, how, level.at)
    digest = voice.says.values.digest
    if digest is not None and voice.use is Use.OWN:
        giver = voice.says.sources["digest"]
        for name in digest.to:
            yield _Way(name, speaker(voice, giver), tier.name, tier.rank, "its digest", giver.at)


def _is_read(audience: Audience, name: str) -> bool:
    """Tell whether people read a channel; of one that is not declared here nobody knows."""
    channel = audience.policy.channels.get(name)
    return channel is not None and not (isinstance(channel, RelayedChannel) and channel.kind in _MACHINES)


def _found(worst: _Way, low: _Way) -> Found:
    return Found(
        at=low.at,
        also_at=(worst.at,),
        subject=f"channel {low.channel} in {low.whose}",
        message=(
            f"channel `{low.channel}` gets rank {low.rank} (tier `{low.tier}`, by {low.how}) and also rank 1 "
            f"(tier `{worst.tier}`, by {worst.how}): the worst alert drowns among the unimportant"
        ),
        found=f"ranks 1 and {low.rank} in one channel",
        expected="a channel for rank 1 that ranks 3 and 4 do not use",
        fix=f"send tier `{low.tier}` to another channel, or take `{low.channel}` out of tier `{worst.tier}`",
    )


RULE: Final = Rule(
    id="mixed-severity-channel",
    title="a channel that gets rank 1 and ranks 3-4",
    level=LintLevel.ERROR,
    judge=_judge,
)
