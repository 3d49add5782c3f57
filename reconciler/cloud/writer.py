"""Writing to dbt Cloud. Lists are never posted from a plan: read fresh, apply the difference, post the whole object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.cloud import bodies, rows
from reconciler.cloud.paths import Paths
from reconciler.cloud.reader import Reader
from reconciler.cloud.wire import Fresh, decode_created, decode_nothing, decode_raw, decode_row, decode_rows
from reconciler.errors import NotFound, UnexpectedAnswer
from reconciler.http import Client
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import NotificationRow, Subscription
from reconciler.model.ledger import RecipientSettings
from reconciler.model.model_notifications import ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.secret import Secret

__all__ = ["RowChange", "Writer"]

_NO_SETTINGS: Final = RecipientSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row as the fresh read before the write showed it, and as the answer to the write does."""

    before: NotificationRow
    after: NotificationRow


class Writer:
    """Creates, replaces, deletions. A create is never repeated: InDoubt says that it may have happened.

    After InDoubt, `Reader.notifications_for` and the marks of `Reader.subscriptions` tell whether it did.
    """

    def __init__(self, client: Client, account_id: int) -> None:
        self._client = client
        self._account_id = account_id
        self._paths = Paths(account_id)
        self._reader = Reader(client, account_id)

    def create_notification(
        self, key: RecipientKey, *, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings = _NO_SETTINGS
    ) -> NotificationRow:
        """Make a recipient's first row. The caller has looked that there is none: the API may not (reference §2.5)."""
        body = bodies.new_row(self._account_id, key, jobs, settings)
        made = self._client.create(self._paths.notifications, decode_row, body=bodies.as_json(body))
        return _row(made)

    def update_row(
        self,
        notification_id: int,
        delta: Mapping[Outcome, tuple[frozenset[int], frozenset[int]]],
        settings: RecipientSettings = _NO_SETTINGS,
    ) -> RowChange:
        """Add and remove job ids on a row, by outcome, and copy everything else through.

        Raises NotFound for a row that was deleted meanwhile. What would change nothing is not written.
        """
        path = self._paths.notification(notification_id)
        fresh = self._client.get(path, decode_row)
        before = _row(fresh)
        if before.deleted:
            raise NotFound(
                method="GET", path=path, status=200, detail="the row is deleted", next_step="Run plan again."
            )
        body = bodies.changed_row(fresh.raw, delta, settings)
        if body == bodies.changed_row(fresh.raw, {}, _NO_SETTINGS):
            return RowChange(before=before, after=before)
        return RowChange(before=before, after=self._replace_row(path, body))

    def revive_notification(
        self,
        notification_id: int,
        *,
        jobs: Mapping[Outcome, frozenset[int]],
        settings: RecipientSettings = _NO_SETTINGS,
    ) -> RowChange:
        """Post a soft-deleted row as active with exactly these jobs. Raises ApiError where the server refuses.

        The row is read from the list: read by its id, a deleted one looks missing (reference §2.6).
        """
        listed = self._client.get(
            self._paths.notifications, decode_rows, params={"pk": notification_id, "state": "all", "limit": 100}
        )
        path = self._paths.notification(notification_id)
        fresh = next((found for found in listed if found.row.id == notification_id), None)
        if fresh is None:
            raise NotFound(method="GET", path=path, status=404, detail="in no state", next_step="Run plan again.")
        before = _row(fresh)
        if not before.deleted:
            detail = "the row is active: somebody revived it meanwhile"
            raise UnexpectedAnswer(method="GET", path=path, status=200, detail=detail, next_step="Run plan again.")
        return RowChange(before=before, after=self._replace_row(path, bodies.revived_row(fresh.raw, jobs, settings)))

    def create_subscription(self, settings: SubscriptionSettings) -> tuple[str, Secret]:
        """Make a webhook and return its id and its secret, which no later answer will hold (reference §3.3)."""
        body = bodies.as_json(bodies.new_subscription(settings))
        made = self._client.create(self._paths.subscriptions, decode_created, body=body)
        return made.id, Secret(made.hmac_secret)

    def update_subscription(self, subscription_id: str, settings: SubscriptionSettings) -> Subscription:
        """Replace a webhook and return it as read afterwards.

        A new URL switches a webhook on, whatever the body says (reference §3.4): one that shall be off is then
        switched off by a second write.
        """
        path = self._paths.subscription(subscription_id)
        self._replace_subscription(path, settings)
        after = self._reader.subscription(subscription_id)
        if after.active and not settings.active:
            self._replace_subscription(path, settings)
            after = self._reader.subscription(subscription_id)
        return after

    def switch_models(self, environment_id: int, *, on: frozenset[ModelOutcome], off: frozenset[ModelOutcome]) -> None:
        """Switch outcomes of an environment's model notifications, and copy everything else through."""
        from reconciler.cloud.model_notifications import switch_models  # noqa: PLC0415 - most policies say none

        switch_models(self._client, self._account_id, environment_id, on=on, off=off)

    def delete_subscription(self, subscription_id: str) -> None:
        """Delete a webhook for good. One that is gone already is as good."""
        try:
            self._client.replace("DELETE", self._paths.subscription(subscription_id), decode_nothing)
        except NotFound:
            return

    def _replace_subscription(self, path: str, settings: SubscriptionSettings) -> None:
        fresh = self._client.get(path, decode_raw)
        body = bodies.as_json(bodies.replaced_subscription(fresh, settings))
        self._client.replace("PUT", path, decode_nothing, body=body)

    def _replace_row(self, path: str, body: dict[str, Any]) -> NotificationRow:
        return _row(self._client.replace("POST", path, decode_row, body=bodies.as_json(body)))


def _row(fresh: Fresh) -> NotificationRow:
    return rows.notification(fresh.row, unknown=set())
