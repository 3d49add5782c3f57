"""Whose secret a sink keeps. One policy may serve two accounts, and the webhook's key is the same in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from reconciler.secrets.receipt import fingerprint_of

if TYPE_CHECKING:
    from reconciler.model.ledger import Ledger

__all__ = ["Holder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One webhook `key`, `team/name`, of one manager on one account.

    `known` are the fingerprints of its secrets, by the receipts in that account's ledger.
    """

    key: str
    host: str
    account_id: int
    manager: str
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, ledger: Ledger, key: str) -> Self:
        """Return whom the ledger is about, for this webhook."""
        return cls(
            key=key,
            host=ledger.host,
            account_id=ledger.account_id,
            manager=ledger.manager,
            known=frozenset(map(fingerprint_of, _receipts(ledger, key))),
        )

    @property
    def account(self) -> str:
        return f"account {self.account_id} on {self.host}"

    @property
    def note(self) -> str:
        """Say it in three lines, which stand beside the secret."""
        return f"{self.key}\n{self.account}\nmanager {self.manager}"


def _receipts(ledger: Ledger, key: str) -> Iterator[str]:
    claim = ledger.subscriptions.get(key)
    if claim is None:
        return
    every = (claim.receipt, claim.successor.receipt if claim.successor is not None else None)
    yield from filter(None, (*every, *(each.receipt for each in claim.retired)))
