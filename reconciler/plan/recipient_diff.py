"""The diff of recipients' scalars: a channel's display name, the user who stands for a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.actions import Cause, ChangeRecipient, SettingChange
from reconciler.model.ledger import Ledger, Others, RecipientSettings
from reconciler.plan.conflicts import SCALARS, rivals

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory, NotificationRow
    from reconciler.plan.desire import Desired, DesiredRecipient

__all__ = ["diff_recipients"]


def diff_recipients(*, desired: Desired, inventory: Inventory, ledger: Ledger, others: Others) -> list[ChangeRecipient]:
    """Compare the scalars that the policy sets with live's. A recipient with two rows is left alone."""
    found: list[ChangeRecipient] = []
    for key, recipient in sorted(desired.recipients.items()):
        rows = inventory.rows.get(key, ())
        if len(rows) == 1:
            applied = ledger.recipients.get(key, RecipientSettings())
            found.extend(_changes(recipient, rows[0], applied, others))
    return found


def _changes(
    recipient: DesiredRecipient, live: NotificationRow, applied: RecipientSettings, others: Others
) -> list[ChangeRecipient]:
    """Return at most two changes, one for each cause: drift is what somebody else changed after we had set it.

    What another manager sets differently is no drift: the policies contradict each other, and guard `conflict` says so.
    """
    by_cause: dict[Cause, list[SettingChange]] = {Cause.POLICY: [], Cause.DRIFT: []}
    for name in SCALARS:
        wanted, there = getattr(recipient.settings, name), getattr(live, name)
        if wanted is not None and wanted != there:
            ours = getattr(applied, name) == wanted and not any(rivals(recipient.key, name, wanted, others))
            cause = Cause.DRIFT if ours else Cause.POLICY
            by_cause[cause].append(SettingChange(name=name, before=there, after=wanted))
    return [
        ChangeRecipient(
            key=recipient.key, team=recipient.team, channel=recipient.channel, changes=tuple(changes), cause=cause
        )
        for cause, changes in by_cause.items()
        if changes
    ]
