"""A rotation in memory: an armed webhook, its sink, and a receiver that knows the secrets of the sink."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.apply.keeper import Keeper
from reconciler.apply.rotate import RotateOptions, Rotation
from reconciler.apply.verify_delivery import Patience
from reconciler.apply.writers import Taking
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker
from reconciler.model.policy import Policy
from reconciler.model.rotation import RotationReport
from tests.apply.apply_lab import MANAGER, Lab, account, sink
from tests.builders import policy, selector, webhook
from tests.doubles import FakeClock, FakeSink, FakeTester, Trips

KEY = "default/lineage"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MARK = Marker(manager=MANAGER, team="default", name="lineage")


def wanted(*, active: bool = True, url: str = "https://catalog.example/dbt") -> Policy:
    rule = webhook(name="lineage", jobs=selector(ids=(101, 102)), url=url, secret_sink=sink())
    return policy(webhooks=[replace(rule, active=active)])


@dataclass(slots=True, kw_only=True)
class RotateLab:
    """An account in which the webhook KEY is armed, as `wanted` says."""

    lab: Lab
    tester: FakeTester
    clock: FakeClock = field(default_factory=FakeClock)

    @classmethod
    def open(cls, *, active: bool = True) -> RotateLab:
        lab = Lab(cloud=account())
        assert lab.apply(wanted(active=active)).exit_code == 0
        made = cls(lab=lab, tester=FakeTester(cloud=lab.cloud, kept=lab.kept))
        made.arm(Trips())
        return made

    def arm(self, trips: Trips) -> None:
        self.lab.arm(trips)

    def rotate(self, *, active: bool = True, leaked: bool = False, seconds: float = 60) -> RotationReport:
        return self.rotation(active=active, leaked=leaked, seconds=seconds).run()

    def rotation(self, *, active: bool = True, leaked: bool = False, seconds: float = 60) -> Rotation:
        lab = self.lab
        return Rotation(
            key=KEY,
            marker=MARK,
            reader=lab.cloud,
            writer=Taking(lab.cloud),
            tester=self.tester,
            sink=FakeSink(name=KEY, kept=lab.kept, trips=lab.cloud.trips, reachable=lab.reachable, honest=lab.honest),
            keeper=Keeper(store=lab.store, ledger=lab.store.ledger, clock=lambda: NOON, actor="tester"),
            patience=Patience(seconds=seconds, clock=self.clock, sleep=self.clock.sleep),
            now=lambda: NOON,
            options=RotateOptions(active=active, leaked=leaked),
        )

    # --- what a test asks --------------------------------------------------------------------------------------------
    @property
    def claim(self) -> SubscriptionClaim:
        return self.lab.store.ledger.subscriptions[KEY]

    @property
    def live(self) -> Subscription:
        """The webhook that the ledger names."""
        return self.lab.cloud.subs[self.claim.id or ""]

    @property
    def secrets(self) -> list[str]:
        return self.lab.kept.get(KEY, "").splitlines()

    @property
    def told(self) -> list[str]:
        """The active webhooks of the key whose secret is in the sink."""
        cloud = self.lab.cloud
        return [each.id for each in cloud.subs.values() if each.active and cloud.secrets.get(each.id) in self.secrets]

    @property
    def on(self) -> list[str]:
        return [each.id for each in self.lab.cloud.subs.values() if each.active]

    def forget_secret(self) -> None:
        """Make it a webhook that was adopted: active, its secret with its receiver and in no sink of ours."""
        self.lab.kept.clear()
        ledger = self.lab.store.ledger
        claim = replace(self.claim, receipt=None, state=SubscriptionState.SECRET_UNKNOWN)
        self.lab.store.ledger = replace(ledger, subscriptions={**ledger.subscriptions, KEY: claim})
