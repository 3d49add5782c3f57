"""PagerDuty rings once for an incident: naming it again later wakes nobody.

All messages of one incident go to PagerDuty under one key, so that an acknowledgement there counts and a recovery
closes it. While the incident is open, a second trigger under that key only adds a line to its log: nothing rings. A
level that names a PagerDuty channel that was triggered before therefore reaches nobody, however serious it looks.

It was triggered before if it stands under `failure` or `late` at level 0 of a tier that uses the escalation, or in an
earlier level. Two channels with the same integration key are one. A channel told only `of:` tests or `over:` a delay
does not count as triggered, because often it is not. Let PagerDuty's own escalation policy repeat, or page another
service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.lint.audience import INCIDENTS, Audience
from reconciler.lint.recipients import Recipient, recipients
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import flow_list
from reconciler.model.edit import Edit, SetKey
from reconciler.model.lint import LintLevel
from reconciler.model.policy import Channel, Escalation, Level, RelayedChannel
from reconciler.model.problem import Position

__all__ = ["RULE"]


class _Before(NamedTuple):
    """Who triggered a service first: in words, where, and whether that holds whoever uses the escalation."""

    how: str
    at: Position
    always: bool


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    at_once = _level_zero(audience)
    for escalation in looked.policy.escalations.values():
        yield from _of_escalation(escalation, at_once.get(escalation.name, {}), audience)


def _level_zero(audience: Audience) -> Mapping[str, Mapping[Recipient, _Before]]:
    """Return, for each escalation, the services that its users trigger at level 0, and the first who does."""
    found: dict[str, dict[Recipient, _Before]] = {}
    for voice in audience.voices:
        escalation = voice.says.values.escalation
        for outcome, target, channel in audience.targets(voice) if escalation else ():
            if outcome in INCIDENTS and not (target.of or target.over):
                for service in _services(channel):
                    how = f"at level 0 of tier `{voice.tier.name}`, under `{outcome}`"
                    before = _Before(how, audience.place(voice, outcome, target.channel), always=False)
                    found.setdefault(escalation or "", {}).setdefault(service, before)
    return found


def _services(channel: Channel | None) -> frozenset[Recipient]:
    is_pager = isinstance(channel, RelayedChannel) and channel.kind == "pagerduty"
    return recipients(channel) if is_pager and channel is not None else frozenset()


def _of_escalation(escalation: Escalation, at_once: Mapping[Recipient, _Before], audience: Audience) -> Iterator[Found]:
    triggered = dict(at_once)
    for number, level in enumerate(escalation.levels, start=1):
        services = {name: _services(audience.policy.channels.get(name)) for name in level.notify}
        repeated = {name: triggered[each] for name, found in services.items() for each in found if each in triggered}
        for name, before in repeated.items():
            yield _found(escalation, number, name, before, _edits(level, repeated))
        for each in frozenset().union(*services.values()):
            if each not in triggered or not triggered[each].always:
                triggered[each] = _Before(f"by level {number}", level.at, always=True)


def _edits(level: Level, repeated: Mapping[str, _Before]) -> tuple[Edit, ...]:
    """Take the names out that never ring, where others stay; a level of nobody is its author's to delete."""
    silent = {name for name, before in repeated.items() if before.always}
    kept = [name for name in level.notify if name not in silent]
    return (SetKey(inside=level.at, key="notify", value=flow_list(kept)),) if kept and silent else ()


def _found(escalation: Escalation, number: int, name: str, before: _Before, edits: tuple[Edit, ...]) -> Found:
    return Found(
        at=escalation.levels[number - 1].at,
        also_at=(before.at,),
        subject=f"escalation {escalation.name}, level {number}, channel {name}",
        message=(
            f"level {number} of escalation `{escalation.name}` names `{name}`, which was triggered for this incident "
            f"{before.how}: PagerDuty takes both for one, and nothing rings"
        ),
        found=f"`{name}` again",
        expected="another PagerDuty service, or people who were not told yet",
        fix=f"take `{name}` out of level {number}; let PagerDuty's own escalation policy repeat",
        edits=edits if before.always else (),
    )


RULE: Final = Rule(
    id="escalation-repeats",
    title="a level that names a PagerDuty channel already triggered for this incident",
    level=LintLevel.WARN,
    judge=_judge,
)
