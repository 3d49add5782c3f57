"""Whether dbt Cloud delivers anything through a native channel of the policy: what a guardrail may count as cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["why_broken"]


def why_broken(name: str, survey: Survey) -> str:
    """Say why nothing arrives through a channel; nothing where it does, or where the relay is to deliver.

    Judged as `coverage` does, so that a job is covered for both or for neither.
    """
    from reconciler.plan.resolve import Unresolved, incomplete, two_rows  # noqa: PLC0415 - wanted where live is

    recipient = survey.resolved.get(name)
    if recipient is None:
        return ""
    if isinstance(recipient, Unresolved):
        return recipient.blocked.what
    if recipient.departed is not None:
        return f"channel {name}: the user {recipient.departed} is deactivated"
    if not survey.scope.recipient(recipient.key):
        return f"channel {name} is outside scope"
    blocked = two_rows(recipient.key, survey.inventory) or incomplete(recipient, survey.inventory)
    return "" if blocked is None else blocked.what
