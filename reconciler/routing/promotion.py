"""When a failure is worse than the tier of its job."""

from __future__ import annotations

from reconciler.model.layers import Promotion, When
from reconciler.model.policy import JobRule
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import compared_name
from reconciler.model.telling import FailedNode, Happening, History, Promoted
from reconciler.routing.orders import Orders, Standing

__all__ = ["promoted"]


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


def _worst_step(orders: Orders, now: Standing, happening: Happening, history: History) -> tuple[str, str] | None:
    """Return the worst tier that this one becomes at once, and why; None if it stays."""
    rank = orders.rank(now.tier)
    found = [
        (orders.rank(promotion.to), promotion.to, why)
        for promotion in now.effective.values.promote or ()
        if orders.rank(promotion.to) < rank and (why := _reason(promotion, happening, history))
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
