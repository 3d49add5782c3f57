"""Public doubles: dbt Cloud, a ledger store and a secret sink in memory, each of which can fail or die at any call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from reconciler.errors import ApiError, InDoubt, LedgerError, NotFound, RuntimeFailure
from reconciler.ledger.codec import decode, encode
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.delivery import TestDelivery
from reconciler.model.edge import Edge, RecipientKey, RecipientKind
from reconciler.model.inventory import ALL_JOBS, Inventory, NotificationRow, NotificationType, Subscription
from reconciler.model.ledger import Ledger, LedgerWrite, Others, RecipientSettings
from reconciler.model.model_notifications import ModelAnswer, ModelNotifications, ModelOutcome
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.secret import Secret
from tests.builders import inventory

_TYPES = {
    RecipientKind.USER: NotificationType.USER,
    RecipientKind.SLACK: NotificationType.SLACK,
    RecipientKind.EMAIL: NotificationType.EMAIL,
    RecipientKind.SLACK_APP: NotificationType.SLACK_APP,
}
Hook = Callable[[], None]


class Killed(BaseException):
    """Ends a test's run like SIGKILL: nothing of ours may catch it."""


def dies() -> None:
    raise Killed


def in_doubt() -> None:
    raise InDoubt("reset", next_step="run again")


def refuses(status: int = 400, detail: str = "no") -> Hook:
    def hook() -> None:
        raise ApiError(method="POST", path="/x", status=status, detail=detail)

    return hook


@dataclass(slots=True)
class Trips:
    """Hooks before and after calls: by name and number (`update_row` 2), or by the number of the call among all."""

    before: dict[tuple[str, int], Hook] = field(default_factory=dict)
    after: dict[tuple[str, int], Hook] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)

    def enter(self, name: str) -> None:
        self.counts[name] += 1
        self.counts["any"] += 1
        self.log.append(name)
        self._trip(self.before, name)

    def leave(self, name: str) -> None:
        self._trip(self.after, name)

    def _trip(self, hooks: Mapping[tuple[str, int], Hook], name: str) -> None:
        for key in (name, self.counts[name]), (name, 0), ("any", self.counts["any"]):
            if key in hooks:
                hooks[key]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    before: NotificationRow
    after: NotificationRow


class FakeCloud:
    """dbt Cloud as reader and writer: whole rows replaced, soft deletion, secrets shown once, URLs that re-activate."""

    def __init__(
        self,
        *,
        rows: Iterable[NotificationRow] = (),
        subscriptions: Iterable[Subscription] = (),
        base: Inventory | None = None,
    ) -> None:
        self.base = base or inventory()
        self.rows = {row.id: row for row in rows}
        self.subs = {each.id: each for each in subscriptions}
        self.models: dict[int, ModelAnswer] = {}
        self.secrets: dict[str, str] = {}
        self.trips = Trips()
        self.creates: list[str] = []
        self.revivable = True
        self._ids = count(5000)

    # --- what a test asks --------------------------------------------------------------------------------------------
    @property
    def edges(self) -> frozenset[Edge]:
        return frozenset[Edge]().union(*(row.edges() for row in self.rows.values() if not row.deleted))

    @property
    def active_webhooks(self) -> frozenset[str]:
        return frozenset(each.name for each in self.subs.values() if each.active)

    def calls(self, name: str) -> int:
        return self.trips.counts[name]

    def edit(self, row_id: int, jobs: Mapping[Outcome, Iterable[int]]) -> None:
        """Replace a row's lists, as a person in the UI does."""
        whole = {outcome: frozenset(jobs.get(outcome, ())) for outcome in NATIVE_OUTCOMES}
        self.rows[row_id] = replace(self.rows[row_id], jobs=whole)

    # --- Reader ------------------------------------------------------------------------------------------------------
    def inventory(self) -> Inventory:
        models = {number: self.models.get(number, _never_configured(number)) for number in self.base.environments}
        return replace(
            self.base, notifications=tuple(self.rows.values()), subscriptions=tuple(self.subs.values()), models=models
        )

    def notification(self, notification_id: int) -> NotificationRow:
        self.trips.enter("notification")
        row = self.rows.get(notification_id)
        if row is None or row.deleted:
            raise NotFound(method="GET", path=f"/notifications/{notification_id}/", status=404)
        self.trips.leave("notification")
        return row

    def notifications_for(self, key: RecipientKey) -> tuple[NotificationRow, ...]:
        self.trips.enter("notifications_for")
        found = tuple(row for row in self.rows.values() if row.key == key)
        self.trips.leave("notifications_for")
        return found

    def subscription(self, subscription_id: str) -> Subscription:
        self.trips.enter("subscription")
        if subscription_id not in self.subs:
            raise NotFound(method="GET", path=f"/subscription/{subscription_id}", status=404)
        found = self.subs[subscription_id]
        self.trips.leave("subscription")
        return found

    def subscriptions(self) -> tuple[Subscription, ...]:
        self.trips.enter("subscriptions")
        found = tuple(self.subs.values())
        self.trips.leave("subscriptions")
        return found

    def model_notifications(self, environment_ids: Iterable[int]) -> dict[int, ModelAnswer]:
        self.trips.enter("model_notifications")
        found = {number: self.models.get(number, _never_configured(number)) for number in environment_ids}
        self.trips.leave("model_notifications")
        return found

    # --- Writer ------------------------------------------------------------------------------------------------------
    def create_notification(
        self, key: RecipientKey, *, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings
    ) -> NotificationRow:
        self.trips.enter("create_notification")
        row = NotificationRow(
            id=next(self._ids),
            type=_TYPES[key.kind],
            key=key,
            user_id=settings.user_id,
            jobs=dict(jobs),
            slack_channel_name=settings.slack_channel_name,
        )
        self.rows[row.id] = row
        self.creates.append(str(key))
        self.trips.leave("create_notification")
        return row

    def revive_notification(
        self, notification_id: int, *, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings
    ) -> Change:
        self.trips.enter("revive_notification")
        if not self.revivable:
            refuses(400, "cannot be revived")()
        before = self.rows[notification_id]
        after = _set(replace(before, jobs=dict(jobs), deleted=False), settings)
        self.rows[notification_id] = after
        self.trips.leave("revive_notification")
        return Change(before=before, after=after)

    def update_row(
        self,
        notification_id: int,
        delta: Mapping[Outcome, tuple[frozenset[int], frozenset[int]]],
        settings: RecipientSettings,
    ) -> Change:
        self.trips.enter("update_row")
        before = self.rows[notification_id]
        jobs = dict(before.jobs)
        for outcome, (adds, removes) in delta.items():
            jobs[outcome] = (jobs.get(outcome, frozenset()) - removes) | adds
        self.rows[notification_id] = _set(replace(before, jobs=jobs), settings)
        after = self.rows[notification_id]
        self.trips.leave("update_row")
        return Change(before=before, after=after)

    def create_subscription(self, settings: SubscriptionSettings) -> tuple[str, Secret]:
        self.trips.enter("create_subscription")
        made = _written(_blank(f"wsu_{next(self._ids)}"), settings)
        self.subs[made.id] = made
        self.secrets[made.id] = f"secret-of-{made.id}"
        self.creates.append(settings.name)
        self.trips.leave("create_subscription")
        return made.id, Secret(self.secrets[made.id])

    def update_subscription(self, subscription_id: str, settings: SubscriptionSettings) -> Subscription:
        self._put(subscription_id, settings)
        if self.subs[subscription_id].active and not settings.active:
            self._put(subscription_id, settings)
        return self.subs[subscription_id]

    def switch_models(self, environment_id: int, *, on: frozenset[ModelOutcome], off: frozenset[ModelOutcome]) -> None:
        self.trips.enter("switch_models")
        before = self.models.get(environment_id, _never_configured(environment_id))
        assert isinstance(before, ModelNotifications)
        told = (before.told | on) - off
        self.models[environment_id] = replace(before, enabled=bool(told), selected=told)
        self.trips.leave("switch_models")

    def _put(self, subscription_id: str, settings: SubscriptionSettings) -> None:
        self.trips.enter("put_subscription")
        before = self.subs[subscription_id]
        woken = not before.active and before.url != settings.url
        self.subs[subscription_id] = replace(_written(before, settings), active=settings.active or woken)
        self.trips.leave("put_subscription")

    def delete_subscription(self, subscription_id: str) -> None:
        self.trips.enter("delete_subscription")
        self.subs.pop(subscription_id, None)
        self.trips.leave("delete_subscription")


def _set(row: NotificationRow, settings: RecipientSettings) -> NotificationRow:
    return replace(
        row,
        slack_channel_name=settings.slack_channel_name or row.slack_channel_name,
        user_id=settings.user_id or row.user_id,
    )


def _never_configured(environment_id: int) -> ModelNotifications:
    return ModelNotifications(environment_id=environment_id)


def _blank(subscription_id: str) -> Subscription:
    return Subscription(
        id=subscription_id, name="", url="", events=frozenset(), jobs=ALL_JOBS, active=False, last_status="0"
    )


def _written(before: Subscription, settings: SubscriptionSettings) -> Subscription:
    return replace(
        before,
        name=settings.name,
        url=settings.url,
        events=settings.events,
        jobs=settings.jobs,
        description=settings.description,
        active=settings.active,
    )


@dataclass(slots=True)
class MemoryStore:
    """A ledger store with compare-and-swap. Generation 0 is an empty ledger of `manager`."""

    ledger: Ledger
    trips: Trips = field(default_factory=Trips)
    fails: bool = False

    known_others: Others = field(default_factory=Others)

    def look(self) -> None:
        """Nobody else writes here: nothing to fix."""

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger:
        return self.ledger

    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others:
        return self.known_others

    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:
        self.trips.enter("hold")
        yield
        self.trips.leave("hold")

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        self.trips.enter("save")
        if self.fails or self.ledger.generation != expected_generation:
            raise LedgerError("the ledger was written by somebody else")
        self.ledger = replace(ledger, generation=expected_generation + 1, log=(*ledger.log, write))
        self.trips.leave("save")
        return self.ledger


@dataclass(slots=True, kw_only=True)
class FakeTester:
    """Test deliveries to a receiver that takes what is signed with a secret of its sink, as `kept` holds them by key.

    `looks` is how often the receipt is asked for before it is there; `refuses` makes the receiver answer with that.
    `legacy` answers at once, as the old backend does.
    """

    cloud: FakeCloud
    kept: Mapping[str, str]
    looks: int = 2
    refuses: int | None = None
    legacy: bool = False
    sent: list[str] = field(default_factory=list)

    def send_test(self, subscription_id: str) -> TestDelivery:
        self.cloud.trips.enter("send_test")
        self.sent.append(subscription_id)
        self.cloud.trips.leave("send_test")
        if self.legacy:
            return TestDelivery(status=self._answer(subscription_id))
        return TestDelivery(event_id=f"wev_{len(self.sent)}-{self.looks}")

    def answers(self, subscription_id: str, event_id: str) -> tuple[int, ...]:
        self.cloud.trips.enter("answers")
        self.looks -= 1
        self.cloud.trips.leave("answers")
        return () if self.looks > 0 else (self._answer(subscription_id),)

    def _answer(self, subscription_id: str) -> int:
        if self.refuses is not None:
            return self.refuses
        known = {secret for text in self.kept.values() for secret in text.splitlines()}
        return 200 if self.cloud.secrets.get(subscription_id) in known else 401


@dataclass(slots=True)
class FakeClock:
    """Seconds that only pass while somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        self.meanwhile()


@dataclass(slots=True)
class FakeSink:
    """A sink in a dict, shared by all webhooks of a test."""

    name: str
    kept: dict[str, str]
    trips: Trips
    reachable: bool = True
    honest: bool = True

    def probe(self) -> None:
        self.trips.enter("probe")
        if not self.reachable:
            raise RuntimeFailure("the sink is not reachable", next_step="start it")
        self.trips.leave("probe")

    def probe_rotation(self) -> None:
        self.probe()

    def store(self, secret: Secret) -> str:
        self.trips.enter("store")
        self.kept[self.name] = secret.reveal()
        self.trips.leave("store")
        return self._receipt(secret.reveal())

    def add(self, secret: Secret) -> str:
        self.trips.enter("add")
        self.kept[self.name] = "\n".join([secret.reveal(), *self._secrets()])
        self.trips.leave("add")
        return self._receipt(secret.reveal())

    def retire(self, receipt: str) -> None:
        self.trips.enter("retire")
        self.kept[self.name] = "\n".join(each for each in self._secrets() if self._receipt(each) != receipt)
        self.trips.leave("retire")

    def confirm(self, receipt: str) -> bool:
        return self.honest and receipt in map(self._receipt, self._secrets())

    def _secrets(self) -> list[str]:
        return self.kept.get(self.name, "").splitlines()

    def _receipt(self, secret: str) -> str:
        return f"fake:{self.name}#{secret.removeprefix('secret-of-')}"


@dataclass(slots=True)
class SharedMemory:
    """The ledgers of every manager of one account, as one branch keeps them. `version` grows with every write."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    version: int = 0
    held: bool = False


@dataclass(slots=True)
class SharedMemoryStore:
    """One run's way to a shared store: what anybody wrote since it loaded refuses its first save."""

    shared: SharedMemory
    trips: Trips = field(default_factory=Trips)
    seen: int = 0

    def look(self) -> None:
        """Nobody writes between a look and the load after it: nothing to fix."""

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger:
        self.seen = self.shared.version
        return self.shared.ledgers.get(manager) or Ledger(host=host, account_id=account_id, manager=manager)

    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others:
        ledgers = (ledger for name, ledger in sorted(self.shared.ledgers.items()) if name != manager)
        return Others(ledgers=tuple(ledgers), shared=True)

    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:
        if self.shared.held:
            raise LedgerError("another run holds the account")
        self.shared.held = True
        try:
            yield
        finally:
            self.shared.held = False

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        self.trips.enter("save")
        found = self.shared.ledgers.get(ledger.manager)
        if self.shared.version != self.seen or (found.generation if found else 0) != expected_generation:
            raise LedgerError("the account was written by somebody else")
        saved = replace(ledger, generation=expected_generation + 1, log=(*ledger.log, write))
        self.shared.ledgers[ledger.manager] = decode(encode(saved))
        self.shared.version = self.seen = self.shared.version + 1
        self.trips.leave("save")
        return self.shared.ledgers[ledger.manager]
