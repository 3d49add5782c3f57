"""Who may write to an account's ledgers right now: one run, for a bounded time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Lease"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One run's lock on one account. It is broken by people only: once it has expired, or by who vouches for its run.

    `run` is random, so that a run recognises its own; `expires_at` lies beyond the longest time a run may take.
    `where` is the CI run's address, or a machine and a process: where to look whether it lives.
    """

    run: str
    manager: str
    actor: str
    since: datetime
    expires_at: datetime
    where: str = ""

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at

    def __str__(self) -> str:
        where = f", on {self.where}" if self.where else ""
        return f"{self.actor} for {self.manager}{where}, since {self.since.isoformat(timespec='seconds')}"
