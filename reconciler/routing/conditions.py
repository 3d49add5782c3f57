"""The conditions of a target: `of` a kind of node, `over` a delay."""

from __future__ import annotations

from datetime import timedelta

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Target
from reconciler.model.telling import Happening, NodeKind, WithheldReason

__all__ = ["missing", "until_late_enough"]


def missing(target: Target, happening: Happening) -> WithheldReason | None:
    """Return the condition that does not hold, or None."""
    if target.of is not None and NodeKind(target.of) not in _kinds(happening):
        return WithheldReason.OTHER_KIND
    if until_late_enough(target, happening) > timedelta():
        return WithheldReason.NOT_SO_LATE
    return None


def until_late_enough(target: Target, happening: Happening) -> timedelta:
    """Return how much later it would have to be; what is exactly as late as `over` says is late enough."""
    return timedelta() if target.over is None else max(target.over - happening.late_by, timedelta())


def _kinds(happening: Happening) -> frozenset[NodeKind]:
    """Return what failed. A failure without nodes never came to its nodes: the infrastructure failed."""
    if happening.outcome is Outcome.FAILURE and not happening.nodes:
        return frozenset({NodeKind.INFRASTRUCTURE})
    return frozenset(node.kind for node in happening.nodes)
