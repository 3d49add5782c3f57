"""Reading dbt Cloud. GETs only, and never one with a side effect: all that `plan` is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from reconciler.cloud import lists, rows
from reconciler.cloud.inventory import Progress, reading
from reconciler.cloud.paging import read_all
from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import WireItem, WireNotification, WireSubscription, decoder
from reconciler.http import Client
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import Inventory, NotificationRow, Subscription

if TYPE_CHECKING:
    from reconciler.model.model_notifications import ModelAnswer
    from reconciler.model.teams import TeamsAnswer

__all__ = ["Reader"]

_NOTIFICATION: Final = decoder(WireItem[WireNotification])
_SUBSCRIPTION: Final = decoder(WireItem[WireSubscription])


def _no_progress(_name: str, _done: int, _total: int) -> None:
    return None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """What an account says of itself, now. Nothing is remembered between two questions."""

    def __init__(self, client: Client, account_id: int, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._client = client
        self._account_id = account_id
        self._paths = Paths(account_id)
        self._now = now

    @property
    def calls(self) -> int:
        """How many requests the client behind it has sent so far."""
        return self._client.calls

    def inventory(self, *, progress: Progress = _no_progress) -> Inventory:
        """Read the account whole, or raise. After an error the client is stopped."""
        with self.reading(progress=progress) as inventory:
            return inventory()

    def reading(self, *, progress: Progress = _no_progress) -> AbstractContextManager[Callable[[], Inventory]]:
        """Start to read the account whole; what the block is given waits for the end of it."""
        return reading(self._client, self._account_id, progress=progress, now=self._now)

    def notification(self, row_id: int) -> NotificationRow:
        """Read one row fresh. Raises NotFound for one that is gone: a deleted row may look so (reference §2.6)."""
        item = self._client.get(self._paths.notification(row_id), _NOTIFICATION)
        return rows.notification(item.data, unknown=set())

    def notifications_for(self, key: RecipientKey) -> tuple[NotificationRow, ...]:
        """List a recipient's rows fresh, in all states, oldest first."""
        collection = lists.notifications(self._paths, unknown=set(), only=_filters(key))
        return tuple(row for row in read_all(self._client, collection) if row.key == key)

    def model_notifications(self, environment_ids: Iterable[int]) -> Mapping[int, ModelAnswer]:
        """Read model notifications fresh, one call for each environment; one that is not answered says why."""
        from reconciler.cloud.model_notifications import read_models  # noqa: PLC0415 - most policies say none

        return read_models(self._client, self._account_id, frozenset(environment_ids))

    def teams(self) -> TeamsAnswer:
        """Read the Microsoft Teams settings, best effort. Costs one call; ask last."""
        from reconciler.cloud.teams import read_teams  # noqa: PLC0415 - plan and apply do not ask

        return read_teams(self._client, self._account_id)

    def subscription(self, subscription_id: str) -> Subscription:
        """Read one webhook fresh. Raises NotFound for one that is gone: deletion is for good."""
        item = self._client.get(self._paths.subscription(subscription_id), _SUBSCRIPTION)
        return rows.subscription(item.data, unknown=set())

    def subscriptions(self) -> tuple[Subscription, ...]:
        """List all webhooks fresh."""
        return tuple(read_all(self._client, lists.subscriptions(self._paths, unknown=set())))


def _filters(key: RecipientKey) -> dict[str, str | int]:
    """Return the API's filters that find a recipient. An address may be stored in another case than its key's: by type
    only.
    """
    kind = int(rows.TYPE_OF[key.kind])
    match key.kind:
        case RecipientKind.USER:
            return {"type": kind, "user_id": key.value}
        case RecipientKind.EMAIL:
            return {"type": kind}
        case RecipientKind.SLACK | RecipientKind.SLACK_APP:
            return {"type": kind, "slack_channel_id": key.value}
