"""The diff of recipients' scalars: a channel's display name, the user who stands for a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.actions import Cause, ChangeRecipient, SettingChange
from reconciler.model.ledger import Ledger, RecipientSettings

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory, NotificationRow
    from reconciler.plan.desire import Desired, DesiredRecipient

__all__ = ["diff_recipients"]


def diff_recipients(*, desired: Desired, inventory: Inventory, ledger: Ledger) -> list[ChangeRecipient]:
    """Compare the scalars that the policy sets with live's. A recipient with two rows is left alone."""
    found: list[ChangeRecipient] = []
    for key, recipient in sorted(desired.recipients.items()):
        rows = inventory.rows.get(key, ())
        if len(rows) == 1:
            applied = ledger.recipients.get(key, RecipientSettings())
            found.extend(_changes(recipient, rows[0], applied))
    return found


def _changes(recipient: DesiredRecipient, live: NotificationRow, applied: RecipientSettings) -> list[ChangeRecipient]:
    """Return at most two changes, one for each cause: drift is what somebody else changed after we had set it."""
    by_cause: dict[Cause, list[SettingChange]] = {Cause.POLICY: [], Cause.DRIFT: []}
    for name in ("slack_channel_name", "user_id"):
        wanted, there = getattr(recipient.settings, name), getattr(live, name)
        if wanted is not None and wanted != there:
            cause = Cause.DRIFT if getattr(applied, name) == wanted else Cause.POLICY
            by_cause[cause].append(SettingChange(name=name, before=there, after=wanted))
    return [
        ChangeRecipient(
            key=recipient.key, team=recipient.team, channel=recipient.channel, changes=tuple(changes), cause=cause
        )
        for cause, changes in by_cause.items()
        if changes
    ]
