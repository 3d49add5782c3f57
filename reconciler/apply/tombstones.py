"""What the ledger keeps of a webhook that is no longer wanted. Pure.

A tombstone keeps its id, the receipt of its secret and its date, so that it can be revived, and deleted later; with it
goes what a rotation left behind.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.rotation import Retired

__all__ = ["remains", "revived", "tombstone"]


def tombstone(claim: SubscriptionClaim, *, subscription_id: str, at: str) -> SubscriptionClaim:
    """Return the claim of a webhook that was switched off at that time, and everything of its rotation with it."""
    return replace(
        claim,
        id=subscription_id,
        state=SubscriptionState.TOMBSTONED,
        applied={**claim.applied, "active": False},
        since=at,
        successor=None,
        retired=_all_off(claim, at),
    )


def revived(claim: SubscriptionClaim) -> SubscriptionClaim:
    """Return a tombstone that is wanted again as what it is now: armed, if its secret is known."""
    if claim.state is not SubscriptionState.TOMBSTONED:
        return claim
    state = SubscriptionState.ARMED if claim.receipt else SubscriptionState.SECRET_UNKNOWN
    return replace(claim, state=state, since="")


def remains(claim: SubscriptionClaim) -> SubscriptionClaim | None:
    """Return what is to be remembered of a webhook that is gone, or given up: those it replaced, if there are any."""
    retired = tuple(each for each in claim.retired if each.since)
    if not retired:
        return None
    return SubscriptionClaim(key=claim.key, team=claim.team, state=SubscriptionState.TOMBSTONED, retired=retired)


def _all_off(claim: SubscriptionClaim, at: str) -> tuple[Retired, ...]:
    off = [replace(each, since=each.since or at) for each in claim.retired]
    if claim.successor is not None and claim.successor.id is not None:
        off.append(Retired(id=claim.successor.id, receipt=claim.successor.receipt, since=at))
    return tuple(off)
