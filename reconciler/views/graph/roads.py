"""Where jobs and rules lead: to their tier, and to what they add to it or leave out of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.model.duration import duration_text
from reconciler.model.layers import Layer
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, JobRule, NotificationRule, Policy
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import Selector
from reconciler.routing.effective import Effective, effective
from reconciler.routing.routes import Routes, notification_routes, rule_routes
from reconciler.views.graph.parts import Node

__all__ = ["Ends", "Roads", "Source", "ends", "worded"]

Ends = Mapping[str, frozenset[str]]
"""Channels, and the outcomes that go to each: the words of arrows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One job or rule: where it leads. `failures_untold`: it leads to somebody, of a failure to nobody."""

    node: Node
    team: str
    tier: str | None = None
    silent: bool = False
    adds: Ends = field(default_factory=dict)
    drops: Ends = field(default_factory=dict)
    escalation: str | None = None
    failures_untold: bool = False


class Roads:
    """Where rules lead. Each rule is worked out once, however many jobs it has."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[int, tuple[Ends, Ends, str | None]] = {}
        self._tiers: dict[str | None, Effective] = {}

    def source(self, node: Node, rule: JobRule | None, notifications: Sequence[NotificationRule]) -> Source:
        adds: defaultdict[str, set[str]] = defaultdict(set)
        for each in notifications:
            for channel, words in _words(notification_routes(each, self._policy.channels)).items():
                adds[channel] |= words
        if rule is None:
            team = notifications[0].team if notifications and node.key.startswith("n") else ""
            return Source(node=node, team=team, adds=_frozen(adds))
        if id(rule) not in self._known:
            self._known[id(rule)] = self._own(rule)
        own, drops, escalation = self._known[id(rule)]
        for channel, words in own.items():
            adds[channel] |= words
        return Source(
            node=node,
            team=rule.team,
            tier=rule.tier,
            silent=rule.silent,
            adds=_frozen(adds),
            drops=drops,
            escalation=escalation,
        )

    def job(self, node: Node, rule: JobRule | None, notifications: Sequence[NotificationRule]) -> Source:
        """Return where a job leads: of rules alone nobody knows what notifications add to each of their jobs."""
        source = self.source(node, rule, notifications)
        leads = not source.silent and (source.tier is not None or bool(source.adds))
        return replace(source, failures_untold=leads and not self._hears_of_failures(rule, notifications))

    def _hears_of_failures(self, rule: JobRule | None, notifications: Sequence[NotificationRule]) -> bool:
        if any(Outcome.FAILURE in each.on for each in notifications):
            return True
        if rule is None:
            return False
        found = effective(self._policy, rule)
        told = found.notify.get(Outcome.FAILURE)
        return bool(told and told.targets) or found.values.escalation is not None or found.values.digest is not None

    def tier(self, name: str | None) -> Effective:
        """Return what a rule of this tier comes to that itself says nothing; None is no tier."""
        if name not in self._tiers:
            nothing = JobRule(at=NOWHERE, team="", match=Selector(at=NOWHERE), layer=Layer(at=NOWHERE), tier=name)
            self._tiers[name] = effective(self._policy, nothing)
        return self._tiers[name]

    def _own(self, rule: JobRule) -> tuple[Ends, Ends, str | None]:
        """Return what a rule adds to its tier, what it leaves out of it, and the escalation if it is another one."""
        if rule.silent:
            return {}, {}, None
        channels, found = self._policy.channels, effective(self._policy, rule)
        wanted = ends(found, channels)
        base = ends(self.tier(rule.tier), channels) if rule.tier is not None else {}
        escalation = found.values.escalation
        same = rule.tier is not None and escalation == self.tier(rule.tier).values.escalation
        return _without(wanted, base), _without(base, wanted), None if same else escalation


def ends(found: Effective, channels: Mapping[str, Channel]) -> Ends:
    """Return every channel that a rule tells at level 0 or in a digest, with the words of its arrow."""
    words = _words(rule_routes(found, channels))
    digest = found.values.digest
    if digest is not None and not found.silent:
        for channel in digest.to:
            words[channel].add(f"digest every {digest.every}")
    return _frozen(words)


def _words(routes: Routes) -> defaultdict[str, set[str]]:
    words: defaultdict[str, set[str]] = defaultdict(set)
    for native in routes.native:
        words[native.channel].add(native.outcome.value)
    for outcome, target in routes.relayed:
        of = f" of {target.of}" if target.of else ""
        over = f" over {duration_text(target.over)}" if target.over else ""
        words[target.channel].add(f"{outcome.value}{of}{over}")
    return words


def _frozen(words: Mapping[str, set[str]]) -> Ends:
    return {channel: frozenset(each) for channel, each in words.items()}


def _without(some: Ends, others: Ends) -> Ends:
    left = {channel: words - others.get(channel, frozenset()) for channel, words in some.items()}
    return {channel: words for channel, words in left.items() if words}


_ORDER: Final = {outcome.value: place for place, outcome in enumerate(Outcome)}


def worded(words: Iterable[str]) -> str:
    return ", ".join(sorted(words, key=lambda word: (_ORDER.get(word.split()[0], len(_ORDER)), word)))
