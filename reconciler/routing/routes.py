"""Through what a rule tells whom: native routes, which dbt Cloud delivers, and relayed routes, which we deliver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, NotificationRule, RelayedChannel, Target
from reconciler.routing.effective import Effective

__all__ = ["NativeRoute", "RelayedRoute", "Routes", "notification_routes", "rule_routes"]


class NativeRoute(NamedTuple):
    """A native channel and one outcome: an edge for each job."""

    channel: str
    outcome: Outcome


class RelayedRoute(NamedTuple):
    """A relayed channel, the outcome, and under which condition."""

    outcome: Outcome
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Everybody whom one rule tells at level 0. Each route is there once, in the order of outcomes."""

    native: tuple[NativeRoute, ...] = ()
    relayed: tuple[RelayedRoute, ...] = ()


def rule_routes(found: Effective, channels: Mapping[str, Channel]) -> Routes:
    """Return the routes of an entry of `jobs:`; none for a silent one."""
    wanted = (
        (outcome, target) for outcome in Outcome if outcome in found.notify for target in found.notify[outcome].targets
    )
    return _routes(wanted, channels)


def notification_routes(rule: NotificationRule, channels: Mapping[str, Channel]) -> Routes:
    """Return the routes of an entry of `notifications:`."""
    return _routes(((outcome, Target(channel=name)) for outcome in rule.on for name in rule.to), channels)


def _routes(wanted: Iterable[tuple[Outcome, Target]], channels: Mapping[str, Channel]) -> Routes:
    """Sort by who delivers. The loader refuses a native channel under an outcome that dbt Cloud does not know."""
    native: dict[NativeRoute, None] = {}
    relayed: dict[RelayedRoute, None] = {}
    for outcome, target in wanted:
        if isinstance(channels[target.channel], RelayedChannel):
            relayed[RelayedRoute(outcome, target)] = None
        elif outcome.native:
            native[NativeRoute(target.channel, outcome)] = None
    return Routes(native=tuple(native), relayed=tuple(relayed))
