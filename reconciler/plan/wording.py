"""One action in a person's words: what is done, to whom, about which job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.actions import ChangeRecipient, ChangeSubscription, OfModels
from reconciler.plan.document_actions import verb

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.plan import Names

__all__ = ["describe"]


def describe(action: Action, names: Names) -> str:
    """Return one line with the names that people know; the action's identity is for machines."""
    edge: Edge | None = getattr(action, "edge", None)
    if edge is not None:
        who = names.recipients.get(edge.recipient, edge.recipient.value)
        job = names.jobs.get(edge.job_id, f"job {edge.job_id}")
        return f"{verb(action)}: {who}, {edge.outcome.value} of {job}"
    if isinstance(action, OfModels):
        place = names.environments.get(action.environment_id, f"environment {action.environment_id}")
        outcome = getattr(action, "outcome", None)
        return f"{verb(action)}: owners of models in {place}{'' if outcome is None else f', {outcome.value}'}"
    if isinstance(action, ChangeRecipient):
        who = names.recipients.get(action.key, action.key.value)
        return f"{verb(action)}: {who}, {', '.join(change.name for change in action.changes)}"
    changed = f", {', '.join(each.name for each in action.changes)}" if isinstance(action, ChangeSubscription) else ""
    return f"{verb(action)}: {getattr(action, 'key', '')}{changed}"
