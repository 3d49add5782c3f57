"""One action in a person's words: what is done, to whom, about which job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.actions import ChangeRecipient, ChangeSubscription, OfModels
from reconciler.plan.document_actions import verb
from reconciler.plan.naming import edge_words, setting_called

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.plan import Names

__all__ = ["describe"]


def describe(action: Action, names: Names) -> str:
    """Return one line with the names that people know; the action's identity is for machines."""
    edge: Edge | None = getattr(action, "edge", None)
    if edge is not None:
        return f"{verb(action)}: {edge_words(edge, names)}"
    if isinstance(action, OfModels):
        place = names.environments.get(action.environment_id, f"environment {action.environment_id}")
        outcome = getattr(action, "outcome", None)
        return f"{verb(action)}: owners of models in {place}{'' if outcome is None else f', {outcome.value}'}"
    if isinstance(action, ChangeRecipient):
        who = names.recipients.get(action.key, action.key.value)
        settings = (setting_called(change.name, action.key.kind) for change in action.changes)
        return f"{verb(action)}: {who}, {', '.join(settings)}"
    changed = f", {', '.join(each.name for each in action.changes)}" if isinstance(action, ChangeSubscription) else ""
    return f"{verb(action)}: {getattr(action, 'key', '')}{changed}"
