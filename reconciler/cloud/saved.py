"""The shape of a snapshot, format 1. Strict: nothing is coerced, nothing is optional, nothing else is allowed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, AllJobs, NotificationRow, Subscription
from reconciler.model.model_notifications import ModelNotifications, ModelOutcome
from reconciler.model.outcome import NATIVE_OUTCOMES

__all__ = [
    "SavedEnvironment",
    "SavedJob",
    "SavedModels",
    "SavedNotification",
    "SavedProject",
    "SavedSnapshot",
    "SavedSubscription",
    "SavedUser",
]

_ALL = "all"


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, from_attributes=True, hide_input_in_errors=True)


class SavedProject(_Saved):
    id: int
    name: str
    deleted: bool


class SavedEnvironment(_Saved):
    id: int
    project_id: int
    name: str
    type: str
    deployment_type: str | None
    deleted: bool


class SavedJob(_Saved):
    id: int
    name: str
    project_id: int
    environment_id: int
    job_type: str
    cron: str
    scheduled: bool
    deactivated: bool
    deleted: bool
    generate_docs: bool
    execute_steps: Annotated[tuple[str, ...], Field(strict=False)]


class SavedUser(_Saved):
    id: int
    email: str
    name: str
    active: bool


class SavedLists(_Saved):
    """Job ids by outcome."""

    success: list[int]
    warning: list[int]
    failure: list[int]
    cancelled: list[int]


class SavedNotification(_Saved):
    id: int
    type: int
    key: Annotated[str, Field(pattern=r"^(user:[0-9]+|(email|slack|slack_app):.+)$")] | None
    user_id: int | None
    jobs: SavedLists
    slack_channel_name: str | None
    deleted: bool

    @classmethod
    def of(cls, row: NotificationRow) -> Self:
        return cls(
            id=row.id,
            type=row.type,
            key=None if row.key is None else str(row.key),
            user_id=row.user_id,
            jobs=SavedLists(**{outcome.value: sorted(row.jobs.get(outcome, ())) for outcome in NATIVE_OUTCOMES}),
            slack_channel_name=row.slack_channel_name,
            deleted=row.deleted,
        )

    def row(self) -> NotificationRow:
        return NotificationRow(
            id=self.id,
            type=self.type,
            key=None if self.key is None else RecipientKey.parse(self.key),
            user_id=self.user_id,
            jobs={outcome: frozenset(getattr(self.jobs, outcome.value)) for outcome in NATIVE_OUTCOMES},
            slack_channel_name=self.slack_channel_name,
            deleted=self.deleted,
        )


class SavedSubscription(_Saved):
    """`jobs` is the word `all` or a list that is not empty."""

    id: str
    name: str
    url: str
    events: list[str]
    jobs: Literal["all"] | Annotated[list[int], Field(min_length=1)]
    active: bool
    description: str
    last_status: str | None
    dispatched_at: str | None
    deactivate_reason: str | None

    @classmethod
    def of(cls, webhook: Subscription, *, url: str) -> Self:
        return cls(
            id=webhook.id,
            name=webhook.name,
            url=url,
            events=sorted(webhook.events),
            jobs=_ALL if isinstance(webhook.jobs, AllJobs) else sorted(webhook.jobs),
            active=webhook.active,
            description=webhook.description,
            last_status=webhook.last_status,
            dispatched_at=webhook.dispatched_at,
            deactivate_reason=webhook.deactivate_reason,
        )

    def webhook(self) -> Subscription:
        return Subscription(
            id=self.id,
            name=self.name,
            url=self.url,
            events=frozenset(self.events),
            jobs=ALL_JOBS if self.jobs == _ALL else frozenset(self.jobs),
            active=self.active,
            description=self.description,
            last_status=self.last_status,
            dispatched_at=self.dispatched_at,
            deactivate_reason=self.deactivate_reason,
        )


class SavedModels(_Saved):
    """One environment's model notifications, where they were asked for and answered."""

    environment_id: int
    enabled: bool
    selected: list[Literal["success", "warning", "failure", "skipped"]]

    @classmethod
    def of(cls, models: ModelNotifications) -> Self:
        selected = [outcome.value for outcome in ModelOutcome if outcome in models.selected]
        return cls.model_validate(
            {"environment_id": models.environment_id, "enabled": models.enabled, "selected": selected}
        )

    def models(self) -> ModelNotifications:
        return ModelNotifications(
            environment_id=self.environment_id,
            enabled=self.enabled,
            selected=frozenset(map(ModelOutcome, self.selected)),
        )


class SavedSnapshot(_Saved):
    format: Literal[1]
    host: Annotated[str, Field(min_length=1)]
    account_id: int
    taken_at: str
    calls: int
    url_key: Annotated[str, Field(min_length=1)]
    unknown: list[str]
    projects: list[SavedProject]
    environments: list[SavedEnvironment]
    jobs: list[SavedJob]
    users: list[SavedUser]
    notifications: list[SavedNotification]
    subscriptions: list[SavedSubscription]
    webhooks_hidden: bool
    model_notifications: list[SavedModels]
