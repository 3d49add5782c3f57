"""When a failure is worse than the tier of its job."""

from __future__ import annotations

from collections.abc import Iterator

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
        if orders.rank(promotion.to) < rank
        for why in _reasons(promotion, happening, history)
    ]
    return min(found)[1:] if found else None


def _reasons(promotion: Promotion, happening: Happening, history: History) -> Iterator[str]:
    """Yield why an entry of `promote` holds: one of its keys is enough."""
    failures = history.failures_before + 1
    if promotion.after_consecutive_failures is not None and failures >= promotion.after_consecutive_failures:
        yield f"failure {failures} in a row"
    when = promotion.when
    if when is not None:
        for node in happening.nodes:
            if _holds(when, node):
                yield f"{node.name} failed"
                return


def _holds(when: When, node: FailedNode) -> bool:
    """Tell whether every key that is given is true of this one node."""
    name = compared_name(node.name)
    return (not when.models or any(pattern.matches(name) for pattern in when.models)) and (
        not when.tags or not set(when.tags).isdisjoint(node.tags)
    )
