"""dbt Cloud tells a native channel at once, whatever the tier says about hours, grouping and promotion.

A native channel (`dbt_user`, `dbt_email`, `dbt_slack`) is told by dbt Cloud itself, which knows nothing of office
hours, of related failures or of failures in a row. In a tier with `hours`, `group` or `promote` it is still allowed:
sometimes somebody wants every mail, at once. But whoever reads the tier may expect otherwise, so this says it: told
also at night, one message for each job, and never promoted.

Only what applies is said: grouping and promotion are about failures, hours about everything. To have it held, grouped
and promoted takes a relayed channel that reaches the same people, and a relay that serves it: until then the native
channel is the one that tells them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.lint.audience import Audience, Use, Voice, speaker
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import listed
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import DbtSlack, NativeChannel, RelayedChannel
from reconciler.model.problem import Position

__all__ = ["RULE"]


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    told: set[tuple[Position, str]] = set()
    for voice in audience.voices:
        if voice.use in {Use.OWN, Use.UNUSED}:
            for found, channel in _of_voice(voice, audience):
                if (found.at, channel) not in told:
                    told.add((found.at, channel))
                    yield found


def _of_voice(voice: Voice, audience: Audience) -> Iterator[tuple[Found, str]]:
    outcomes: dict[str, list[Outcome]] = {}
    channels: dict[str, NativeChannel] = {}
    for outcome, _, channel in audience.targets(voice):
        if not isinstance(channel, RelayedChannel) and _bypassed(voice, outcome):
            outcomes.setdefault(channel.name, []).append(outcome)
            channels[channel.name] = channel
    for name, told in outcomes.items():
        yield _found(voice, audience, channels[name], told), name


def _bypassed(voice: Voice, outcome: Outcome) -> tuple[str, ...]:
    """Return the keys that a native channel does not heed for this outcome."""
    values = voice.says.values
    failing = outcome is Outcome.FAILURE
    keys = (
        ("hours", values.hours is not None),
        ("group", failing and values.group is not None),
        ("promote", failing and bool(values.promote)),
    )
    return tuple(key for key, given in keys if given)


_MEANING: Final = {"hours": "also at night", "group": "ungrouped", "promote": "not promoted"}


def _found(voice: Voice, audience: Audience, channel: NativeChannel, outcomes: list[Outcome]) -> Found:
    keys = tuple(dict.fromkeys(key for outcome in outcomes for key in _bypassed(voice, outcome)))
    source = audience.giver(voice, outcomes[0], channel.name)
    return Found(
        at=source.at,
        also_at=tuple(sorted({voice.says.sources[key].at for key in keys})),
        subject=f"channel {channel.name} in {speaker(voice, source)}",
        message=(
            f"`{channel.name}` is native: dbt Cloud tells it at once, {listed(_MEANING[key] for key in keys)}, "
            f"although tier `{voice.tier.name}` has {listed(f'`{key}`' for key in keys)}"
        ),
        found=f"`{channel.name}` under {listed(f'`{outcome}`' for outcome in outcomes)}",
        expected="a native channel where messages need not wait, or a relayed one",
        fix=(
            f"leave it if that is meant, and until a relay serves this policy; then use a channel of "
            f"`type: {_relayed_kind(channel)}`"
        ),
    )


def _relayed_kind(channel: NativeChannel) -> str:
    return "slack" if isinstance(channel, DbtSlack) else "email"


RULE: Final = Rule(
    id="native-bypasses",
    title="a native channel in a tier with hours, group or promote: told at once, ungrouped, not promoted",
    level=LintLevel.INFO,
    judge=_judge,
)
