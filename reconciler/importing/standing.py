"""What an import finds said or owned already, and what it may not speak of: it writes only what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.model.ledger import Others
from reconciler.plan.resolve import Recipient, resolve_channels

if TYPE_CHECKING:
    from reconciler.model.edge import Edge, RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.policy import Policy
    from reconciler.plan.desire import Desired
    from reconciler.plan.scope import ScopeJudge

__all__ = ["Held", "Standing", "standing_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A policy that is there already. Without one everything is missing and nothing is out of bounds.

    `channels` are its names for recipients; `webhooks` the ids and keys that its entries have; `models` environments
    whose model notifications it wants or gives up; `account` tells that it says who we are, so that no account file is
    written.
    """

    manager: str = ""
    account: bool = False
    channels: Mapping[RecipientKey, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    edges: frozenset[Edge] = frozenset()
    webhooks: frozenset[str] = frozenset()
    models: frozenset[int] = frozenset()
    scope: ScopeJudge | None = None
    all_jobs: bool = True
    others: Others = field(default_factory=Others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What another tool says that it holds, each with that tool's address for it: an import of only that.

    `notes` are what could not be read of it.
    """

    edges: Mapping[Edge, str] = field(default_factory=dict)
    webhooks: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def standing_of(policy: Policy, desired: Desired, inventory: Inventory, others: Others) -> Standing:
    """Return what a policy says already of the account."""
    resolved = resolve_channels(policy.channels, inventory)
    return Standing(
        manager=policy.manager,
        account="account" not in policy.missing,
        channels={each.key: name for name, each in sorted(resolved.items()) if isinstance(each, Recipient)},
        names=frozenset(policy.channels),
        edges=frozenset(desired.claims),
        webhooks=frozenset({rule.key for rule in policy.webhooks} | {rule.id for rule in policy.webhooks if rule.id}),
        models=desired.models.released.union(desired.models.wanted),
        scope=desired.scope,
        all_jobs=policy.scope.all_jobs_webhooks,
        others=others,
    )
