"""The ledger during one apply: the only thing that saves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.model.ledger import Ledger, LedgerWrite, SubscriptionClaim

if TYPE_CHECKING:
    from reconciler.apply.ports import LedgerStore

__all__ = ["Keeper"]


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Holds the ledger as last saved. Every save is compared with the generation that this run knows."""

    store: LedgerStore
    ledger: Ledger
    clock: Callable[[], datetime]
    actor: str
    commit: str = ""
    plan_digest: str = ""
    allowed: Mapping[str, str | int] = field(default_factory=dict)

    def save(self, ledger: Ledger, what: str, lines: tuple[str, ...] = ()) -> None:
        """Save a changed ledger; one that says nothing new is not written. Raises LedgerError."""
        if ledger != self.ledger:
            self.announce(ledger, what, lines)

    def announce(self, ledger: Ledger, what: str, lines: tuple[str, ...] = ()) -> None:
        """Save even a ledger that says nothing new: it proves, before the first write, that this run may save."""
        write = LedgerWrite(
            at=self.clock().isoformat(timespec="seconds"),
            actor=self.actor,
            commit=self.commit,
            plan_digest=self.plan_digest,
            allowed=self.allowed,
            what=what,
            lines=lines,
        )
        self.ledger = self.store.save(ledger, expected_generation=self.ledger.generation, write=write)

    def put(self, claim: SubscriptionClaim, what: str) -> None:
        """Save one webhook's claim."""
        self.save(replace(self.ledger, subscriptions={**self.ledger.subscriptions, claim.key: claim}), what)
