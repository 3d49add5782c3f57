"""How a plan calls what it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.plan import Names

if TYPE_CHECKING:
    from reconciler.model.edge import RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.plan.desire import Desired

__all__ = ["names_of"]


def names_of(desired: Desired, inventory: Inventory) -> Names:
    """Name what the plan speaks of: jobs by their name, recipients by person, address or channel."""
    jobs = {job.id: job.name for job in inventory.jobs.values()}
    recipients: dict[RecipientKey, str] = {}
    for key, rows in {**inventory.deleted_rows, **inventory.rows}.items():
        recipients[key] = _recipient_name(key, rows[0].slack_channel_name, inventory)
    for key, recipient in desired.recipients.items():
        recipients[key] = recipient.display
    return Names(jobs=jobs, recipients=recipients)


def _recipient_name(key: RecipientKey, channel_name: str | None, inventory: Inventory) -> str:
    user = inventory.users.get(int(key.value)) if key.kind.value == "user" and key.value.isdigit() else None
    if user is not None:
        return user.email or user.name or str(key)
    return channel_name or key.value
