"""What every rule of `jobs:` comes to, worked out once for all guardrails that ask."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from reconciler.model.policy import Policy
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


def effects(policy: Policy) -> Mapping[Position, Effective]:
    """Return what each rule comes to, by its place. One whose tier nobody declares, in a file alone, is left out."""
    return _effects(_Same(policy))


@lru_cache(maxsize=1)
def _effects(same: _Same) -> Mapping[Position, Effective]:
    policy = same.policy
    return {rule.at: effective(policy, rule) for rule in policy.jobs if rule.tier is None or rule.tier in policy.tiers}
