"""Who a mail address of the policy is in the account: somebody, somebody who is gone, or nobody."""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum

from reconciler.model.edge import compared_address
from reconciler.model.inventory import Inventory

__all__ = ["Presence", "meant", "presence"]


class Presence(Enum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


def presence(email: str, inventory: Inventory) -> Presence:
    """Tell whether a user of that address is there. An account that shows no users at all answers nothing: active."""
    users = inventory.users_by_email.get(compared_address(email), ())
    if not inventory.users or any(user.active for user in users):
        return Presence.ACTIVE
    return Presence.DEACTIVATED if users else Presence.UNKNOWN


def meant(email: str, inventory: Inventory) -> str:
    """Return the address of an active user that is nearly this one; empty if there is none."""
    known = sorted(user.email for user in inventory.users.values() if user.active)
    return next(iter(get_close_matches(email, known, n=1, cutoff=0.8)), "")
