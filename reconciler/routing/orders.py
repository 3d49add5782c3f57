"""What the policy orders for one rule, worked out once for each tier that its alerts may become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule, Policy, Target
from reconciler.model.problem import NOWHERE, Position
from reconciler.routing.effective import Effective, effective
from reconciler.routing.routes import Routes, notification_routes, rule_routes

__all__ = ["Orders", "Standing", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule under one tier: its values, and whom it tells at level 0."""

    rule: JobRule
    effective: Effective
    routes: Routes

    @property
    def tier(self) -> str | None:
        return self.effective.tier

    def because(self, outcome: Outcome, target: Target) -> tuple[Position, ...]:
        """Return the rule's line, and the one that names the target."""
        return lines(self.rule.at, self.effective.notify[outcome].giver(target).at)

    def source(self, key: str) -> tuple[Position, ...]:
        """Return the line on which a value of the rule was given."""
        found = self.effective.sources.get(key)
        return lines(found.at) if found else ()


@dataclass(slots=True)
class Orders:
    """Reads one policy. Rules are known by identity, and kept, so that no other takes the place of one."""

    policy: Policy
    _known: dict[tuple[int, str | None, bool], Standing] = field(default_factory=dict)
    _notified: dict[int, tuple[NotificationRule, Routes]] = field(default_factory=dict)

    def standing(self, rule: JobRule, *, tier: str | None = None) -> Standing:
        """Return what a rule comes to; `tier` replaces its own, as a promotion does."""
        return self._standing(rule, tier=tier, unsilenced=False)

    def unsilenced(self, rule: JobRule) -> Standing:
        """Return what a silent rule would come to if it were not silent: who does not hear of it."""
        return self._standing(rule, tier=None, unsilenced=True)

    def notified(self, rule: NotificationRule) -> Routes:
        if id(rule) not in self._notified:
            self._notified[id(rule)] = (rule, notification_routes(rule, self.policy.channels))
        return self._notified[id(rule)][1]

    def rank(self, tier: str | None) -> float:
        """Return how bad a tier is; 1 is worst, and no tier is better than any."""
        return float("inf") if tier is None else self.policy.tiers[tier].rank

    def worse(self, one: str | None, other: str | None) -> str | None:
        """Return the worse of two tiers, `one` if they are equal."""
        return other if self.rank(other) < self.rank(one) else one

    def _standing(self, rule: JobRule, *, tier: str | None, unsilenced: bool) -> Standing:
        key = (id(rule), tier, unsilenced)
        if key not in self._known:
            read = replace(rule, silent=False) if unsilenced else rule
            found = effective(self.policy, read, tier=tier)
            routes = rule_routes(found, self.policy.channels)
            self._known[key] = Standing(rule=rule, effective=found, routes=routes)
        return self._known[key]


def lines(*places: Position) -> tuple[Position, ...]:
    """Return the places that stand in a file, each once, where it stands last."""
    last: Mapping[Position, None] = dict.fromkeys(reversed(places))
    return tuple(reversed([place for place in last if place != NOWHERE]))
