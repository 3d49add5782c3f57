"""What everybody gets, nobody answers.

A message to thirty people is read by each of them as meant for the others. And a list of the whole company
(`all-staff@`, `everyone@`) tells hundreds of people, who cannot do anything about it, that data is broken. An alert
goes to those who act: a few people, or one list of the team.

Counted are the addresses that the policy shows: those of one `email` channel, and those that one entry of
`notifications:`, one outcome's list or one level of an escalation reaches together, each once. A Slack channel, a pager
or a hook counts as nobody, because a file does not show who is behind it; digests are left to their readers. The limit
is 10, or `limit:` in `rules:`. A whole-company list is found whatever the count: an address whose part before the @
fits one of `names:`, in which `*` stands for any text and a final `@` for the end of that part. The default is `[all-*,
everyone@, entire-*, exec*]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from reconciler.lint.audience import Audience, Voice, speaker
from reconciler.lint.recipients import addresses
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import listed, notification_subject
from reconciler.model.edge import compared_address
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel
from reconciler.model.problem import Position
from reconciler.model.selector import NamePattern

__all__ = ["RULE"]

_LIMIT: Final = 10
_NAMES: Final = ("all-*", "everyone@", "entire-*", "exec*")


def _judge(looked: Looked) -> Iterable[Found]:
    setting = looked.setting
    limit = _LIMIT if setting.limit is None else setting.limit
    names = _NAMES if setting.names is None else setting.names
    patterns = tuple(NamePattern(compared_address(name)) for name in names)
    for channel in looked.policy.channels.values():
        yield from _of_channel(channel, limit, patterns)
    yield from _of_lists(audience_of(looked), limit)


def _of_channel(channel: Channel, limit: int, patterns: tuple[NamePattern, ...]) -> Iterator[Found]:
    found = addresses(channel)
    everybody = [each for each in found if _is_whole_company(each, patterns)]
    if everybody:
        yield Found(
            at=channel.at,
            subject=f"channel {channel.name}, whole company",
            message=f"channel `{channel.name}` writes to {listed(everybody)}, by its name a list of the whole company",
            found=", ".join(everybody),
            expected="those who act on it: a few people, or the list of one team",
            fix="write to the team's own list; if this is one, change `names:` of this rule in `rules:`",
        )
    if len(found) > limit:
        yield Found(
            at=channel.at,
            subject=f"channel {channel.name}",
            message=f"channel `{channel.name}` writes to {len(found)} people: each takes it for the others' business",
            found=f"{len(found)} addresses",
            expected=_at_most(limit),
            fix="keep those who act on it, or use the list of one team; `limit:` in `rules:` changes the number",
        )


def _is_whole_company(address: str, patterns: tuple[NamePattern, ...]) -> bool:
    """Try the part before the @, with the @ as its end; a pattern with a domain is tried on the whole address."""
    whole = compared_address(address)
    local = whole.partition("@")[0]
    return any(pattern.matches(tried) for pattern in patterns for tried in (local, f"{local}@", whole))


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Channels that are told together; `subject` is asked for only where they are too many."""

    at: Position
    names: tuple[str, ...]
    subject: Callable[[], str]


def _of_lists(audience: Audience, limit: int) -> Iterator[Found]:
    """Yield each list that tells too many together; one with a channel that is found alone is not told again."""
    counted: dict[tuple[str, ...], int] = {}
    told: set[Position] = set()
    for each in _lists(audience, limit):
        if each.names not in counted:
            counted[each.names] = _people(each.names, audience, limit)
        if counted[each.names] > limit and each.at not in told:
            told.add(each.at)
            yield _of_list(each, counted[each.names], limit)


def _lists(audience: Audience, limit: int) -> Iterator[_List]:
    """Yield the lists of people; of what voices say only those that are long enough to be too long."""
    most = max((len(addresses(channel)) for channel in audience.policy.channels.values()), default=0)
    for voice in audience.voices:
        for outcome, told in voice.says.notify.items():
            if len(told.targets) * most > limit:
                names = tuple(each.channel for each in told.targets)
                yield _List(at=told.sources[-1].at, names=names, subject=partial(_of_outcome, voice, outcome))
    for escalation in audience.policy.escalations.values():
        for number, level in enumerate(escalation.levels, start=1):
            subject = f"escalation {escalation.name}, level {number}"
            yield _List(at=level.at, names=level.notify, subject=partial(str, subject))
    for entry in audience.policy.notifications:
        yield _List(at=entry.at, names=entry.to, subject=partial(notification_subject, entry))


def _of_outcome(voice: Voice, outcome: Outcome) -> str:
    return f"{outcome} of {speaker(voice, voice.says.notify[outcome].sources[-1])}"


def _people(names: tuple[str, ...], audience: Audience, limit: int) -> int:
    known = [audience.policy.channels[name] for name in names if name in audience.policy.channels]
    each = [addresses(channel) for channel in known]
    if any(len(found) > limit for found in each):
        return 0
    return len({compared_address(address) for found in each for address in found})


def _of_list(found: _List, count: int, limit: int) -> Found:
    return Found(
        at=found.at,
        subject=found.subject(),
        message=f"this tells {count} people at once, by {listed(found.names)}: each takes it for the others' business",
        found=f"{count} addresses",
        expected=_at_most(limit),
        fix="name fewer channels, or one list of the team that acts; `limit:` in `rules:` changes the number",
    )


def _at_most(limit: int) -> str:
    return f"at most {limit}"


RULE: Final = Rule(
    id="max-recipients",
    title="a notification to too many people, or to a whole-company list",
    level=LintLevel.ERROR,
    judge=_judge,
)
