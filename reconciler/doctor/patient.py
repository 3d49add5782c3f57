"""What the checks look at, and what they already learned of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.apply.ports import SinkFactory
    from reconciler.cloud.probe import Probe
    from reconciler.model.inventory import Inventory
    from reconciler.model.policy import Policy
    from reconciler.reconcile import LedgerReader

__all__ = ["Patient"]


@dataclass(kw_only=True)
class Patient:
    """One installation: a policy, the account it names, and this machine.

    `account_seen` and `unreadable` are what earlier checks found; `ledgers` opens the store, which may be refused.
    """

    policy: Policy
    host: str
    account_id: int
    probe: Probe
    read: Callable[[], Inventory]
    ledgers: Callable[[], LedgerReader]
    sinks: SinkFactory
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    account_seen: bool = False
    unreadable: set[str] = field(default_factory=set)

    @property
    def readable(self) -> bool:
        """Whether the account can be read whole, webhooks aside."""
        return self.account_seen and not self.unreadable - {"webhooks"}

    @cached_property
    def inventory(self) -> Inventory:
        """Live, read once."""
        return self.read()
