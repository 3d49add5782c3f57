"""The worst tier must wake somebody.

Rank 1 says that people act at once, day and night. A message in Slack or in a mailbox does not ring at 03:00: the
failure is read in the morning, when the dashboard has been wrong for hours. So each alert of the tier of rank 1 must
reach a channel that pages: one of `type: pagerduty`, or another relayed one with `pages: true`. At once, under
`failure`, or later, by a level of the `escalation`.

What counts is what rules come to: a team that takes the pager out of the list with `-oncall` is found at its rule, a
tier that never pages is found once, at the tier. A fallback does not count: it is used only when a channel fails. A
pager that is told `of:` tests only does not count either, because a failed model would not ring. For a deadline with a
tier of its own (`sla: {tier: …}`) it is `late` that must page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.lint.audience import Audience, Use, Voice
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import listed, rule_subject
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.telling import NodeKind
from reconciler.routing.effective import LayerName

__all__ = ["RULE"]

_ALSO: Final = 5
"""How many of a tier's rules are pointed at."""


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    for tier in looked.policy.tiers.values():
        voices = [voice for voice in audience.voices if voice.tier is tier and _is_whole(voice, audience)]
        if tier.rank != 1 or not voices:
            continue
        silent = [voice for voice in voices if not _pages(voice, audience)]
        if len(silent) == len(voices) and not _pages(audience.declared(tier), audience):
            yield _of_tier(silent, audience)
        else:
            yield from (found for voice in silent for found in _of_voice(voice, audience))


def _is_whole(voice: Voice, audience: Audience) -> bool:
    """Tell whether nothing can be missing that pages: in a file checked alone others may use the tier, or be named."""
    return audience.knows(voice, _outcome(voice)) and not (audience.policy.missing and voice.use is Use.UNUSED)


def _decided(voice: Voice, audience: Audience) -> tuple[LayerName, Position]:
    """Return what says last, above the tier, who is told; the rule if nothing does."""
    for name, layer in reversed(audience.layers(voice)):
        if name in {LayerName.RULE, LayerName.TEAM}:
            if _outcome(voice) in layer.notify:
                return name, layer.notify[_outcome(voice)].at
            if layer.escalation is not None:
                return name, layer.places.get("escalation", layer.at)
    return LayerName.RULE, voice.rules[0].at


def _pages(voice: Voice, audience: Audience) -> bool:
    return _paged_for(voice, audience) >= set(NodeKind) or any(
        isinstance(channel := audience.policy.channels.get(name), RelayedChannel) and channel.pages
        for level in audience.levels(voice)
        for name in level.notify
    )


def _paged_for(voice: Voice, audience: Audience) -> frozenset[str]:
    """Return the kinds of failure that page at level 0; a missed deadline is of every kind."""
    return frozenset(
        kind
        for outcome, target, channel in audience.targets(voice)
        if outcome is _outcome(voice) and isinstance(channel, RelayedChannel) and channel.pages
        for kind in ([target.of] if target.of else NodeKind)
    )


def _outcome(voice: Voice) -> Outcome:
    return Outcome.LATE if voice.use is Use.DEADLINE else Outcome.FAILURE


def _of_tier(voices: Sequence[Voice], audience: Audience) -> Found:
    tier = voices[0].tier
    rules = [rule for voice in voices for rule in voice.rules]
    paged = sorted(_paged_for(voices[0], audience))
    what = f"only failures of {listed(paged)} page: of others" if paged else "nothing in it pages: at night"
    return Found(
        at=tier.at,
        also_at=tuple(sorted({rule.at for rule in rules})[:_ALSO]),
        subject=f"tier {tier.name}",
        message=f"tier `{tier.name}` has rank 1, and {what} nobody learns in time",
        found=_told(voices[0], audience),
        expected="a channel that pages under `failure`, or in a level of the tier's `escalation`",
        fix=_fix(audience, Outcome.FAILURE),
    )


def _of_voice(voice: Voice, audience: Audience) -> Iterator[Found]:
    by, at = _decided(voice, audience)
    if by is LayerName.TEAM:
        yield _of_users(f"team {voice.says.team}", at, voice, audience)
        return
    for rule in voice.rules:
        place = at if rule is voice.rules[0] else rule.at
        yield _of_users(rule_subject(rule), place, voice, audience)


def _of_users(whose: str, at: Position, voice: Voice, audience: Audience) -> Found:
    what = "a missed deadline" if voice.use is Use.DEADLINE else "a failure"
    return Found(
        at=at,
        also_at=(voice.tier.at,),
        subject=f"{whose}, tier {voice.tier.name}",
        message=f"{what} of these jobs has tier `{voice.tier.name}`, of rank 1, and nobody is paged",
        found=_told(voice, audience),
        expected=f"a channel that pages under `{_outcome(voice)}`, or an `escalation` that pages",
        fix=_fix(audience, _outcome(voice)),
    )


def _told(voice: Voice, audience: Audience) -> str:
    outcome = _outcome(voice)
    names = dict.fromkeys(
        f"{target.channel} (of: {target.of})" if target.of else target.channel
        for told, target, _ in audience.targets(voice)
        if told is outcome
    )
    later = voice.says.values.escalation
    return f"`{outcome}`: {listed(names) if names else 'nobody'}; " + (
        f"escalation {later}" if later else "no escalation"
    )


def _fix(audience: Audience, outcome: Outcome) -> str:
    policy = audience.policy
    paging = [name for name, each in policy.channels.items() if isinstance(each, RelayedChannel) and each.pages]
    rising = [
        name
        for name, escalation in policy.escalations.items()
        if any(channel in paging for level in escalation.levels for channel in level.notify)
    ]
    if rising:
        return f"add `escalation: {rising[0]}`, which pages, or put `{paging[0]}` under `{outcome}`"
    if paging:
        return f"put `{paging[0]}` under `{outcome}`, or into an escalation that is named here"
    return f"declare a channel of `type: pagerduty` (or a relayed one with `pages: true`) and name it under `{outcome}`"


RULE: Final = Rule(
    id="critical-must-page",
    title="rank 1 without a channel that pages, at level 0 or by escalation",
    level=LintLevel.ERROR,
    judge=_judge,
)
