"""A run that times out is *cancelled* for dbt Cloud: who is told natively of failures only, is not told of it.

dbt Cloud ends a run that takes too long with the status Cancelled. Its own notifications go by that status: a native
channel under `failure` stays silent, and the job that hung all night looks as if nothing had happened. The relay reads
the status message and tells a timeout as a `failure`, cause *timeout*.

Found is an entry of `jobs:` of rank 1 or 2 with a native channel under `failure` where either nobody at all stands
under `cancelled`, or nobody is told of a timeout: no native channel under `cancelled` and no relayed one under
`failure`. Where the relay tells the timeout and somebody chose whom to tell of `cancelled`, nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.lint.audience import Audience, Use, Voice, speaker
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import flow_list, listed, scalar
from reconciler.model.edit import AppendItem, Edit, SetKey
from reconciler.model.layers import Layer
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import RelayedChannel
from reconciler.model.problem import NOWHERE, Position
from reconciler.routing.effective import Source

__all__ = ["RULE"]

_WORST: Final = 2


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    told: set[Position] = set()
    for voice in audience.voices:
        if voice.tier.rank > _WORST or voice.use not in {Use.OWN, Use.UNUSED}:
            continue
        known = audience.knows(voice, Outcome.FAILURE, Outcome.CANCELLED)
        untold = _untold(voice, audience) if known else ()
        if untold and (source := audience.giver(voice, Outcome.FAILURE, untold[0])).at not in told:
            told.add(source.at)
            yield _found(voice, audience, untold, source)


def _untold(voice: Voice, audience: Audience) -> tuple[str, ...]:
    """Return the native channels that are told of failures and would miss a timeout."""
    failure = [(target, channel) for told, target, channel in audience.targets(voice) if told is Outcome.FAILURE]
    cancelled = [channel for told, _, channel in audience.targets(voice) if told is Outcome.CANCELLED]
    native = tuple(target.channel for target, channel in failure if not isinstance(channel, RelayedChannel))
    relayed = any(isinstance(channel, RelayedChannel) and target.of is None for target, channel in failure)
    heard = relayed or any(not isinstance(channel, RelayedChannel) for channel in cancelled)
    return () if cancelled and heard else native


def _found(voice: Voice, audience: Audience, untold: Sequence[str], source: Source) -> Found:
    layer = next(layer for name, layer in audience.layers(voice) if name is source.layer)
    names = listed(f"`{name}`" for name in untold)
    is_are = "is" if len(untold) == 1 else "are"
    cancelled = voice.says.notify.get(Outcome.CANCELLED)
    listed_now = ", ".join(each.channel for each in cancelled.targets) if cancelled else ""
    return Found(
        at=source.at,
        subject=speaker(voice, source),
        message=(
            f"{names} {is_are} told of failures and not of timeouts: dbt Cloud calls a run that timed out cancelled, "
            f"and tier `{voice.tier.name}` has rank {voice.tier.rank}"
        ),
        found=f"`failure` natively to {listed(untold)}; `cancelled` to {listed_now or 'nobody'}",
        expected=f"{names} under `cancelled` too",
        fix=f"add `cancelled: {flow_list(untold)}` beside `failure`",
        edits=_edits(voice, audience, layer, untold),
    )


def _edits(voice: Voice, audience: Audience, layer: Layer, untold: Sequence[str]) -> Sequence[Edit]:
    """Add to the list of `cancelled` that counts, if it stands here or above; else write one beside `failure`."""
    layers = [each for _, each in audience.layers(voice)]
    speaking = [each for each in layers[layers.index(layer) :] if Outcome.CANCELLED in each.notify]
    if speaking:
        edit = speaking[-1].notify[Outcome.CANCELLED]
        sign = "" if edit.replace is not None else "+"
        return [AppendItem(inside=edit.at, value=scalar(f"{sign}{name}")) for name in untold]
    failure = layer.notify[Outcome.FAILURE]
    if failure.inside == NOWHERE:
        return ()
    sign = "+" if failure.replace is None or Outcome.CANCELLED in voice.says.notify else ""
    return [SetKey(inside=failure.inside, key="cancelled", value=flow_list([f"{sign}{name}" for name in untold]))]


RULE: Final = Rule(
    id="timeout-untold",
    title="ranks 1-2 with a native failure route and no `cancelled`: a timeout is told to nobody there",
    level=LintLevel.WARN,
    judge=_judge,
)
