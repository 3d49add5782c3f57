"""What a rule of `jobs:` comes to, worked out when it is first asked for and once for all guardrails that ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from reconciler.model.policy import JobRule, Policy
from reconciler.model.problem import Position
from reconciler.routing.effective import Effective, effective

__all__ = ["effects"]


class _Same:
    """A policy that is compared by being the same one: its values are no keys."""

    __slots__ = ("policy",)

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __hash__(self) -> int:
        return id(self.policy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.policy is self.policy


class _Effects(Mapping[Position, Effective]):
    """What the rules of one policy come to, by their places. Most guardrails ask for a few of thousands."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rules: dict[Position, JobRule] = {
            rule.at: rule for rule in policy.jobs if rule.tier is None or rule.tier in policy.tiers
        }
        self._known: dict[Position, Effective] = {}

    def __getitem__(self, at: Position) -> Effective:
        if at not in self._known:
            self._known[at] = effective(self._policy, self._rules[at])
        return self._known[at]

    def __iter__(self) -> Iterator[Position]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def effects(policy: Policy) -> Mapping[Position, Effective]:
    """Return what each rule comes to, by its place. One whose tier nobody declares, in a file alone, is left out."""
    return _effects(_Same(policy))


@lru_cache(maxsize=1)
def _effects(same: _Same) -> _Effects:
    return _Effects(same.policy)
