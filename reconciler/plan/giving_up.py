"""Giving claims up for once: which of them a key means, and the ledger without them. dbt Cloud is not concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.model.edge import Edge, RecipientKey, RecipientKind

if TYPE_CHECKING:
    from reconciler.model.ledger import Claim, Ledger, SubscriptionClaim
    from reconciler.plan.desire import Desired

__all__ = ["GivenUp", "give_up", "still_wanted", "without"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """The claims that keys mean, and the keys that mean none."""

    edges: Mapping[Edge, Claim] = field(default_factory=dict)
    webhooks: Mapping[str, SubscriptionClaim] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def give_up(ledger: Ledger, keys: Iterable[str], *, channels: Mapping[str, RecipientKey]) -> GivenUp:
    """Find what keys mean: a recipient, a channel of the policy or of the ledger, an edge, a webhook `team/name`.

    A key that means several of these means all of them. Announced additions count as claims.
    """
    owned = {**ledger.pending, **ledger.claims}
    edges: dict[Edge, Claim] = {}
    webhooks: dict[str, SubscriptionClaim] = {}
    unknown: list[str] = []
    for key in dict.fromkeys(keys):
        found = {edge: claim for edge, claim in owned.items() if _means(key, claim, channels.get(key))}
        edges |= found
        if key in ledger.subscriptions:
            webhooks[key] = ledger.subscriptions[key]
        elif not found:
            unknown.append(key)
    return GivenUp(edges=dict(sorted(edges.items())), webhooks=webhooks, unknown=tuple(unknown))


def _means(key: str, claim: Claim, recipient: RecipientKey | None) -> bool:
    edge = claim.edge
    if edge.recipient == recipient or str(edge) == key or any(channel == key for _, channel in claim.wanters):
        return True
    kind, colon, value = key.partition(":")
    if not colon or kind != edge.recipient.kind:
        return False
    same = RecipientKey.email(value) if kind == RecipientKind.EMAIL else RecipientKey(edge.recipient.kind, value)
    return edge.recipient == same


def still_wanted(given: GivenUp, desired: Desired) -> tuple[str, ...]:
    """Return what the policy would take over again with the next apply."""
    webhooks = {each.key for each in desired.subscriptions}
    return (
        *(str(edge) for edge in given.edges if edge in desired.claims),
        *(key for key in given.webhooks if key in webhooks),
    )


def without(ledger: Ledger, given: GivenUp) -> Ledger:
    """Return the ledger that knows nothing of these claims any more."""
    claims = {edge: claim for edge, claim in ledger.claims.items() if edge not in given.edges}
    pending = {edge: claim for edge, claim in ledger.pending.items() if edge not in given.edges}
    left = {edge.recipient for edge in (*claims, *pending)}
    gone = {edge.recipient for edge in given.edges} - left
    return replace(
        ledger,
        claims=claims,
        pending=pending,
        recipients={key: settings for key, settings in ledger.recipients.items() if key not in gone},
        exclusive=ledger.exclusive - gone,
        subscriptions={key: claim for key, claim in ledger.subscriptions.items() if key not in given.webhooks},
    )
