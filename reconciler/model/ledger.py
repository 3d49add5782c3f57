"""What this repository owns of a shared account: a lower bound, so that losing it can only make the tool additive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.model_notifications import ModelClaim
from reconciler.model.rotation import Retired, Successor

__all__ = [
    "Claim",
    "Ledger",
    "LedgerWrite",
    "Origin",
    "Others",
    "RecipientSettings",
    "SubscriptionClaim",
    "SubscriptionState",
]


class Origin(StrEnum):
    """Whether we made an edge, or found it there and took it over; if so, whether dbt Cloud then delivered anything."""

    CREATED = "created"
    ADOPTED = "adopted"
    ADOPTED_SILENT = "adopted-silent"

    @property
    def was_there(self) -> bool:
        """Whether it was there before us."""
        return self is not Origin.CREATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An edge that is ours. Project and environment are kept so that scope can be judged when the job is gone.

    `also` are the other teams and channels that want it, sorted, each after (team, channel): it goes with the last.
    """

    edge: Edge
    project_id: int
    environment_id: int
    team: str
    channel: str
    also: tuple[tuple[str, str], ...] = ()
    origin: Origin = Origin.CREATED
    protected: bool = False

    @property
    def wanters(self) -> tuple[tuple[str, str], ...]:
        """Every team with its channel that wants the edge."""
        return ((self.team, self.channel), *self.also)

    @property
    def teams(self) -> frozenset[str]:
        return frozenset(team for team, _ in self.wanters)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientSettings:
    """The scalars of a notification row that a policy may set. None leaves live as it is.

    `at` says where the policy declares the recipient; it is not compared, because a moved line changes nothing.
    """

    slack_channel_name: str | None = None
    user_id: int | None = None
    at: str = field(default="", compare=False)


class SubscriptionState(StrEnum):
    """How far a webhook of ours has come. Only an ARMED one has a secret that was stored."""

    CREATING = "creating"
    ARMED = "armed"
    SECRET_UNKNOWN = "secret-unknown"  # noqa: S105 - a state, not a secret
    TOMBSTONED = "tombstoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionClaim:
    """A webhook that is ours, by its key `team/name`. `receipt` is what the sink confirmed; never the secret.

    `applied` holds the settings last written, so that a difference can be told apart: drift, or a changed policy.
    `since` is when a tombstone was switched off, ISO 8601. `successor` and `retired` are a rotation's (design §5): a
    tombstone without an id is what is left of a webhook that is gone or released, and only keeps its `retired`.
    """

    key: str
    team: str
    state: SubscriptionState
    id: str | None = None
    receipt: str | None = None
    protected: bool = False
    applied: Mapping[str, Any] = field(default_factory=dict)
    since: str = ""
    successor: Successor | None = None
    retired: tuple[Retired, ...] = ()

    @property
    def rotating(self) -> bool:
        """Whether a rotation was begun and has not ended."""
        return self.successor is not None or any(not each.since for each in self.retired)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerWrite:
    """One entry of the audit log. `lines` say what was done one by one: in the log of a branch, not in the ledger."""

    at: str
    actor: str
    commit: str
    plan_digest: str
    allowed: Mapping[str, str | int] = field(default_factory=dict)
    what: str = ""
    lines: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One manager's claims on one account.

    `pending` are additions announced before the first write; with L the live edges, what we own is
    B = claims ∪ (pending ∩ L). `exclusive` are those of `recipients` that it declares its own alone.
    `relay` is the relay policy last applied: facts by job id.
    `generation` grows by one with each write: it is what compare-and-swap compares.
    """

    host: str
    account_id: int
    manager: str
    generation: int = 0
    claims: Mapping[Edge, Claim] = field(default_factory=dict)
    pending: Mapping[Edge, Claim] = field(default_factory=dict)
    recipients: Mapping[RecipientKey, RecipientSettings] = field(default_factory=dict)
    exclusive: frozenset[RecipientKey] = frozenset()
    subscriptions: Mapping[str, SubscriptionClaim] = field(default_factory=dict)
    models: Mapping[int, ModelClaim] = field(default_factory=dict)
    relay: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    policy_digest: str = ""
    log: tuple[LedgerWrite, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever recorded: new, or lost."""
        return self.generation == 0

    def owned(self, live: frozenset[Edge]) -> dict[Edge, Claim]:
        """Return B with its claims: a pending edge counts once it is live, because then we made it."""
        return {edge: claim for edge, claim in self.pending.items() if edge in live} | dict(self.claims)


@dataclass(frozen=True, kw_only=True)
class Others:
    """What other managers of the account own, as a shared store knows it.

    `shared` is false where the store serves one manager only: then nothing is known, which is not "nobody is there".
    """

    ledgers: tuple[Ledger, ...] = ()
    shared: bool = False

    @cached_property
    def edges(self) -> frozenset[Edge]:
        """O: what they claim, and what they have announced: both only ever spare an edge."""
        return frozenset().union(*(ledger.claims.keys() | ledger.pending.keys() for ledger in self.ledgers))
