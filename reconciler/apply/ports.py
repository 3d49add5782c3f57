"""What apply needs of the rooms beside and below it, and no more. Structural: nobody inherits from these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.model.actions import SubscriptionSettings
from reconciler.model.delivery import TestDelivery
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import NotificationRow, Subscription
from reconciler.model.ledger import Ledger, LedgerWrite, RecipientSettings
from reconciler.model.model_notifications import ModelAnswer, ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.policy import SecretSink
from reconciler.model.secret import Secret

__all__ = ["AppliesReader", "AppliesWriter", "Delta", "LedgerStore", "RowChange", "Sink", "SinkFactory", "Tester"]

Delta = Mapping[Outcome, tuple[frozenset[int], frozenset[int]]]
"""By outcome: the job ids to add, and those to remove."""


class RowChange(Protocol):
    """The row as the fresh read before the write showed it, and as the answer to the write does."""

    @property
    def before(self) -> NotificationRow: ...
    @property
    def after(self) -> NotificationRow: ...


class AppliesReader(Protocol):
    def notification(self, row_id: int, /) -> NotificationRow: ...
    def notifications_for(self, key: RecipientKey) -> Sequence[NotificationRow]:
        """Read every row of the recipient now, soft-deleted ones too."""
        ...

    def subscription(self, subscription_id: str, /) -> Subscription: ...
    def subscriptions(self) -> Sequence[Subscription]: ...
    def model_notifications(self, environment_ids: Iterable[int], /) -> Mapping[int, ModelAnswer]: ...


class AppliesWriter(Protocol):
    """Writes to dbt Cloud. A create that may have happened raises InDoubt and is never repeated by the writer."""

    def create_notification(
        self, key: RecipientKey, *, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings
    ) -> NotificationRow: ...
    def revive_notification(
        self, notification_id: int, *, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings
    ) -> RowChange:
        """Post a soft-deleted row as active with exactly these jobs. Raises ApiError where the server refuses."""
        ...

    def update_row(self, notification_id: int, delta: Delta, settings: RecipientSettings) -> RowChange:
        """Read the row, apply the delta, post it whole with everything foreign copied through."""
        ...

    def create_subscription(self, settings: SubscriptionSettings) -> tuple[str, Secret]: ...
    def update_subscription(self, subscription_id: str, settings: SubscriptionSettings) -> Subscription:
        """Replace a webhook whole. One that shall be off is off afterwards, also where a new URL switched it on."""
        ...

    def delete_subscription(self, subscription_id: str) -> None: ...
    def switch_models(self, environment_id: int, *, on: frozenset[ModelOutcome], off: frozenset[ModelOutcome]) -> None:
        """Read the environment's model notifications, switch these outcomes, post them whole."""
        ...


class LedgerStore(Protocol):
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> AbstractContextManager[None]:
        """Keep every other writing run out until the block ends.

        Raises LedgerError where another run holds it, or wrote since `ledger` was loaded: then nothing was written.
        """
        ...

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        """Save as the next generation.

        Raises LedgerError if the ledger, or that of another manager whom the store knows, was written since it was
        loaded: what this run takes away was judged by what others owned then.
        """
        ...


class Tester(Protocol):
    """Sends test deliveries, and tells how the receiver answered."""

    def send_test(self, subscription_id: str) -> TestDelivery: ...
    def answers(self, subscription_id: str, event_id: str) -> Sequence[int]:
        """Return the status of each try so far; 0 for one without an answer."""
        ...


class Sink(Protocol):
    """Where one webhook's secret goes. Every method raises RuntimeFailure or Refused with the next step."""

    def probe(self) -> None:
        """Prove that `store` could work now, leaving nothing behind."""
        ...

    def probe_rotation(self) -> None:
        """Prove the same of `add` and `retire`. Refuses a sink that cannot keep two secrets of one webhook."""
        ...

    def store(self, secret: Secret) -> str:
        """Put the secret there, durably, as the only one, and return a receipt that does not contain it."""
        ...

    def add(self, secret: Secret) -> str:
        """Do the same and keep those that are there."""
        ...

    def retire(self, receipt: str) -> None:
        """Take the secret of that receipt out, and no other. One that is not there is out."""
        ...

    def confirm(self, receipt: str) -> bool:
        """Tell whether what the receipt stands for is there."""
        ...


SinkFactory = Callable[[SecretSink, str], Sink]
"""Open the sink of one webhook, by the webhook's key. Touches nothing until asked."""
