"""What rotations mean for a plan: who does not count as a second webhook, what must be finished first, what to say."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import Action, AdoptSubscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.plan import Blocked, BlockedKind

if TYPE_CHECKING:
    from reconciler.model.inventory import Subscription
    from reconciler.model.ledger import Ledger, SubscriptionClaim
    from reconciler.plan.subscriptions import DesiredSubscription

__all__ = ["half_rotated", "how_to_switch_on", "is_remains", "of_rotations", "rotation_notes"]

_NAMED: Final = 3
"""How many webhooks a note names."""


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
    """Return a line for each rotation that did not end, and one for all secrets that we do not know, while that lasts.

    Of an adopted webhook its receiver knows the secret: after an import that is many of them, and nothing is wrong.
    """
    claims = {key: claim for key, claim in ledger.subscriptions.items() if key in wanted}
    open_ = {key for key, claim in claims.items() if claim.rotating}
    adopted = {each.key for each in actions if isinstance(each, AdoptSubscription)}
    unknown = {key for key, claim in claims.items() if _unknown(claim)} | adopted
    return (
        *(f"webhook {key}: its rotation did not end; finish it with {_rotate(key)}" for key in sorted(open_)),
        *_secrets_unknown(sorted(unknown - open_)),
    )


def _secrets_unknown(keys: Sequence[str]) -> Iterator[str]:
    if len(keys) == 1:
        yield f"webhook {keys[0]}: secret unknown to us; with a `secret_sink`, {_rotate(keys[0])} gives it a new one"
    elif keys:
        more = f" and {len(keys) - _NAMED} more, all in `dbt-alerts ledger verify`" if len(keys) > _NAMED else ""
        yield (
            f"{len(keys)} webhooks, secret unknown to us: {', '.join(keys[:_NAMED])}{more};"
            " with a `secret_sink`, `dbt-alerts rotate KEY` gives one a new one"
        )


def how_to_switch_on(key: str, *, has_sink: bool) -> str:
    """Say how a webhook whose secret is unknown to us comes on again: with a new one, or by hand with the old one."""
    sink = "" if has_sink else "give it a `secret_sink`, then "
    return f"{sink}{_rotate(key)}; or switch it on in dbt Cloud, if its receiver knows the old secret"


def _rotate(key: str) -> str:
    return f"`dbt-alerts rotate {shlex.quote(key)}`"


def _unknown(claim: SubscriptionClaim) -> bool:
    return claim.receipt is None and claim.state is not SubscriptionState.CREATING
