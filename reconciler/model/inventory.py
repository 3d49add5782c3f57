"""One snapshot of a dbt Cloud account, in our words: what *live* is in every plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TypeVar

from reconciler.model.edge import Edge, RecipientKey, RecipientKind, compared_address
from reconciler.model.model_notifications import ModelAnswer
from reconciler.model.outcome import Outcome
from reconciler.model.redacted import redact_url

__all__ = [
    "ALL_JOBS",
    "AllJobs",
    "Environment",
    "Inventory",
    "Job",
    "JobScope",
    "NotificationRow",
    "NotificationType",
    "Project",
    "Subscription",
    "User",
]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: int
    name: str
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`deployment_type` is production, staging or None (reference §4.3); `type` is deployment or development."""

    id: int
    project_id: int
    name: str
    type: str
    deployment_type: str | None
    deleted: bool = False

    @property
    def purpose(self) -> str | None:
        """The word a selector's `environment: {type: …}` is compared with: production, staging, development or None."""
        return "development" if self.type == "development" else self.deployment_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`cron` is in UTC and there even when `scheduled` is false (reference §4.2)."""

    id: int
    name: str
    project_id: int
    environment_id: int
    job_type: str = "other"
    cron: str = ""
    scheduled: bool = False
    deactivated: bool = False
    deleted: bool = False
    generate_docs: bool = False
    execute_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: int
    email: str
    name: str = ""
    active: bool = True


class NotificationType(IntEnum):
    """The types we understand (reference §2.2). Rows of another type pass through untouched."""

    USER = 1
    SLACK = 2
    EMAIL = 4
    SLACK_APP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRow:
    """One notification object: four lists of job ids for one recipient.

    `key` is None for a row that nobody can be told through: an unknown type, no address, no channel.
    """

    id: int
    type: int
    key: RecipientKey | None
    user_id: int | None
    jobs: Mapping[Outcome, frozenset[int]]
    slack_channel_name: str | None = None
    deleted: bool = False

    def edges(self) -> frozenset[Edge]:
        """Return what the row tells its recipient; nothing for one without a key."""
        key = self.key
        if key is None:
            return frozenset()
        return frozenset(Edge(key, outcome, job_id) for outcome, ids in self.jobs.items() for job_id in ids)


@dataclass(frozen=True, slots=True)
class AllJobs:
    """Every job of the account, new ones too: what an empty `job_ids` means to dbt Cloud (reference §3.2)."""


ALL_JOBS = AllJobs()
JobScope = AllJobs | frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook subscription as live shows it. `url` is scheme, host and a keyed hash of the rest in a snapshot.

    `last_status` is the receiver's last HTTP status as text, "0" for never sent, None when the answer lacks it.
    """

    id: str
    name: str
    url: str
    events: frozenset[str]
    jobs: JobScope
    active: bool
    description: str = ""
    last_status: str | None = None
    dispatched_at: str | None = None
    deactivate_reason: str | None = None

    @property
    def never_sent(self) -> bool:
        """Whether no delivery ever left for it (reference §3.3: "0", null or absent)."""
        return self.last_status in {None, "", "0"} and not self.dispatched_at


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Everything a plan needs to know of the account, read at one time. Deleted jobs and rows are in it, marked.

    `unknown` names types and fields that we do not understand and leave alone, each once.
    `url_key` is set on an inventory that was read from a snapshot: its webhooks' URLs are redacted under this key.
    `webhooks_hidden` says that the token may not read webhooks: then `subscriptions` is empty and means nothing.
    `models` holds the model notifications of those environments that were asked about: there is no list of them.
    """

    host: str
    account_id: int
    jobs: Mapping[int, Job]
    projects: Mapping[int, Project]
    environments: Mapping[int, Environment]
    users: Mapping[int, User]
    notifications: tuple[NotificationRow, ...]
    subscriptions: tuple[Subscription, ...]
    unknown: tuple[str, ...] = ()
    calls: int = 0
    taken_at: str = ""
    url_key: str = ""
    webhooks_hidden: bool = False
    models: Mapping[int, ModelAnswer] = field(default_factory=dict)

    def comparable_url(self, url: str) -> str:
        """Return a policy's URL as it is to be compared with the webhooks' of this inventory."""
        return redact_url(url, self.url_key) if self.url_key else url

    @cached_property
    def rows(self) -> Mapping[RecipientKey, tuple[NotificationRow, ...]]:
        """The active rows of each recipient: more than one blocks it (design §5)."""
        return _grouped((row.key, row) for row in self.notifications if row.key is not None and not row.deleted)

    @cached_property
    def deleted_rows(self) -> Mapping[RecipientKey, tuple[NotificationRow, ...]]:
        """The soft-deleted rows of each recipient, which a new edge may revive."""
        return _grouped((row.key, row) for row in self.notifications if row.key is not None and row.deleted)

    @cached_property
    def edges(self) -> frozenset[Edge]:
        """L: every edge that is live, whoever made it."""
        return frozenset().union(*(row.edges() for rows in self.rows.values() for row in rows))

    @cached_property
    def users_by_email(self) -> Mapping[str, tuple[User, ...]]:
        """Users by trimmed, case-folded e-mail; two accounts of one address are both there."""
        return _grouped((compared_address(user.email), user) for user in self.users.values())

    def can_deliver(self, row: NotificationRow) -> bool:
        """Tell whether dbt Cloud can reach anybody through this row (design §5, *told*; reference §2.4)."""
        if row.deleted or row.key is None:
            return False
        if row.key.kind is RecipientKind.USER:
            user = self.users.get(int(row.key.value))
            return user is not None and user.active
        if row.key.kind is RecipientKind.SLACK:
            user = self.users.get(row.user_id or 0)
            return user is not None and user.active
        return True


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}
