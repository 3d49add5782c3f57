"""An escalation must reach somebody new at each step, and somebody at last.

Three things make an escalation look longer than it is. **A level that is never reached as a step:** its `after` is not
later than that of a level above it; levels count from the incident's start, not from each other, so `5m, 5m` is one
step and not ten minutes. **A level that reaches nobody new:** every channel of it, and its ticket, was told at level 0
of each tier that uses the escalation, or by an earlier level; it repeats, and whoever did not react the first time has
the same message twice. **No last level:** every level stops at an acknowledgement (`unless: acknowledged`, also when
nothing is said), so an incident that somebody acknowledged and forgot is never brought up again. Some level, best the
last, must say `unless: resolved`.

Two channels that reach the same inbox are one. A level that only repeats PagerDuty is told by `escalation-repeats`.
Escalations are judged as they are declared, used or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from reconciler.lint.audience import INCIDENTS, Audience, Voice
from reconciler.lint.recipients import Recipient, recipients
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import listed
from reconciler.model.duration import duration_text
from reconciler.model.lint import LintLevel
from reconciler.model.policy import Escalation, Level, RelayedChannel

__all__ = ["RULE"]

_RESOLVED: Final = "resolved"
_SOON: Final = timedelta(minutes=30)


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    users: dict[str, list[Voice]] = {}
    for voice in audience.voices:
        users.setdefault(voice.says.values.escalation or "", []).append(voice)
    for escalation in looked.policy.escalations.values():
        yield from _unreachable(escalation)
        yield from _nobody_new(escalation, users.get(escalation.name, []), audience)
        if all(level.unless != _RESOLVED for level in escalation.levels):
            yield _without_end(escalation)


def _unreachable(escalation: Escalation) -> Iterator[Found]:
    latest, latest_number = escalation.levels[0], 1
    for number, level in enumerate(escalation.levels[1:], start=2):
        if level.after > latest.after:
            latest, latest_number = level, number
            continue
        when = "at the same time as" if level.after == latest.after else "before"
        yield Found(
            at=level.at,
            also_at=(latest.at,),
            subject=f"escalation {escalation.name}, level {number}, after",
            message=(
                f"level {number} of escalation `{escalation.name}` comes {when} level {latest_number}: "
                "levels count from the incident's start, so nothing escalates here"
            ),
            found=f"after: {duration_text(level.after)}, below after: {duration_text(latest.after)}",
            expected=f"later than {duration_text(latest.after)}",
            fix=f"write the time since the incident began, more than {duration_text(latest.after)}, "
            f"or put it into level {latest_number}",
        )


def _nobody_new(escalation: Escalation, users: list[Voice], audience: Audience) -> Iterator[Found]:
    told = _told_at_once(users, audience)
    for number, level in enumerate(escalation.levels, start=1):
        reached = _reached((*level.notify, *([level.ticket] if level.ticket else ())), audience)
        if reached and reached <= told and not _only_pages(level, audience):
            yield _repeats(escalation, number, level)
        told |= reached


def _told_at_once(users: list[Voice], audience: Audience) -> frozenset[Recipient]:
    """Return whom every user of an escalation tells at level 0 of each kind of incident that it tells of."""
    each = [
        _reached((target.channel for _, target in told), audience)
        for voice in users
        for outcome in INCIDENTS
        if (told := [(o, t) for o, t, _ in audience.targets(voice) if o is outcome and not (t.of or t.over)])
    ]
    return frozenset.intersection(*each) if each else frozenset()


def _reached(names: Iterable[str], audience: Audience) -> frozenset[Recipient]:
    """Return the inboxes behind channels; one that shows none, or that is not declared here, stands for itself."""
    channels = audience.policy.channels
    return frozenset(
        each
        for name in names
        for each in ((recipients(channels[name]) if name in channels else ()) or {Recipient("channel", name)})
    )


def _only_pages(level: Level, audience: Audience) -> bool:
    channels = [audience.policy.channels.get(name) for name in level.notify]
    return all(isinstance(channel, RelayedChannel) and channel.kind == "pagerduty" for channel in channels)


def _repeats(escalation: Escalation, number: int, level: Level) -> Found:
    return Found(
        at=level.at,
        subject=f"escalation {escalation.name}, level {number}, nobody new",
        message=(
            f"level {number} of escalation `{escalation.name}` reaches nobody new: {listed(level.notify)} "
            f"{'was' if len(level.notify) == 1 else 'were'} told before, and did not react"
        ),
        found=f"notify: {', '.join(level.notify)}",
        expected="at least one channel that was not told of this incident yet",
        fix="name who is next when nobody reacts, or delete the level",
    )


def _without_end(escalation: Escalation) -> Found:
    last = escalation.levels[-1]
    return Found(
        at=last.at,
        subject=f"escalation {escalation.name}, end",
        message=(
            f"escalation `{escalation.name}` has no last level: an incident that is acknowledged and then forgotten "
            "is never brought up again"
        ),
        found="every level is skipped once somebody acknowledges",
        expected="a level with `unless: resolved`",
        fix="add a last level with `unless: resolved`, for instance "
        f"`- {{after: {duration_text(max(2 * last.after, _SOON))}, notify: […], unless: resolved}}`",
    )


RULE: Final = Rule(
    id="escalation-has-end",
    title="unreachable levels, no last level, levels that reach nobody new",
    level=LintLevel.WARN,
    judge=_judge,
)
