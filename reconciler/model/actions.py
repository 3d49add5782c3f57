"""What a plan can do, as data: a closed union. Whoever handles it matches all of it and ends with `assert_never`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import JobScope
from reconciler.model.ledger import Claim
from reconciler.model.model_notifications import ModelClaim, ModelOutcome
from reconciler.model.policy import SecretSink

__all__ = [
    "Action",
    "AddEdge",
    "AdoptEdge",
    "AdoptModels",
    "AdoptSubscription",
    "Adoption",
    "Cause",
    "ChangeRecipient",
    "ChangeSubscription",
    "CreateSubscription",
    "DeactivateSubscription",
    "EdgeLoss",
    "EvictEdge",
    "ForgetEdge",
    "ForgetModels",
    "ForgetSubscription",
    "Loss",
    "ModelAction",
    "OfClaim",
    "OfModels",
    "RecreateSubscription",
    "ReleaseEdge",
    "ReleaseModels",
    "ReleaseSubscription",
    "RemovalReason",
    "RemoveEdge",
    "SettingChange",
    "StartModels",
    "StopModels",
    "SubscriptionSettings",
    "UpdateClaim",
]


class Cause(StrEnum):
    """Why an action is there: the policy asks for it, somebody changed live, or live already had it."""

    POLICY = "policy"
    DRIFT = "drift"
    ADOPTION = "adoption"


class RemovalReason(StrEnum):
    """Why an edge of ours goes: no rule wants it, or its job is deleted."""

    UNWANTED = "unwanted"
    DANGLING = "dangling"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClaim:
    """An edge that the ledger holds, or will: `claim` says whose it is."""

    claim: Claim

    @property
    def edge(self) -> Edge:
        return self.claim.edge


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEdge(OfClaim):
    """Somebody starts being told. `claim` is what the ledger will hold."""

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEdge(OfClaim):
    """Somebody stops being told by us. The claim says whether it was there before us."""

    reason: RemovalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class EvictEdge:
    """A foreign edge goes from a recipient that the policy declares exclusive."""

    edge: Edge
    team: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptEdge(OfClaim):
    """The edge is wanted and already live: from now on it is ours. Nothing is written to dbt Cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEdge(OfClaim):
    """The edge stays live and is no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetEdge(OfClaim):
    """The edge is neither wanted nor live: only the claim goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateClaim(OfClaim):
    """The edge stays; what the ledger says about it changes: its team, its channel's name, its protection."""

    before: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One scalar before and after; both as plain JSON values."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecipient:
    """Scalars of a notification row change: the channel's display name, the user who stands for it."""

    key: RecipientKey
    team: str
    channel: str
    changes: tuple[SettingChange, ...]
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSettings:
    """What a webhook of ours shall be. Empty `jobs` cannot be said: it would mean every job."""

    name: str
    url: str
    events: frozenset[str]
    jobs: JobScope
    description: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubscription:
    key: str
    team: str
    wanted: SubscriptionSettings
    sink: SecretSink
    cause: Cause = Cause.POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class RecreateSubscription:
    """A marked, inactive webhook of ours whose secret was lost before it ever sent anything: made anew."""

    key: str
    team: str
    id: str
    wanted: SubscriptionSettings
    sink: SecretSink
    cause: Cause = Cause.POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSubscription:
    """Settings of a webhook of ours change. `widens`, `narrows`, `rearms` and `disarms` say how it is judged.

    `wanted` is live with these changes made; where a policy's and a drift's change of one webhook both run, the
    policy's comes first and the drift's `wanted` contains both.
    """

    key: str
    team: str
    id: str
    wanted: SubscriptionSettings
    changes: tuple[SettingChange, ...]
    cause: Cause
    widens: bool = False
    narrows: bool = False
    rearms: bool = False
    disarms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptSubscription:
    """A webhook that carries our mark but that the ledger does not know: claimed, its secret unknown."""

    key: str
    team: str
    id: str
    wanted: SubscriptionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateSubscription:
    """A webhook that the policy no longer names is switched off and kept as a tombstone."""

    key: str
    team: str
    id: str
    name: str
    was_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSubscription:
    """The webhook stays as it is and is no longer ours."""

    key: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSubscription:
    """The webhook is gone and not wanted: only the claim goes."""

    key: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfModels:
    """One environment's model notifications. `claim` is what the ledger holds, or will."""

    claim: ModelClaim

    @property
    def environment_id(self) -> int:
        return self.claim.environment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StartModels(OfModels):
    """The owners of models in an environment start being told of one outcome."""

    outcome: ModelOutcome
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class StopModels(OfModels):
    """The owners of models in an environment stop being told of one outcome. The claim says what was there before us.

    The cause is drift where somebody switched on what we keep off.
    """

    outcome: ModelOutcome
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptModels(OfModels):
    """The outcome is wanted and already on: from now on it is ours. Nothing is written to dbt Cloud."""

    outcome: ModelOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseModels(OfModels):
    """The environment's model notifications stay as they are and are no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetModels(OfModels):
    """Nothing of ours is on there any more, and nothing is wanted: only the claim goes."""


# Asked of every action of a plan, so they have names: a union that is written in the question is made each time.
EdgeLoss = RemoveEdge | EvictEdge
"""Somebody stops being told of a job."""
Loss = EdgeLoss | StopModels
"""Somebody stops being told, of a job or of models."""
Adoption = AdoptEdge | AdoptSubscription | AdoptModels
"""What is already there becomes ours."""

ModelAction = StartModels | StopModels | AdoptModels | ReleaseModels | ForgetModels
Action = (
    AddEdge
    | RemoveEdge
    | EvictEdge
    | AdoptEdge
    | ReleaseEdge
    | ForgetEdge
    | UpdateClaim
    | ChangeRecipient
    | CreateSubscription
    | RecreateSubscription
    | ChangeSubscription
    | AdoptSubscription
    | DeactivateSubscription
    | ReleaseSubscription
    | ForgetSubscription
    | ModelAction
)
