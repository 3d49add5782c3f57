"""What rotations mean for a plan: who does not count as a second webhook, what must be finished first, what to say."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from reconciler.model.actions import Action, AdoptSubscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.plan import Blocked, BlockedKind

if TYPE_CHECKING:
    from reconciler.model.inventory import Subscription
    from reconciler.model.ledger import Ledger, SubscriptionClaim
    from reconciler.plan.subscriptions import DesiredSubscription

__all__ = ["half_rotated", "is_remains", "of_rotations", "rotation_notes"]


def of_rotations(ledger: Ledger) -> frozenset[str]:
    """Return the ids of webhooks that carry a key's mark and are not it: its successor to be, and its predecessors."""
    claims = ledger.subscriptions.values()
    coming = (each.successor.id for each in claims if each.successor is not None and each.successor.id is not None)
    return frozenset(coming).union(*((each.id for each in claim.retired) for claim in claims))


def is_remains(claim: SubscriptionClaim) -> bool:
    """Tell whether a claim only keeps the predecessors of a webhook that is gone or given up: nothing is to be done."""
    return claim.state is SubscriptionState.TOMBSTONED and claim.id is None


def half_rotated(
    wanted: DesiredSubscription, claim: SubscriptionClaim | None, live: Mapping[str, Subscription]
) -> Blocked | None:
    """Return why a webhook that vanished is not made anew: one with a secret that is kept stands ready for it."""
    if claim is None or claim.id in live or claim.successor is None or claim.successor.id not in live:
        return None
    return Blocked(
        kind=BlockedKind.TWO_ROWS,
        what=f"webhook {wanted.key} is gone, and {claim.successor.id} was about to take its place",
        next_step=f"finish that: dbt-alerts rotate {shlex.quote(wanted.key)}",
        at=wanted.at,
    )


def rotation_notes(ledger: Ledger, *, wanted: frozenset[str], actions: Iterable[Action]) -> tuple[str, ...]:
    """Return one line for each webhook whose rotation did not end or whose secret nobody knows, while that lasts."""
    claims = {key: claim for key, claim in ledger.subscriptions.items() if key in wanted}
    open_ = {key for key, claim in claims.items() if claim.rotating}
    adopted = {each.key for each in actions if isinstance(each, AdoptSubscription)}
    unknown = {key for key, claim in claims.items() if _unknown(claim)} | adopted
    return tuple(
        f"webhook {key}: its rotation did not end; finish it with `dbt-alerts rotate {shlex.quote(key)}`"
        if key in open_
        else f"webhook {key}: secret unknown; `dbt-alerts rotate {shlex.quote(key)}` gives it one that is known"
        for key in sorted(open_ | unknown)
    )


def _unknown(claim: SubscriptionClaim) -> bool:
    return claim.receipt is None and claim.state is not SubscriptionState.CREATING
