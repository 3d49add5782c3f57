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

from reconciler.lint.audience import Audience, Use, Voice, audience_of
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import listed, rule_subject
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import RelayedChannel, Tier
from reconciler.model.telling import NodeKind

__all__ = ["RULE"]

_ALSO: Final = 5
"""How many of a tier's rules are pointed at."""


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    worst = [voice for voice in audience.voices if voice.tier.rank == 1]
    silent = [voice for voice in worst if not _pages(voice, audience)]
    for tier in {voice.tier.name: voice.tier for voice in silent}.values():
        voices = [voice for voice in silent if voice.tier is tier]
        if any(_as_declared(voice) for voice in voices):
            yield _of_tier(tier, voices, audience)
        else:
            yield from _of_rules(voices, audience)


def _as_declared(voice: Voice) -> bool:
    """Tell whether the tier itself is what does not page: a rule that says nothing of its own does not either."""
    return not any(rule.layer.notify or rule.layer.escalation for rule in voice.rules)


def _pages(voice: Voice, audience: Audience) -> bool:
    outcome = _outcome(voice)
    kinds: set[str] = set()
    for told, target, channel in audience.targets(voice):
        if told is outcome and isinstance(channel, RelayedChannel) and channel.pages:
            kinds.update([target.of] if target.of else NodeKind)
    return kinds >= set(NodeKind) or any(
        isinstance(channel := audience.policy.channels.get(name), RelayedChannel) and channel.pages
        for level in audience.levels(voice)
        for name in level.notify
    )


def _outcome(voice: Voice) -> Outcome:
    return Outcome.LATE if voice.use is Use.DEADLINE else Outcome.FAILURE


def _of_tier(tier: Tier, voices: Sequence[Voice], audience: Audience) -> Found:
    rules = [rule for voice in voices for rule in voice.rules]
    return Found(
        at=tier.at,
        also_at=tuple(sorted({rule.at for rule in rules})[:_ALSO]),
        subject=f"tier {tier.name}",
        message=f"tier `{tier.name}` has rank 1, and nothing in it pages: at night nobody learns of a failure",
        found=_told(voices[0], audience),
        expected="a channel that pages under `failure`, or in a level of the tier's `escalation`",
        fix=_fix(audience),
    )


def _of_rules(voices: Iterable[Voice], audience: Audience) -> Iterator[Found]:
    for voice in voices:
        for rule in voice.rules:
            what = f"a missed deadline has tier `{voice.tier.name}`" if voice.use is Use.DEADLINE else "these jobs have"
            tier = "" if voice.use is Use.DEADLINE else f" tier `{voice.tier.name}`"
            yield Found(
                at=rule.layer.places.get("notify", rule.at),
                also_at=(voice.tier.at,),
                subject=rule_subject(rule),
                message=f"{what}{tier}, of rank 1, and what this rule says leaves nobody who is paged",
                found=_told(voice, audience),
                expected=f"a channel that pages under `{_outcome(voice)}`, or an `escalation` that pages",
                fix=_fix(audience),
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


def _fix(audience: Audience) -> str:
    policy = audience.policy
    paging = [name for name, each in policy.channels.items() if isinstance(each, RelayedChannel) and each.pages]
    rising = [
        name
        for name, escalation in policy.escalations.items()
        if any(channel in paging for level in escalation.levels for channel in level.notify)
    ]
    if rising:
        return f"add `escalation: {rising[0]}`, which pages" + (
            f", or put `{paging[0]}` under `failure`" if paging else ""
        )
    if paging:
        return f"put `{paging[0]}` under `failure`, or into an escalation that the tier names"
    return "declare a channel of `type: pagerduty` (or a relayed one with `pages: true`) and name it under `failure`"


RULE: Final = Rule(
    id="critical-must-page",
    title="rank 1 without a channel that pages, at level 0 or by escalation",
    level=LintLevel.ERROR,
    judge=_judge,
)
