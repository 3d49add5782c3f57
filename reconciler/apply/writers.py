"""Two writers: one that can only give, and one that can take as well.

`Adding` has no method that could remove, deactivate, narrow or re-arm anything, whatever it is handed: an
additions-only run holds nothing else. `Taking` is made for a full apply only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from reconciler.apply.order import delta_of
from reconciler.errors import InDoubt, Refused
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import AllJobs, JobScope, NotificationRow, Subscription
from reconciler.model.ledger import RecipientSettings
from reconciler.model.model_notifications import ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.secret import Secret

if TYPE_CHECKING:
    from reconciler.apply.ports import AppliesWriter, RowChange

__all__ = ["Adding", "Taking"]

T = TypeVar("T")
_NOTHING = RecipientSettings()


class Adding:
    """Gives and never takes. `touched` tells whether a write took effect, or may have."""

    def __init__(self, writer: AppliesWriter) -> None:
        self._writer = writer
        self.touched = False

    def _sent(self, send: Callable[[], T]) -> T:
        try:
            answer = send()
        except InDoubt:
            self.touched = True
            raise
        self.touched = True
        return answer

    def add_to_row(self, row_id: int, edges: frozenset[Edge], settings: RecipientSettings) -> RowChange:
        return self._sent(lambda: self._writer.update_row(row_id, delta_of(adds=edges), settings))

    def create_row(self, key: RecipientKey, edges: frozenset[Edge], settings: RecipientSettings) -> NotificationRow:
        return self._sent(lambda: self._writer.create_notification(key, jobs=_jobs(edges), settings=settings))

    def revive_row(self, row_id: int, edges: frozenset[Edge], settings: RecipientSettings) -> RowChange:
        return self._sent(lambda: self._writer.revive_notification(row_id, jobs=_jobs(edges), settings=settings))

    def create_webhook(self, wanted: SubscriptionSettings) -> tuple[str, Secret]:
        """Make it switched off: it must not send before its secret is safe."""
        return self._sent(lambda: self._writer.create_subscription(_sound(replace(wanted, active=False))))

    def arm_webhook(self, created: Subscription) -> None:
        """Switch on for the first time what this ledger created and nobody ever switched on."""
        self._sent(lambda: self._writer.update_subscription(created.id, replace(_settings(created), active=True)))

    def grow_webhook(self, before: Subscription, wanted: SubscriptionSettings) -> None:
        """Write `wanted` plus everything that live has. Its URL, and whether it is on, stay as they are."""
        grown = replace(
            wanted,
            jobs=_either(before.jobs, wanted.jobs),
            events=before.events | wanted.events,
            active=before.active,
            url=before.url,
        )
        self._sent(lambda: self._writer.update_subscription(before.id, _sound(grown)))

    def start_models(self, environment_id: int, outcomes: frozenset[ModelOutcome]) -> None:
        self._sent(lambda: self._writer.switch_models(environment_id, on=outcomes, off=frozenset()))


class Taking(Adding):
    """Takes as well."""

    def stop_models(self, environment_id: int, outcomes: frozenset[ModelOutcome]) -> None:
        self._sent(lambda: self._writer.switch_models(environment_id, on=frozenset(), off=outcomes))

    def remove_from_row(self, row_id: int, edges: frozenset[Edge]) -> RowChange:
        return self._sent(lambda: self._writer.update_row(row_id, delta_of(removes=edges), _NOTHING))

    def set_webhook(self, before: Subscription, wanted: SubscriptionSettings) -> None:
        """Write exactly `wanted`; the writer below keeps one off that a new URL would switch on (reference §3.4)."""
        self._sent(lambda: self._writer.update_subscription(before.id, _sound(wanted)))

    def delete_webhook(self, subscription_id: str) -> None:
        self._sent(lambda: self._writer.delete_subscription(subscription_id))


def _jobs(edges: frozenset[Edge]) -> Mapping[Outcome, frozenset[int]]:
    return {outcome: adds for outcome, (adds, _) in delta_of(adds=edges).items()}


def _either(one: JobScope, other: JobScope) -> JobScope:
    if isinstance(one, AllJobs) or isinstance(other, AllJobs):
        return AllJobs()
    return one | other


def _sound(settings: SubscriptionSettings) -> SubscriptionSettings:
    """Refuse an empty list: dbt Cloud would read it as every job of the account (reference §3.2)."""
    if settings.jobs == frozenset():
        raise Refused(
            f"webhook {settings.name} would have an empty job list, which means every job",
            next_step="write `jobs: all` if that is meant, or drop the webhook",
        )
    return settings


def _settings(live: Subscription) -> SubscriptionSettings:
    return SubscriptionSettings(
        name=live.name,
        url=live.url,
        events=live.events,
        jobs=live.jobs,
        description=live.description,
        active=live.active,
    )
