"""What `ledger verify` found: one thing about a ledger that somebody should know, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FindingKind", "LedgerFinding"]


class FindingKind(StrEnum):
    """What a finding is about; the word that JSON carries."""

    EMPTY = "empty"
    LEASE = "lease"
    PENDING = "pending"
    NOT_LIVE = "not-live"
    DELETED_JOB = "deleted-job"
    INVISIBLE_JOB = "invisible-job"
    SHARED = "shared"
    WEBHOOK_GONE = "webhook-gone"
    WEBHOOK_UNFINISHED = "webhook-unfinished"
    SECRET_UNKNOWN = "secret-unknown"  # noqa: S105 - a state, not a secret
    WEBHOOKS_UNSEEN = "webhooks-unseen"
    MODELS_PENDING = "models-pending"
    MODELS_DIFFERENT = "models-different"
    MODELS_GONE = "models-gone"
    MODELS_INVISIBLE = "models-invisible"
    MODELS_CONFLICT = "models-conflict"
    MODELS_SHARED = "models-shared"
    MODELS_UNSEEN = "models-unseen"
    TOMBSTONE = "tombstone"
    HIDDEN = "hidden"


_NOTES = frozenset(
    {
        FindingKind.SHARED,
        FindingKind.SECRET_UNKNOWN,
        FindingKind.TOMBSTONE,
        FindingKind.HIDDEN,
        FindingKind.WEBHOOKS_UNSEEN,
        FindingKind.MODELS_SHARED,
        FindingKind.MODELS_UNSEEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFinding:
    """One finding about `count` edges, webhooks or environments; `examples` are lines that tell `shown` of them."""

    kind: FindingKind
    what: str
    next_step: str
    count: int = 1
    examples: tuple[str, ...] = ()
    shown: int = 0

    @property
    def asks(self) -> bool:
        """Whether somebody should act; the others are good to know."""
        return self.kind not in _NOTES
