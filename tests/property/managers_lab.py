"""Several managers on one account in memory, through `plan_changes` and `apply_changes`, on one shared store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.model.edge import Edge
from reconciler.model.ledger import Ledger
from reconciler.model.policy import Policy, SecretSink
from reconciler.plan.intent import Intent
from reconciler.reconcile import Applied, Planned, RunInfo, apply_changes, plan_changes
from tests.doubles import FakeCloud, FakeSink, SharedMemory, SharedMemoryStore, Trips

__all__ = ["WRITES", "Company"]

WRITES = ("create_notification", "revive_notification", "update_row")
_RUN = RunInfo(actor="tester", commit="abc", now=datetime(2026, 3, 2, 6, 0, tzinfo=UTC))


@dataclass(slots=True, kw_only=True)
class Company:
    """One account and the ledgers of all who manage it. `watch` is called after every single write to a row."""

    cloud: FakeCloud
    shared: SharedMemory = field(default_factory=SharedMemory)
    secrets: dict[str, str] = field(default_factory=dict)
    watch: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.watch_again()

    def watch_again(self) -> None:
        """Watch the account anew: what a test had let fail or die works again."""
        self.watch = lambda: None
        self.cloud.trips = Trips(after={(name, 0): self._wrote for name in WRITES})

    def _wrote(self) -> None:
        self.watch()

    @property
    def live(self) -> frozenset[Edge]:
        return self.cloud.edges

    def ledger(self, manager: str) -> Ledger:
        return self.shared.ledgers[manager]

    def owned(self, manager: str) -> frozenset[Edge]:
        ledger = self.shared.ledgers.get(manager)
        return frozenset(ledger.claims) if ledger is not None else frozenset()

    def plan(self, policy: Policy, intent: Intent | None = None) -> Planned:
        """Plan with every guard allowed that can be."""
        return self.begin(policy, intent)[0]

    def apply(self, policy: Policy, intent: Intent | None = None) -> Applied:
        """Plan and apply at once. Raises Refused where what stands cannot be allowed."""
        return self.carry_out(self.begin(policy, intent), intent)

    def begin(self, policy: Policy, intent: Intent | None = None) -> tuple[Planned, SharedMemoryStore]:
        """Plan what `carry_out` then does: whatever happens in between, happens between plan and apply."""
        first = self._plan(policy, intent or Intent(), SharedMemoryStore(self.shared))
        allow = frozenset(each.allow for each in first.plan.guards if each.allow)
        store = SharedMemoryStore(self.shared)
        return self._plan(policy, replace(intent or Intent(), allow=allow), store), store

    def carry_out(self, begun: tuple[Planned, SharedMemoryStore], intent: Intent | None = None) -> Applied:
        planned, store = begun
        return apply_changes(
            planned=planned,
            reader=self.cloud,
            writer=self.cloud,
            ledgers=store,
            sinks=self._sink,
            intent=intent or Intent(),
            run=_RUN,
            progress=lambda _: None,
            stop=lambda: False,
        )

    def _plan(self, policy: Policy, intent: Intent, store: SharedMemoryStore) -> Planned:
        return plan_changes(policy=policy, observer=self.cloud, ledgers=store, intent=intent, run=_RUN)

    def _sink(self, _: SecretSink, name: str) -> FakeSink:
        return FakeSink(name=name, kept=self.secrets, trips=Trips())
