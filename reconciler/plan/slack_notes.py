"""What must be true in Slack for dbt Cloud's own messages to arrive: nothing of it can be seen in dbt Cloud's API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler.model.actions import Action, AddEdge
from reconciler.model.edge import RecipientKey, RecipientKind

if TYPE_CHECKING:
    from reconciler.plan.desire import DesiredRecipient

__all__ = ["slack_notes"]


def slack_notes(recipients: Mapping[RecipientKey, DesiredRecipient], run: Iterable[Action]) -> Iterator[str]:
    """Yield the conditions of the account-level app for channels that start being told (reference §2.7).

    And, whatever runs, that dbt Cloud has one of its two Slack apps linked at a time where the policy uses both.
    """
    adding = {action.edge.recipient for action in run if isinstance(action, AddEdge)}
    for key in sorted(adding):
        if key.kind is RecipientKind.SLACK_APP:
            name = recipients[key].display if key in recipients else key.value
            yield (
                f"{name} ({key.value}) is told through the account's Slack app: it must be in the one workspace that "
                "the account has linked, and a private channel must have invited the app; the API shows neither"
            )
    kinds = {key.kind for key in recipients}
    if {RecipientKind.SLACK, RecipientKind.SLACK_APP} <= kinds:
        yield (
            "the policy uses both of dbt Cloud's Slack apps, dbt_slack and dbt_slack_app: an account has one of them "
            "linked at a time, and the other delivers nothing"
        )
