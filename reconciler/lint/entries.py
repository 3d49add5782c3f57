"""Entries that tell of jobs, rules and notifications alike, and which of them speak of the same jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.lint.audience import Audience, Use, Voice
from reconciler.lint.overlap import Containers, disjoint, inside
from reconciler.lint.recipients import Recipient, recipients
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule
from reconciler.model.problem import Position
from reconciler.model.selector import Selector

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["Entries", "Entry", "Meeting"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """Who is told of some jobs, without conditions: by a rule with what it inherits, or by one of `notifications:`.

    `reaches` are the inboxes behind the channels, each with the outcome; a channel's own name is one too.
    """

    at: Position
    selector: Selector
    told: Mapping[Outcome, tuple[str, ...]]
    reaches: frozenset[tuple[Outcome, Recipient]]
    notification: NotificationRule | None = None
    rule: JobRule | None = None
    voice: Voice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An entry of `notifications:` and another entry that speaks of the same jobs too.

    `contained`: surely every job of `notification` is one of `other`. `jobs` are those, where live is known.
    """

    notification: Entry
    other: Entry
    contained: bool
    jobs: frozenset[int] = frozenset()


class Entries:
    """The entries of a policy. Two notifications meet once: at the one inside the other, or at the later one."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._inboxes = {
            name: (*recipients(channel), Recipient("channel", name))
            for name, channel in audience.policy.channels.items()
        }
        self._reaches: dict[tuple[tuple[Outcome, tuple[str, ...]], ...], frozenset[tuple[Outcome, Recipient]]] = {}

    @cached_property
    def notifications(self) -> Sequence[Entry]:
        return [
            Entry(at=each.at, selector=each.jobs, told=told, reaches=self._reached(told), notification=each)
            for each in self._audience.policy.notifications
            for told in [dict.fromkeys(each.on, each.to)]
        ]

    @cached_property
    def rules(self) -> Sequence[Entry]:
        """The rules that tell anybody of anything."""
        found: list[Entry] = []
        for voice in self._audience.voices:
            told = self._audience.always(voice) if voice.use is Use.OWN else {}
            reaches = self._reached(told)
            found += [
                Entry(at=rule.at, selector=rule.match, told=told, reaches=reaches, rule=rule, voice=voice)
                for rule in (voice.rules if told else ())
            ]
        return found

    def _reached(self, told: Mapping[Outcome, tuple[str, ...]]) -> frozenset[tuple[Outcome, Recipient]]:
        """Return the inboxes that hear; once for each list of people, because a team's rules mostly share theirs."""
        whom = tuple(told.items())
        if whom not in self._reaches:
            self._reaches[whom] = frozenset(
                (outcome, inbox) for outcome, names in whom for name in names for inbox in self._inboxes.get(name, ())
            )
        return self._reaches[whom]

    def meetings(self, survey: Survey | None) -> Iterator[Meeting]:
        """Yield what meets: exactly where live is known, else only what meets in every account."""
        return self._surely() if survey is None else self._by_jobs(survey)

    def _surely(self) -> Iterator[Meeting]:
        asked = frozenset(inbox for entry in self.notifications for inbox in entry.reaches)
        rules = [(rule, rule.reaches & asked) for rule in self.rules if not rule.reaches.isdisjoint(asked)]
        around_rules = Containers((rule.selector, shared, rule) for rule, shared in rules)
        around_notifications = Containers((entry.selector, entry.reaches, entry) for entry in self.notifications)
        order = {id(entry): number for number, entry in enumerate(self.notifications)}
        for entry in self.notifications:
            for other in around_rules.around(entry.selector, entry.reaches):
                if self._speaks_for(other, entry.selector):
                    yield Meeting(notification=entry, other=other, contained=True)
            for other in around_notifications.around(entry.selector, entry.reaches):
                if other is not entry and _reported_at(entry, other, order):
                    yield Meeting(notification=entry, other=other, contained=True)
        for rule, shared in rules:
            for entry in around_notifications.around(rule.selector, shared):
                if not inside(entry.selector, rule.selector):
                    yield Meeting(notification=entry, other=rule, contained=False)

    def _speaks_for(self, entry: Entry, selector: Selector) -> bool:
        """Tell whether no other rule of the team, as specific or more so, may take these jobs away from this one."""
        rule = entry.rule
        return rule is not None and not any(
            other is not rule
            and other.match.specificity >= rule.match.specificity
            and not disjoint(other.match, selector)
            for other in self._by_team[rule.team]
        )

    @cached_property
    def _by_team(self) -> Mapping[str, Sequence[JobRule]]:
        teams: defaultdict[str, list[JobRule]] = defaultdict(list)
        for rule in self._audience.policy.jobs:
            teams[rule.team].append(rule)
        return teams

    def _by_jobs(self, survey: Survey) -> Iterator[Meeting]:
        """Gather the jobs of each pair. A job without notifications costs one look."""
        rules = {id(entry.rule): entry for entry in self.rules}
        notifications = {id(entry.notification): entry for entry in self.notifications}
        order = {id(entry): number for number, entry in enumerate(self.notifications)}
        pairs: defaultdict[tuple[Entry, Entry], list[int]] = defaultdict(list)
        for job_id, placed in survey.places.items():
            here = [notifications[id(each)] for each in placed.notifications]
            rule = rules.get(id(placed.rule))
            for pair in (*((entry, rule) for entry in here if rule is not None), *_each_pair(here, order)):
                pairs[pair].append(job_id)
        for (entry, other), jobs in pairs.items():
            if entry.reaches.isdisjoint(other.reaches):
                continue
            contained = inside(entry.selector, other.selector)
            sure = contained and (other.rule is None or self._speaks_for(other, entry.selector))
            yield Meeting(notification=entry, other=other, contained=sure, jobs=frozenset(jobs))


def _each_pair(entries: Sequence[Entry], order: Mapping[int, int]) -> Iterable[tuple[Entry, Entry]]:
    for number, one in enumerate(entries):
        for other in entries[number + 1 :]:
            yield (one, other) if _reported_at(one, other, order) else (other, one)


def _reported_at(one: Entry, other: Entry, order: Mapping[int, int]) -> bool:
    """Tell whether two notifications meet at the first: it lies inside the other, or comes later if that is no help."""
    within, around = inside(one.selector, other.selector), inside(other.selector, one.selector)
    return within if within != around else order[id(one)] > order[id(other)]
