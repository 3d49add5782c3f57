"""Who may write to an account's ledgers right now: one run, for a bounded time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Lease"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One run's lock on one account. It is broken by people only, and only once it has expired.

    `run` is random, so that a run recognises its own; `expires_at` lies beyond the longest time a run may take.
    """

    run: str
    manager: str
    actor: str
    since: datetime
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at

    def __str__(self) -> str:
        return f"{self.actor} for {self.manager}, since {self.since.isoformat(timespec='seconds')}"
