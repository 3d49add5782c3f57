"""When a failure is worse than the tier of its job."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.layers import Promotion, When
from reconciler.model.policy import JobRule
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import compared_name
from reconciler.model.telling import FailedNode, Happening, History, Promoted
from reconciler.routing.orders import Orders, Standing

__all__ = ["promoted", "worse_tiers"]


def promoted(orders: Orders, rule: JobRule, happening: Happening, history: History) -> Promoted | None:
    """Return what a failure becomes, if it becomes worse: the worst tier that any matching promotion names.

    The promotions of the tier that it becomes are asked too. Each step is to a worse tier, so that they end.
    """
    own = now = orders.standing(rule)
    steps: list[tuple[Standing, str]] = []
    while (step := _worst_step(orders, now, happening, history)) is not None:
        steps.append((now, step[1]))
        now = orders.standing(rule, tier=step[0])
    if not steps or now.tier is None:
        return None
    said = [place for standing, _ in steps for place in standing.source("promote")]
    return Promoted(
        tier=own.tier,
        to=now.tier,
        why="; ".join(dict.fromkeys(why for _, why in steps)),
        at=said[-1] if said else NOWHERE,
    )


def worse_tiers(orders: Orders, rule: JobRule) -> tuple[str, ...]:
    """Return every tier that a failure may become, by one promotion or by several, the least severe first."""
    found: set[str] = set()
    waiting = [orders.standing(rule)]
    while waiting:
        new = {promotion.to for promotion in _steps(orders, waiting.pop())} - found
        found |= new
        waiting += [orders.standing(rule, tier=tier) for tier in new]
    return tuple(sorted(found, key=orders.rank, reverse=True))


def _steps(orders: Orders, now: Standing) -> Iterator[Promotion]:
    """Yield the promotions that lead to a worse tier; others are never made."""
    rank = orders.rank(now.tier)
    return (promotion for promotion in now.effective.values.promote or () if orders.rank(promotion.to) < rank)


def _worst_step(orders: Orders, now: Standing, happening: Happening, history: History) -> tuple[str, str] | None:
    """Return the worst tier that this one becomes at once, and why; None if it stays."""
    found = [
        (orders.rank(promotion.to), promotion.to, why)
        for promotion in _steps(orders, now)
        if (why := _reason(promotion, happening, history))
    ]
    return min(found)[1:] if found else None


def _reason(promotion: Promotion, happening: Happening, history: History) -> str:
    """Return why an entry of `promote` holds, or nothing: of several entries any, of the keys of one entry all."""
    reasons: list[str] = []
    if promotion.after_consecutive_failures is not None:
        failures = history.failures_before + 1
        if failures < promotion.after_consecutive_failures:
            return ""
        reasons.append(f"failure {failures} in a row")
    if promotion.when is not None:
        failed = next((node.name for node in happening.nodes if _holds(promotion.when, node)), None)
        if failed is None:
            return ""
        reasons.append(f"{failed} failed")
    return ", ".join(reasons)


def _holds(when: When, node: FailedNode) -> bool:
    """Tell whether every key that is given is true of this one node."""
    name = compared_name(node.name)
    return (not when.models or any(pattern.matches(name) for pattern in when.models)) and (
        not when.tags or not set(when.tags).isdisjoint(node.tags)
    )
