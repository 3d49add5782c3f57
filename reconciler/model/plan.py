"""A plan is data: what would happen to whom, why, and what will not happen and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.actions import Action, OfClaim
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import RecipientSettings
from reconciler.model.model_notifications import ModelClaim
from reconciler.model.problem import Position

__all__ = [
    "Blocked",
    "BlockedKind",
    "GuardFinding",
    "GuardName",
    "Kept",
    "KeptWhy",
    "Left",
    "LeftWhy",
    "Names",
    "Plan",
    "RelayChange",
]


class BlockedKind(StrEnum):
    """What live did not answer."""

    NO_MATCH = "no-match"
    UNKNOWN_USER = "unknown-user"
    TWO_ROWS = "two-rows"
    INCOMPLETE = "incomplete"
    RULE_CONFLICT = "rule-conflict"
    SINK = "sink"
    SECRET = "secret"  # noqa: S105 - what is missing, not a secret
    MODELS = "models"
    HIDDEN = "hidden"


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
class Kept(OfClaim):
    why: KeptWhy


class LeftWhy(StrEnum):
    """Why this run leaves an action. UNREVIEWED simply waits; what is REFUSED makes a saved plan stale."""

    DRIFT = "drift"
    TAKES_AWAY = "takes-away"
    UNREVIEWED = "unreviewed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    action: Action
    why: LeftWhy


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
    environments: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a reviewer needs, and nothing that could not be saved as JSON.

    `actions` are the differences, in the order of their sort keys; `kept`, `blocked` and `relay` are not differences.
    `told_before` and `told_after` count jobs in scope that are told of a failure (design §5, *told*).
    `left` are those of the actions that this run leaves for another one, each with its reason: drift without
    `--repair-drift`, what takes away with `--additions-only`, what a saved plan does not have. `untold` are jobs in
    scope of whose failure nobody would be told; declared silence is not among them.
    `relay_policy`, `settings`, `protection` (of webhooks, by key) and `models` (by environment) are what an apply
    records in the ledger; they are not rendered. `exclusive` are the recipients that the policy declares its own alone.
    `others_have` are the managers that have what this plan adopts or releases: an edge, or models of an environment.
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
    left: tuple[Left, ...] = ()
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
    models: Mapping[int, ModelClaim] = field(default_factory=dict)
    exclusive: frozenset[RecipientKey] = frozenset()
    others_have: Mapping[Edge | int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def running(self) -> tuple[Action, ...]:
        """The actions that an apply with the same options would do."""
        if not self.left:
            return self.actions
        left = {id(each.action) for each in self.left}
        return tuple(action for action in self.actions if id(action) not in left)

    @property
    def differs(self) -> bool:
        """Whether anything would be done; kept, blocked and pending items are not differences."""
        return bool(self.actions)

    @property
    def refused(self) -> bool:
        """Whether a guard stands that was not allowed."""
        return any(not finding.allowed for finding in self.guards)
