"""Rank 1 is told at once, day and night: office hours would hold it until the morning.

`hours` keeps relayed messages back outside the office's time and sums them up at the next opening. That is right for
what can wait. On the tier of rank 1 it turns a page at 03:00 into a line in a summary at 08:00.

Hours can come from the tier itself, and also by accident: from `defaults`, from the head of a team's file or from the
rule, all of which the tier of rank 1 inherits or is overruled by. Each place that holds rank 1 back is found once.
Hours of a lower tier do no harm to what is promoted or escalated: that is released at once. Native channels are never
held. Where hours hold back a deadline of rank 1 and alerts of a lower tier with it, `--fix` leaves both: taking the
hours away would also tell at night what can wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.lint.audience import Audience, Use, Voice
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import rule_subject
from reconciler.model.edit import Edit, RemoveKey, SetKey
from reconciler.model.lint import LintLevel
from reconciler.model.policy import RelayedChannel
from reconciler.routing.effective import LayerName, Source

__all__ = ["RULE"]

_ALWAYS: Final = '{from: "00:00", to: "00:00"}'
"""Office hours that never close: the end lies on the next day."""
_ALSO: Final = 5


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    held: dict[Source, list[Voice]] = {}
    for voice in audience.voices:
        if voice.tier.rank == 1 and voice.use is not Use.PROMOTED and _is_held(voice, audience):
            held.setdefault(voice.says.sources["hours"], []).append(voice)
    return [_found(source, voices) for source, voices in held.items()]


def _is_held(voice: Voice, audience: Audience) -> bool:
    hours = voice.says.values.hours
    if hours is None or (hours.start == hours.end and hours.calendar is None):
        return False
    if voice.use is Use.UNUSED and voice.says.sources["hours"].layer is not LayerName.TIER:
        return False
    return any(isinstance(channel, RelayedChannel) for _, _, channel in audience.targets(voice))


def _found(source: Source, voices: Sequence[Voice]) -> Found:
    voice = voices[0]
    rules = [rule for each in voices for rule in each.rules]
    hours = voice.says.values.hours
    span = f"{hours.start:%H:%M} to {hours.end:%H:%M}" if hours else ""
    what = "missed deadlines of tier" if voice.use is Use.DEADLINE else "alerts of tier"
    fix, edits = _fix(source, voices)
    return Found(
        at=source.at,
        also_at=tuple(sorted({rule.at for rule in rules} - {source.at})[:_ALSO]),
        subject=_subject(source, voice),
        message=f"{what} `{voice.tier.name}` (rank 1) are held outside {span}: what happens at night is told later",
        found=f"`hours` from {_whose(source)}",
        expected="rank 1 told at once, day and night",
        fix=fix,
        edits=edits,
    )


def _fix(source: Source, voices: Sequence[Voice]) -> tuple[str, Sequence[Edit]]:
    """Return what to do, and the edits that do it, where these change nothing but rank 1."""
    if source.layer is LayerName.TIER:
        return "delete `hours` here", [RemoveKey(at=source.at)]
    if any(voice.use is Use.DEADLINE for voice in voices):
        return "move `hours` into the tier of what can wait", ()
    if source.layer is LayerName.RULE:
        return "delete `hours` here", [RemoveKey(at=source.at)]
    rules = [rule for voice in voices for rule in voice.rules]
    return (
        f"move `hours` to what can wait, or give these rules `hours: {_ALWAYS}`, which never closes",
        [SetKey(inside=rule.at, key="hours", value=_ALWAYS) for rule in rules],
    )


def _subject(source: Source, voice: Voice) -> str:
    if source.layer is LayerName.RULE:
        return rule_subject(voice.rules[0])
    return f"tier {voice.tier.name}, hours of {_whose(source)}"


def _whose(source: Source) -> str:
    return "the rule" if source.layer is LayerName.RULE else f"{source.layer} {source.name}".strip()


RULE: Final = Rule(
    id="hours-on-critical",
    title="rank 1 held back by office hours",
    level=LintLevel.ERROR,
    judge=_judge,
)
