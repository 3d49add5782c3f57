"""What every detector of drift looks at, and what several of them ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import AddEdge, Cause, ChangeRecipient, ChangeSubscription
from reconciler.model.edge import RecipientKind
from reconciler.model.ledger import Origin
from reconciler.model.plan import KeptWhy
from reconciler.plan.coverage import reachable

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.drift import DriftFinding
    from reconciler.model.edge import Edge, RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Claim, Ledger
    from reconciler.model.plan import Plan
    from reconciler.plan.desire import Desired

__all__ = ["REPAIR", "Detector", "Looked"]

REPAIR: Final = "dbt-alerts apply --repair-drift"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """`plan` is made with `repair_drift`: its actions of cause drift are what an apply can repair.

    `others` are the edges that other managers claim.
    """

    plan: Plan
    desired: Desired
    inventory: Inventory
    ledger: Ledger
    now: datetime
    others: frozenset[Edge] = frozenset()

    @cached_property
    def owned(self) -> Mapping[Edge, Claim]:
        """B without what is ours no longer: nobody here wants it, and it was given up or somebody else claims it."""
        owned, gone = self.ledger.owned(self.inventory.edges), self.others | self.desired.released
        if not gone:
            return owned
        return {edge: claim for edge, claim in owned.items() if edge not in gone or edge in self.desired.claims}

    @cached_property
    def kept(self) -> Mapping[KeptWhy, frozenset[Edge]]:
        """The edges that the plan keeps, by why; without those that are ours no longer."""
        found: defaultdict[KeptWhy, set[Edge]] = defaultdict(set)
        for kept in self.plan.kept:
            if kept.edge in self.owned:
                found[kept.why].add(kept.edge)
        return {why: frozenset(found[why]) for why in KeptWhy}

    @cached_property
    def invisible(self) -> frozenset[Edge]:
        """The edges of ours on jobs that stand in no list, whatever else the plan says of them."""
        return frozenset(edge for edge in self.owned if edge.job_id not in self.inventory.jobs)

    @cached_property
    def restored(self) -> frozenset[Edge]:
        """The edges that an apply which repairs would put back."""
        return frozenset(action.edge for action in self.drifted if isinstance(action, AddEdge))

    @cached_property
    def wanted(self) -> frozenset[Edge]:
        """The edges of ours that the policy wants, or that it left alone because live does not answer."""
        return frozenset(self.owned.keys() & self.desired.claims.keys()) | self.kept[KeptWhy.BLOCKED]

    @cached_property
    def reached(self) -> frozenset[RecipientKey]:
        """The recipients that dbt Cloud delivers to."""
        return frozenset(reachable(self.inventory))

    @cached_property
    def silent_before(self) -> frozenset[Edge]:
        """The edges of ours that reached nobody when they were taken over, and reach nobody now."""
        silent = (edge for edge, claim in self.owned.items() if claim.origin is Origin.ADOPTED_SILENT)
        return frozenset(edge for edge in silent if edge.recipient not in self.reached)

    @cached_property
    def recipient_names(self) -> Mapping[RecipientKey, str]:
        """How recipients are called. Who has an id and is not live any more has their channel's: still Maria."""
        names = self.plan.names.recipients
        gone = {
            edge.recipient: f"{claim.channel} ({edge.recipient})"
            for edge, claim in self.owned.items()
            if edge.recipient.kind is not RecipientKind.EMAIL
            and names.get(edge.recipient, edge.recipient.value) == edge.recipient.value
        }
        return {**names, **gone}

    @cached_property
    def drifted(self) -> tuple[Action, ...]:
        """The plan's actions that repair drift."""
        return tuple(action for action in self.plan.actions if getattr(action, "cause", None) is Cause.DRIFT)

    @cached_property
    def recipient_changes(self) -> Mapping[RecipientKey, ChangeRecipient]:
        """What would put the scalars of recipients right."""
        return {action.key: action for action in self.drifted if isinstance(action, ChangeRecipient)}

    @cached_property
    def webhook_changes(self) -> Mapping[str, ChangeSubscription]:
        """What would put the settings of webhooks right, by key."""
        return {action.key: action for action in self.drifted if isinstance(action, ChangeSubscription)}


Detector = Callable[[Looked], "Iterable[DriftFinding]"]
"""One kind of drift more is one function more in DETECTORS."""
