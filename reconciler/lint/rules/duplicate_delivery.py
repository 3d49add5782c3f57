"""The same news twice makes people read neither, and one line that says it again is deleted in vain.

Found is one inbox that is told twice of one outcome of one job. Because an entry of `notifications:` repeats what the
job's rule tells already, or what another entry does. Because two names of channels stand for one recipient: the same
address, native or relayed, in any case of letters; the same Slack channel; the same key or hook. Or because a webhook
of your own listens to `errored` and to `completed`: dbt Cloud counts a failed run as both, so each failure arrives
twice.

dbt Cloud keeps one entry for one recipient, and the relay sends what is due at one moment once. So not every repetition
arrives twice; but then one of the lines does nothing, and whoever deletes the other wonders why it does not stop. A
message of a tier with office hours or grouping waits, and its repetition by `notifications:` does not: these do arrive
twice.

Without live only what is sure is found: selectors that are equal, or of which one lies inside the other. With a
snapshot or the API the jobs are compared one by one. What is told only `of:` some failures or `over:` a delay, later
levels, fallbacks and digests are no repetition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from reconciler.lint.audience import Audience, speaker
from reconciler.lint.entries import Entries, Entry, Meeting
from reconciler.lint.recipients import Recipient, recipients
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import flow_list, listed, notification_subject
from reconciler.model.edit import Edit, RemoveItem, SetKey
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import NotificationRule, RelayedChannel, WebhookRule
from reconciler.model.problem import Position
from reconciler.model.vendor import vendor_of

__all__ = ["RULE"]

_ALSO: Final = 5
_TWICE: Final = frozenset({WebhookEvent.ERRORED, WebhookEvent.COMPLETED})


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    inboxes = _Inboxes(audience)
    entries = Entries(audience)
    yield from _within_lists(audience, entries, inboxes)
    yield from _across(audience, entries.meetings(looked.survey), inboxes)
    for webhook in looked.policy.webhooks:
        if webhook.on >= _TWICE and vendor_of(webhook.url) is None:
            yield _of_webhook(webhook)


class _Inboxes:
    """Which channels share an inbox. Each list of names is compared once."""

    def __init__(self, audience: Audience) -> None:
        self._channels = audience.policy.channels
        self._behind = {name: recipients(channel) for name, channel in self._channels.items()}
        self._pairs: dict[tuple[str, ...], Sequence[tuple[str, str]]] = {}

    def same(self, one: str, other: str) -> bool:
        nobody: frozenset[Recipient] = frozenset()
        return one == other or not self._behind.get(one, nobody).isdisjoint(self._behind.get(other, nobody))

    def twice(self, names: tuple[str, ...]) -> Sequence[tuple[str, str]]:
        """Return the pairs of different names in a list that share an inbox."""
        if names not in self._pairs:
            different = dict.fromkeys(names)
            self._pairs[names] = [pair for pair in combinations(different, 2) if self.same(*pair)]
        return self._pairs[names]

    def relayed(self, name: str) -> bool:
        return isinstance(self._channels.get(name), RelayedChannel)


# --- two names in one list ------------------------------------------------------------------------------------------
def _within_lists(audience: Audience, entries: Entries, inboxes: _Inboxes) -> Iterator[Found]:
    found: dict[tuple[str, tuple[str, str]], list[tuple[Position, Outcome]]] = {}
    for voice in audience.voices:
        for outcome, names in audience.always(voice).items():
            for pair in inboxes.twice(names):
                source = audience.giver(voice, outcome, pair[1])
                found.setdefault((speaker(voice, source), pair), []).append((source.at, outcome))
    for entry in entries.notifications:
        if entry.notification is not None:
            for pair in inboxes.twice(entry.notification.to):
                told = [(entry.at, outcome) for outcome in entry.notification.on]
                found[notification_subject(entry.notification), pair] = told
    for (whose, pair), places in found.items():
        yield _of_pair(whose, pair, places, audience)


def _of_pair(
    whose: str, pair: tuple[str, str], places: Sequence[tuple[Position, Outcome]], audience: Audience
) -> Found:
    first, second = pair
    outcomes = dict.fromkeys(outcome for _, outcome in places)
    return Found(
        at=places[0][0],
        also_at=tuple(audience.policy.channels[name].at for name in pair),
        subject=f"channels {first} and {second} in {whose}",
        message=f"`{first}` and `{second}` reach the same inbox, and both are told of {listed(outcomes)}",
        found=f"{first} and {second}",
        expected="one of them",
        fix=f"keep the one whose message you want; take `{second}` or `{first}` out of the list",
    )


# --- an entry that repeats another ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class _Repeated:
    """A channel of an entry of `notifications:`, one outcome, and who tells the same inbox of it already."""

    meeting: Meeting
    outcome: Outcome
    name: str
    other_name: str


def _across(audience: Audience, meetings: Iterable[Meeting], inboxes: _Inboxes) -> Iterator[Found]:
    repeated: defaultdict[Entry, list[_Repeated]] = defaultdict(list)
    for meeting in meetings:
        repeated[meeting.notification].extend(_repeated(meeting, inboxes))
    for entry, found in repeated.items():
        if found and entry.notification is not None:
            yield _of_entry(entry.notification, found, audience, inboxes)


def _repeated(meeting: Meeting, inboxes: _Inboxes) -> Iterator[_Repeated]:
    for outcome, names in meeting.notification.told.items():
        for other in meeting.other.told.get(outcome, ()):
            for name in names:
                if inboxes.same(name, other):
                    yield _Repeated(meeting=meeting, outcome=outcome, name=name, other_name=other)


def _of_entry(entry: NotificationRule, found: Sequence[_Repeated], audience: Audience, inboxes: _Inboxes) -> Found:
    first = found[0]
    others = list(dict.fromkeys(each.meeting.other for each in found))
    names = list(dict.fromkeys(each.name for each in found))
    outcomes = list(dict.fromkeys(each.outcome for each in found))
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    edits = _edits(entry, found, inboxes)
    return Found(
        at=entry.at,
        also_at=tuple(sorted({_place(each, audience) for each in found})[:_ALSO]),
        subject=notification_subject(entry),
        message=(
            f"{listed(f'`{name}`' for name in names)} {'is' if len(names) == 1 else 'are'} told of {listed(outcomes)} "
            f"of {_jobs(found)} by {_teller(first)}{more} already{_by_another_name(first)}"
        ),
        found=_consequence(first, inboxes),
        expected="each inbox told once of an outcome",
        fix=_fix(edits),
        edits=edits,
    )


def _jobs(found: Sequence[_Repeated]) -> str:
    jobs = frozenset().union(*(each.meeting.jobs for each in found))
    return f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}" if jobs else "the same jobs"


def _teller(repeated: _Repeated) -> str:
    other = repeated.meeting.other
    if other.rule is None:
        return "another entry of `notifications:`"
    return f"the rule of team `{other.rule.team}`" + (f" (tier `{other.rule.tier}`)" if other.rule.tier else "")


def _by_another_name(repeated: _Repeated) -> str:
    return "" if repeated.name == repeated.other_name else f", as `{repeated.other_name}`: the same inbox"


def _consequence(repeated: _Repeated, inboxes: _Inboxes) -> str:
    if repeated.name != repeated.other_name:
        return "two messages about one run in one inbox"
    if inboxes.relayed(repeated.name) and _waits(repeated):
        return "one message at once, and the tier's again when its hours or its group let it go"
    return "it is sent once; taking one of the two lines away stops nothing"


def _waits(repeated: _Repeated) -> bool:
    voice = repeated.meeting.other.voice
    return voice is not None and (voice.says.values.hours is not None or voice.says.values.group is not None)


def _place(repeated: _Repeated, audience: Audience) -> Position:
    other = repeated.meeting.other
    return other.at if other.voice is None else audience.place(other.voice, repeated.outcome, repeated.other_name)


def _fix(edits: Sequence[Edit]) -> str:
    match edits:
        case [RemoveItem()]:
            return "delete this entry"
        case [SetKey(key=key, value=value)]:
            return f"write `{key}: {value}` here"
        case _:
            return "keep one of the two: say it here, or there"


def _edits(entry: NotificationRule, found: Sequence[_Repeated], inboxes: _Inboxes) -> Sequence[Edit]:
    """Take away what is said elsewhere of all jobs of this entry, by the same name, and arrives at the same time."""
    needless: defaultdict[str, set[Outcome]] = defaultdict(set)
    for each in found:
        comes_later = inboxes.relayed(each.name) and _waits(each)
        if each.meeting.contained and each.name == each.other_name and not comes_later:
            needless[each.name].add(each.outcome)
    everywhere = {name for name, outcomes in needless.items() if outcomes >= set(entry.on)}
    kept = [name for name in entry.to if name not in everywhere]
    if not kept:
        return (RemoveItem(at=entry.at),)
    if everywhere:
        return (SetKey(inside=entry.at, key="to", value=flow_list(kept)),)
    rest = [outcome for outcome in entry.on if any(outcome not in needless[name] for name in entry.to)]
    return (SetKey(inside=entry.at, key="on", value=flow_list(rest)),) if len(rest) < len(entry.on) else ()


# --- one run, two events --------------------------------------------------------------------------------------------
def _of_webhook(webhook: WebhookRule) -> Found:
    kept = [event.short for event in WebhookEvent if event in webhook.on and event is not WebhookEvent.ERRORED]
    return Found(
        at=webhook.at,
        subject=f"webhook {webhook.key}",
        message=(
            f"webhook `{webhook.name}` is sent each failed run twice: dbt Cloud counts it as `errored`, and as "
            "`completed` once its artifacts are there"
        ),
        found="on: errored and completed",
        expected="one of the two: `completed` brings every run, `errored` only failures, and sooner",
        fix=f"write `on: {flow_list(kept)}`",
        edits=(SetKey(inside=webhook.at, key="on", value=flow_list(kept)),),
    )


RULE: Final = Rule(
    id="duplicate-delivery",
    title="one person or channel reached twice for one outcome; a hand-written webhook on both errored and completed",
    level=LintLevel.WARN,
    judge=_judge,
    more_with_live=True,
)
