"""A bench for one stage: doubles of dbt Cloud, of the vendors and of time; every argument has a default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

from reconciler.channels.contract import Destination, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.kinds import KINDS
from reconciler.channels.send import Sender, Sent
from reconciler.cloud.canary import CanaryRuns
from reconciler.drill.bench import Bench
from reconciler.drill.routes import Route
from reconciler.errors import AlertsError
from reconciler.http.outgoing import Outgoing
from reconciler.model.alert import Alert, Audience
from reconciler.model.delivery import TestDelivery, Tried
from reconciler.model.inventory import Inventory, Subscription
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.message import Message, Trouble
from reconciler.model.policy import Policy
from reconciler.plan.survey import Survey
from tests.builders import ACCOUNT_ID, HOST, inventory, policy, relayed
from tests.drill.evidence_lab import NOON

__all__ = ["Clock", "Vendor", "WebhookDouble", "bench", "claimed", "ledger", "receipt", "route"]


@dataclass
class Clock:
    now: float = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class WebhookDouble:
    """dbt Cloud's test call. `receipts` are those of each look, the last one for ever."""

    answer: TestDelivery | AlertsError = field(default_factory=lambda: TestDelivery(status=200))
    receipts: list[tuple[int | Tried, ...]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    def send_test(self, subscription_id: str) -> TestDelivery:
        self.called.append(subscription_id)
        if isinstance(self.answer, AlertsError):
            raise self.answer
        return self.answer

    def tries(self, subscription_id: str, event_id: str) -> tuple[Tried, ...]:
        found = self.receipts.pop(0) if len(self.receipts) > 1 else self.receipts[0]
        return tuple(Tried(status=each) if isinstance(each, int) else each for each in found)


@dataclass
class Vendor:
    """A sender that renders nothing: `receipts` answer in turn, `said` are the alerts that were sent."""

    receipts: list[Receipt] = field(default_factory=list)
    said: list[Alert] = field(default_factory=list)
    trouble: Trouble | None = None

    def send(self, alert: Alert, to: Destination) -> tuple[Sent, ...]:
        self.said.append(alert)
        if not self.receipts:
            return ()
        found = self.receipts.pop(0) if len(self.receipts) > 1 else self.receipts[0]
        payload = Payload(role=Role.MAIN, content={}, key=alert.id)
        return (Sent(channel=to.name, kind=to.kind, payload=payload, receipt=found),)

    def message(self, alert: Alert, to: Destination) -> Message:
        return Message(
            kind=to.kind,
            case=alert.case,
            audience=Audience.ENGINEERS,
            alert=alert,
            parts={"title": "T"},
            trouble=self.trouble,
        )

    def payloads(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        return KINDS[to.kind].compose(message, to)


def receipt(verdict: Verdict = Verdict.DONE, answer: str = "ok", **more: Any) -> Receipt:  # noqa: ANN401
    return Receipt(verdict=verdict, answer=answer, **more)


def route(channel: str = "room", *, kind: str = "webhook", pages: bool = False, relayed: bool = True) -> Route:
    return Route(channel=channel, kind=kind, relayed=relayed, pages=pages, owners=("maria@acme.example",))


def claimed(
    id: str | None = "wsu_1",  # noqa: A002
    *,
    key: str = "default/lineage",
    state: SubscriptionState = SubscriptionState.ARMED,
    **more: Any,  # noqa: ANN401
) -> SubscriptionClaim:
    return SubscriptionClaim(key=key, team=key.partition("/")[0], state=state, id=id, **more)


def ledger(*claims: SubscriptionClaim) -> Ledger:
    return Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager="acme-data-alerts",
        subscriptions={each.key: each for each in claims},
    )


def bench(
    *,
    routes: Sequence[Route] = (),
    of: Policy | None = None,
    live: Inventory | None = None,
    vendor: Vendor | None = None,
    tests: WebhookDouble | None = None,
    subscriptions: Sequence[Subscription] | AlertsError = (),
    owned: Ledger | None = None,
    canary: object = None,
    destination: Callable[[str], Destination] | None = None,
    clock: Clock | None = None,
    third_party: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Bench:
    channels = [relayed(each.channel, kind=each.kind) for each in routes if each.relayed]
    declared = of or policy(channels=channels or None)
    time, ids, codes = clock or Clock(), count(1), _codes()
    kinds = {each.channel: each.kind for each in routes}
    return Bench(
        policy=declared,
        survey=Survey(declared, live or inventory()),
        host="https://ab123.us1.dbt.com",
        routes=tuple(routes),
        correlation="7f3a9c21",
        asked_by="maria@acme.example",
        now=lambda: NOON,
        monotonic=time.read,
        sleep=time.sleep,
        ids=lambda: str(next(ids)),
        codes=lambda correlation: f"{correlation}-{next(codes)}",
        sender=cast("Sender", vendor or Vendor([receipt()])),
        wire=Wire(http=Outgoing()),
        kinds=KINDS,
        destination=destination or (lambda name: Destination(name=name, kind=kinds[name], settings=settings or {})),
        tests=tests or WebhookDouble(),
        subscriptions=lambda: _raised_or(subscriptions),
        ledger=owned or ledger(),
        canary=cast("CanaryRuns | None", canary),
        third_party=third_party,
    )


def _raised_or(found: Sequence[Subscription] | AlertsError) -> Sequence[Subscription]:
    if isinstance(found, AlertsError):
        raise found
    return found


def _codes() -> Iterator[str]:
    yield from (f"AAAA{letter}-BBBB{letter}" for letter in "23456789")
