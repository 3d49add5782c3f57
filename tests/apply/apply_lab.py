"""A whole apply in memory: the real planner and the real apply, on doubles that fail or die where a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.apply.run import ApplyOptions, apply_plan
from reconciler.model.inventory import Inventory, NotificationRow, Subscription
from reconciler.model.ledger import Ledger
from reconciler.model.marker import parse_marker
from reconciler.model.plan import Plan
from reconciler.model.policy import Policy, SecretSink, SinkKind
from reconciler.model.report import ApplyReport, Progress
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import ACCOUNT_ID, HOST, at, inventory, job
from tests.doubles import FakeCloud, FakeSink, MemoryStore, Trips

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
MANAGER = "acme-data-alerts"
JOBS = tuple(job(id=number, name=f"Job {number}") for number in range(101, 107))


def sink() -> SecretSink:
    return SecretSink(kind=SinkKind.FILE, at=at(), path="x.secret")


def empty_ledger() -> Ledger:
    return Ledger(host=HOST, account_id=ACCOUNT_ID, manager=MANAGER)


def account(*rows: NotificationRow, subscriptions: tuple[Subscription, ...] = ()) -> FakeCloud:
    base: Inventory = inventory(jobs=JOBS)
    return FakeCloud(rows=rows, subscriptions=subscriptions, base=base)


@dataclass(slots=True, kw_only=True)
class Lab:
    """One account, one ledger, one sink; `trips` counts the calls to all three together."""

    cloud: FakeCloud
    store: MemoryStore = field(default_factory=lambda: MemoryStore(empty_ledger()))
    kept: dict[str, str] = field(default_factory=dict)
    sinks: list[FakeSink] = field(default_factory=list)
    reachable: bool = True
    honest: bool = True
    seen: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.arm(Trips())

    def arm(self, trips: Trips) -> None:
        self.cloud.trips = self.store.trips = trips

    def plan(self, policy: Policy, *, intent: Intent | None = None) -> Plan:
        """Plan with every guard allowed: the guards have tests of their own."""
        live, ledger = self.cloud.inventory(), self.store.ledger
        wanted, intent = desire(policy, live), intent or Intent()
        first = build_plan(desired=wanted, inventory=live, ledger=ledger, intent=intent)
        allow = frozenset(finding.allow for finding in first.guards if finding.allow)
        again = replace(intent, allow=allow)
        plan = build_plan(desired=wanted, inventory=live, ledger=ledger, intent=again)
        return replace(plan, policy_digest=policy.digest)

    def apply(
        self,
        policy: Policy,
        *,
        intent: Intent | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ApplyReport:
        intent = intent or Intent()
        return self.run(self.plan(policy, intent=intent), intent=intent, stop=stop)

    def run(self, plan: Plan, *, intent: Intent | None = None, stop: Callable[[], bool] = lambda: False) -> ApplyReport:
        intent = intent or Intent()
        return apply_plan(
            plan,
            ledger=self.store.ledger,
            store=self.store,
            reader=self.cloud,
            writer=self.cloud,
            sinks=self._sink,
            clock=lambda: NOW,
            actor="tester",
            options=ApplyOptions(additions_only=intent.additions_only, repair_drift=intent.repair_drift),
            progress=self.seen.append,
            stop=stop,
        )

    def _sink(self, _: SecretSink, name: str) -> FakeSink:
        made = FakeSink(name=name, kept=self.kept, trips=self.cloud.trips, reachable=self.reachable, honest=self.honest)
        self.sinks.append(made)
        return made

    def lost_secrets(self) -> list[str]:
        """Return the active webhooks of ours whose secret nobody holds."""
        ours = {each.id: parse_marker(each.description) for each in self.cloud.subs.values() if each.active}
        return [
            mark.key
            for each, mark in ours.items()
            if mark is not None and mark.manager == MANAGER and self.kept.get(mark.key) != self.cloud.secrets[each]
        ]
