"""A plan is data: what would happen to whom, why, and what will not happen and why not.

Actions are a closed union. Whoever handles them matches all of them and ends with `assert_never`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import JobScope
from reconciler.model.ledger import Claim, RecipientSettings
from reconciler.model.policy import SecretSink
from reconciler.model.problem import Position

__all__ = [
    "Action",
    "AddEdge",
    "AdoptEdge",
    "AdoptSubscription",
    "Blocked",
    "BlockedKind",
    "Cause",
    "ChangeRecipient",
    "ChangeSubscription",
    "CreateSubscription",
    "DeactivateSubscription",
    "EvictEdge",
    "ForgetEdge",
    "ForgetSubscription",
    "GuardFinding",
    "GuardName",
    "Kept",
    "KeptWhy",
    "Names",
    "Plan",
    "RecreateSubscription",
    "RelayChange",
    "ReleaseEdge",
    "ReleaseSubscription",
    "RemovalReason",
    "RemoveEdge",
    "SettingChange",
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
class _OfClaim:
    """An edge that the ledger holds, or will: `claim` says whose it is."""

    claim: Claim

    @property
    def edge(self) -> Edge:
        return self.claim.edge


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEdge(_OfClaim):
    """Somebody starts being told. `claim` is what the ledger will hold."""

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEdge(_OfClaim):
    """Somebody stops being told by us. The claim says whether it was there before us."""

    reason: RemovalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class EvictEdge:
    """A foreign edge goes from a recipient that the policy declares exclusive."""

    edge: Edge
    team: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptEdge(_OfClaim):
    """The edge is wanted and already live: from now on it is ours. Nothing is written to dbt Cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEdge(_OfClaim):
    """The edge stays live and is no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetEdge(_OfClaim):
    """The edge is neither wanted nor live: only the claim goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateClaim(_OfClaim):
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
)


class BlockedKind(StrEnum):
    """What live did not answer."""

    NO_MATCH = "no-match"
    UNKNOWN_USER = "unknown-user"
    TWO_ROWS = "two-rows"
    INCOMPLETE = "incomplete"
    RULE_CONFLICT = "rule-conflict"
    SINK = "sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """One rule or recipient that is left alone, with its next step. `edges` are those it keeps from changing."""

    kind: BlockedKind
    what: str
    next_step: str
    at: Position | None = None
    edges: frozenset[Edge] = frozenset()


class KeptWhy(StrEnum):
    """Why something of ours stays though no rule wants it, or an addition waits. None of these is a difference."""

    HELD = "held"
    INVISIBLE = "invisible"
    BLOCKED = "blocked"
    WAITING = "waiting"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(_OfClaim):
    why: KeptWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayChange:
    """One fact of the relay's policy before and after: "Daily Revenue: due 08:00 → 09:00".

    `what` is the fact's name; None stands for absent. Shown as pending until a relay is there to do it.
    """

    job_ids: tuple[int, ...]
    what: str
    before: str | None
    after: str | None


class GuardName(StrEnum):
    PRUNE = "prune"
    EMPTY_TEAM = "empty-team"
    COVERAGE = "coverage"
    WIDEN = "widen"
    VISIBILITY = "visibility"
    REARM = "rearm"
    CONFLICT = "conflict"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFinding:
    """A guard that fired. `allow` is the exact `--allow` value that would let it pass, None where nothing does."""

    guard: GuardName
    message: str
    items: tuple[str, ...] = ()
    allow: str | None = None
    allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How ids are called, for people. Remote names are hostile text until a renderer has escaped them."""

    jobs: Mapping[int, str] = field(default_factory=dict)
    recipients: Mapping[RecipientKey, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a reviewer needs, and nothing that could not be saved as JSON.

    `actions` are the differences, in the order of their sort keys; `kept`, `blocked` and `relay` are not differences.
    `told_before` and `told_after` count jobs in scope that are told of a failure (design §5, *told*).
    `left` are those of the actions that this run leaves for another one: drift without `--repair-drift`, and what takes
    away with `--additions-only`. `untold` are jobs in scope of whose failure nobody would be told; declared silence is
    not among them.
    `relay_policy`, `settings` and `protection` (of webhooks, by key) are what an apply records in the ledger; they are
    not rendered.
    """

    host: str
    account_id: int
    manager: str
    policy_digest: str
    commit: str = ""
    ledger_generation: int = 0
    ledger_empty: bool = False
    created_at: str = ""
    expires_at: str = ""
    from_snapshot: bool = False
    actions: tuple[Action, ...] = ()
    left: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    relay: tuple[RelayChange, ...] = ()
    relay_jobs: int = 0
    guards: tuple[GuardFinding, ...] = ()
    silenced: tuple[int, ...] = ()
    untold: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)
    unchanged: int = 0
    foreign: int = 0
    told_before: int = 0
    told_after: int = 0
    jobs_in_scope: int = 0
    calls: int = 0
    relay_policy: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[RecipientKey, RecipientSettings] = field(default_factory=dict)
    protection: Mapping[str, bool] = field(default_factory=dict)

    @property
    def running(self) -> tuple[Action, ...]:
        """The actions that an apply with the same options would do."""
        left = {id(action) for action in self.left}
        return tuple(action for action in self.actions if id(action) not in left)

    @property
    def differs(self) -> bool:
        """Whether anything would be done; kept, blocked and pending items are not differences."""
        return bool(self.actions)

    @property
    def refused(self) -> bool:
        """Whether a guard stands that was not allowed."""
        return any(not finding.allowed for finding in self.guards)
