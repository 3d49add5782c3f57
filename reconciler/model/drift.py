"""Drift is data: what of ours is not as it was left, who notices, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.model.actions import SettingChange
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import LedgerWrite
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, Names
from reconciler.model.policy import IgnoredDrift

__all__ = ["LOUD", "Drift", "DriftFinding", "DriftKind", "Ignored", "Repair"]


class DriftKind(StrEnum):
    """What can have happened to something of ours, in the order in which it is told."""

    LEDGER_LOST = "ledger-lost"
    WEBHOOK_SWITCHED_OFF = "webhook-switched-off"
    WEBHOOK_PAUSED = "webhook-paused"
    WEBHOOK_GONE = "webhook-gone"
    WEBHOOK_REPLACED = "webhook-replaced"
    COVERAGE_LOST = "coverage-lost"
    RECIPIENT_GONE = "recipient-gone"
    EDGE_REMOVED = "edge-removed"
    NOT_DELIVERED = "not-delivered"
    WEBHOOK_CHANGED = "webhook-changed"
    RECIPIENT_CHANGED = "recipient-changed"
    MODELS_CHANGED = "models-changed"
    JOB_DELETED = "job-deleted"
    JOB_INVISIBLE = "job-invisible"


LOUD: Final = frozenset(
    {
        DriftKind.LEDGER_LOST,
        DriftKind.WEBHOOK_SWITCHED_OFF,
        DriftKind.WEBHOOK_PAUSED,
        DriftKind.WEBHOOK_GONE,
        DriftKind.WEBHOOK_REPLACED,
        DriftKind.COVERAGE_LOST,
    }
)
"""What stops everything behind it at once, and what nobody at all would notice."""


class Repair(StrEnum):
    """What undoes it: an apply that is asked to, any apply, or a person."""

    REPAIR_DRIFT = "repair-drift"
    APPLY = "apply"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """One thing that is not as it was left.

    `what` happened, in a sentence without names; `jobs` and `recipient` are who is affected, `webhook` is its key,
    and `about` names what is none of these.
    `changes` go from what we had set to what is there now. `allow` is the exact `--allow` value that its repair needs.
    """

    kind: DriftKind
    what: str
    next_step: str
    repair: Repair
    team: str = ""
    recipient: RecipientKey | None = None
    outcomes: tuple[Outcome, ...] = ()
    jobs: tuple[int, ...] = ()
    webhook: str | None = None
    about: str = ""
    details: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    allow: str | None = None

    @property
    def loud(self) -> bool:
        return self.kind in LOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An `ignore_drift` entry that is in force, and the findings, or their parts, that it covers."""

    entry: IgnoredDrift
    findings: tuple[DriftFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Everything that a person on call for the alerts themselves needs.

    `left_by` is the last write of the ledger: what is found here happened after it. `guards` are those that an apply
    which repairs would meet. `policy_applied` is None where nothing was ever applied. `notes` are no drift.
    """

    host: str
    account_id: int
    manager: str
    at: datetime
    findings: tuple[DriftFinding, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()
    guards: tuple[GuardFinding, ...] = ()
    ledger_empty: bool = False
    owned: int = 0
    left_by: LedgerWrite | None = None
    policy_applied: bool | None = None
    policy_changes: int = 0
    from_snapshot: bool = False
    taken_at: str = ""
    calls: int = 0
    names: Names = field(default_factory=Names)

    @property
    def drifted(self) -> bool:
        """Whether anything is not as it was left that nobody chose to ignore."""
        return bool(self.findings)
