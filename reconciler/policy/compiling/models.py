"""Entries about model notifications: what environments' owners of models are told of, and what is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.model_notifications import ModelNotificationRule, ModelOutcome, ModelRelease
from reconciler.model.selector import compared_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.parts import Part

__all__ = ["model_notifications", "model_releases"]


def model_notifications(part: Part) -> Iterator[ModelNotificationRule]:
    """Yield the entries of `model_notifications:`; names are normalised as they are compared."""
    for document, node in part.entries("model_notifications"):
        yield ModelNotificationRule(
            at=part.at(node),
            team=part.team,
            environment=compared_name(document.environment),
            project=compared_name(document.project) if document.project else None,
            on=frozenset(map(ModelOutcome, document.on)),
        )


def model_releases(part: Part) -> Iterator[ModelRelease]:
    """Yield the entries of `release:` that give up model notifications."""
    for document, _node in part.entries("release"):
        if document.model_notifications:
            yield ModelRelease(
                team=part.team,
                environment=compared_name(document.model_notifications),
                project=compared_name(document.project) if document.project else None,
            )
