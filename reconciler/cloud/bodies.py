"""What is written to the API. Whole objects, built from a fresh read: keys that we do not know are copied through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from reconciler.cloud.rows import FIELD_OF, TYPE_OF
from reconciler.errors import RuntimeFailure
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import AllJobs, JobScope
from reconciler.model.ledger import RecipientSettings
from reconciler.model.outcome import Outcome

__all__ = ["as_json", "changed_row", "new_row", "new_subscription", "replaced_subscription", "revived_row"]

ACTIVE: Final = 1
_NEVER_WRITTEN: Final = frozenset({"created_at", "updated_at", "user"})
_NEVER_WRITTEN_TO_WEBHOOKS: Final = frozenset(
    {
        "account_id",
        "account_identifier",
        "created_at",
        "deactivate_reason",
        "dispatched_at",
        "hmac_secret",
        "http_status_code",
        "updated_at",
    }
)

Row = Mapping[str, Any]
Delta = Mapping[Outcome, tuple[frozenset[int], frozenset[int]]]


def as_json(body: Row) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def changed_row(row: Row, delta: Delta, settings: RecipientSettings) -> dict[str, Any]:
    """Return the row with the delta applied. Foreign ids keep their place; what is added comes behind, in order."""
    changed = {FIELD_OF[outcome]: _edited(row.get(FIELD_OF[outcome]), *change) for outcome, change in delta.items()}
    return {**_writable(row), **changed, **_scalars(settings)}


def revived_row(row: Row, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings) -> dict[str, Any]:
    """Return a soft-deleted row as active, with exactly these jobs: what it held before it died is nobody's wish."""
    return {**_writable(row), **_lists(jobs), **_scalars(settings), "state": ACTIVE}


def new_row(
    account_id: int, key: RecipientKey, jobs: Mapping[Outcome, frozenset[int]], settings: RecipientSettings
) -> dict[str, Any]:
    """Return a row for a recipient that has none. All keys that a write requires are there (reference §2.2)."""
    user_id = int(key.value) if key.kind is RecipientKind.USER else settings.user_id
    if user_id is None:
        raise RuntimeFailure(
            f"{key} needs a dbt Cloud user as its creator",
            next_step="Name one: `owner` of an address, `linked_by` of a Slack channel.",
        )
    slack = key.kind in (RecipientKind.SLACK, RecipientKind.SLACK_APP)
    return {
        "account_id": account_id,
        "user_id": user_id,
        "type": int(TYPE_OF[key.kind]),
        "external_email": key.value if key.kind is RecipientKind.EMAIL else None,
        "slack_channel_id": key.value if slack else None,
        "slack_channel_name": settings.slack_channel_name if slack else None,
        "state": ACTIVE,
        **_lists(jobs),
    }


def new_subscription(settings: SubscriptionSettings) -> dict[str, Any]:
    """Return a new webhook. An empty description is left out: the API may refuse it (reference §3.2)."""
    body = {
        "name": settings.name,
        "description": settings.description,
        "client_url": settings.url,
        "event_types": sorted(settings.events),
        "job_ids": _job_ids(settings.jobs),
        "active": settings.active,
    }
    return {name: value for name, value in body.items() if value != ""}


def replaced_subscription(row: Row, settings: SubscriptionSettings) -> dict[str, Any]:
    """Return the webhook with all our settings, and with keys we do not know as they are."""
    kept = {name: value for name, value in row.items() if name not in _NEVER_WRITTEN_TO_WEBHOOKS}
    return {**kept, **new_subscription(settings)}


def _writable(row: Row) -> dict[str, Any]:
    """Return what may be written back. All four lists are required on write, and may be null in what is read."""
    lists = {field: row.get(field) or [] for field in FIELD_OF.values()}
    return {name: value for name, value in row.items() if name not in _NEVER_WRITTEN} | lists


def _scalars(settings: RecipientSettings) -> dict[str, Any]:
    wanted = {"slack_channel_name": settings.slack_channel_name, "user_id": settings.user_id}
    return {name: value for name, value in wanted.items() if value is not None}


def _lists(jobs: Mapping[Outcome, frozenset[int]]) -> dict[str, list[int]]:
    return {field: sorted(jobs.get(outcome, ())) for outcome, field in FIELD_OF.items()}


def _edited(ids: list[int | str] | None, add: frozenset[int], remove: frozenset[int]) -> list[int]:
    kept = [job_id for job_id in map(int, ids or ()) if job_id not in remove]
    return kept + sorted(add - set(kept))


def _job_ids(jobs: JobScope) -> list[int]:
    """Return the ids of a list. An empty one would be read as every job of the account (reference §3.2): a bug here."""
    if isinstance(jobs, AllJobs):
        return []
    if not jobs:
        raise ValueError("an empty list of jobs means every job to dbt Cloud; say ALL_JOBS if that is meant")
    return sorted(jobs)
