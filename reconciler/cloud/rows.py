"""The API's rows in our words. What we do not know is named in `unknown` and otherwise left alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.cloud.wire import (
    DELETED,
    WireEnvironment,
    WireJob,
    WireNotification,
    WireProject,
    WireSubscription,
    WireUser,
)
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import (
    ALL_JOBS,
    Environment,
    Job,
    JobScope,
    NotificationRow,
    NotificationType,
    Project,
    Subscription,
    User,
)
from reconciler.model.outcome import Outcome, WebhookEvent

__all__ = ["FIELD_OF", "TYPE_OF", "environment", "job", "notification", "project", "subscription", "user"]

FIELD_OF: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.SUCCESS: "on_success",
        Outcome.WARNING: "on_warning",
        Outcome.FAILURE: "on_failure",
        Outcome.CANCELLED: "on_cancel",
    }
)
TYPE_OF: Final[Mapping[RecipientKind, NotificationType]] = MappingProxyType(
    {
        RecipientKind.USER: NotificationType.USER,
        RecipientKind.EMAIL: NotificationType.EMAIL,
        RecipientKind.SLACK: NotificationType.SLACK,
        RecipientKind.SLACK_APP: NotificationType.SLACK_APP,
    }
)
_NO_JOBS: Final[frozenset[int]] = frozenset()
_READ_ONLY_NOTIFICATION: Final = frozenset({"account_id", "created_at", "updated_at", "user"})
_READ_ONLY_SUBSCRIPTION: Final = frozenset({"account_id", "account_identifier", "created_at", "updated_at"})
_EVENTS: Final = frozenset(WebhookEvent)


def job(row: WireJob) -> Job:
    return Job(
        id=row.id,
        name=row.name or "",
        project_id=row.project_id,
        environment_id=row.environment_id or 0,
        job_type=row.job_type or "other",
        cron=(row.schedule.cron or "") if row.schedule else "",
        scheduled=bool(row.triggers and row.triggers.schedule),
        deactivated=bool(row.deactivated),
        deleted=row.state == DELETED,
        generate_docs=bool(row.generate_docs),
        execute_steps=tuple(row.execute_steps or ()),
    )


def project(row: WireProject) -> Project:
    return Project(id=row.id, name=row.name or "", deleted=row.state == DELETED)


def environment(row: WireEnvironment) -> Environment:
    return Environment(
        id=row.id,
        project_id=row.project_id,
        name=row.name or "",
        type=row.type or "",
        deployment_type=row.deployment_type,
        deleted=row.state == DELETED,
    )


def user(row: WireUser) -> User:
    """Read a user. Who is not told to be inactive counts as active: departed ones are told, or gone from the list."""
    name = f"{row.first_name or ''} {row.last_name or ''}".strip()
    return User(id=row.id, email=row.email or "", name=name, active=row.is_active is not False)


def notification(row: WireNotification, *, unknown: set[str]) -> NotificationRow:
    if row.type not in set(NotificationType):
        unknown.add(f"notification type {row.type}")
    unknown.update(f"notification field {name}" for name in (row.model_extra or {}).keys() - _READ_ONLY_NOTIFICATION)
    return NotificationRow(
        id=row.id,
        type=row.type,
        key=_key(row),
        user_id=row.user_id,
        jobs={outcome: _ids(getattr(row, field)) for outcome, field in FIELD_OF.items()},
        slack_channel_name=row.slack_channel_name,
        deleted=row.state == DELETED,
    )


def subscription(row: WireSubscription, *, unknown: set[str]) -> Subscription:
    """Read a webhook. An absent `active` counts as on, unless it says why it is off (reference §3.3)."""
    events = frozenset(row.event_types or ())
    unknown.update(f"webhook event {name}" for name in events - _EVENTS)
    unknown.update(f"webhook field {name}" for name in (row.model_extra or {}).keys() - _READ_ONLY_SUBSCRIPTION)
    return Subscription(
        id=row.id,
        name=row.name or "",
        url=row.client_url or "",
        events=events,
        jobs=_scope(row.job_ids),
        active=not row.deactivate_reason if row.active is None else row.active,
        description=row.description or "",
        last_status=row.http_status_code,
        dispatched_at=row.dispatched_at,
        deactivate_reason=row.deactivate_reason,
    )


def _key(row: WireNotification) -> RecipientKey | None:
    channel = (row.slack_channel_id or "").strip()
    address = (row.external_email or "").strip()
    match row.type:
        case NotificationType.USER:
            return RecipientKey.user(row.user_id) if row.user_id else None
        case NotificationType.EMAIL:
            return RecipientKey.email(address) if address else None
        case NotificationType.SLACK:
            return RecipientKey.slack(channel) if channel else None
        case NotificationType.SLACK_APP:
            return RecipientKey.slack_app(channel) if channel else None
        case _:
            return None


def _ids(ids: list[int] | None) -> frozenset[int]:
    return frozenset(ids) if ids else _NO_JOBS


def _scope(ids: list[int] | None) -> JobScope:
    """Empty, null and absent all mean every job of the account (reference §3.2)."""
    return frozenset(ids) if ids else ALL_JOBS
