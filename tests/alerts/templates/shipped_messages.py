"""The shipped templates, rendered in this process: what they say, without the worker that guards against others'."""

from __future__ import annotations

from functools import cache
from typing import Final

from reconciler.alerts.left_out import only
from reconciler.alerts.rendering.engine import Engine
from reconciler.alerts.rendering.folders import Folders, candidates
from reconciler.alerts.synthetic.alerts import every_synthetic_alert
from reconciler.alerts.words.view import view
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Alert, Audience
from reconciler.shipped import Shipped, shipped

__all__ = ["ALERTS", "KIND_NAMES", "parts_of", "whole"]

KIND_NAMES: Final = tuple(KINDS)
ALERTS: Final = dict(every_synthetic_alert())


@cache
def _engine(kind: str) -> Engine:
    return Engine(kind, Folders(shipped=shipped(Shipped.TEMPLATES), overrides=None))


def parts_of(
    kind: str, alert: Alert, *, audience: Audience = Audience.ENGINEERS, include: frozenset[str] = frozenset()
) -> dict[str, str]:
    return _engine(kind).message(candidates(kind, alert.case.value, audience.value), only(view(alert), include))


def whole(parts: dict[str, str]) -> str:
    """Return everything that a reader could find, with what a medium escapes with taken away."""
    text = "\n".join(parts.values())
    for mark in ("\\", "\u2060", "\u200b"):
        text = text.replace(mark, "")
    return text
