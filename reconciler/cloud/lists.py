"""The account's lists: which there are, and how each is asked for."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Final

from reconciler.cloud import rows
from reconciler.cloud.paging import Collection
from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import (
    WireEnvironment,
    WireJob,
    WireNotification,
    WirePage,
    WireProject,
    WireSubscription,
    WireUser,
    decoder,
)
from reconciler.model.inventory import Environment, Job, NotificationRow, Project, Subscription, User

__all__ = ["environments", "jobs", "notifications", "projects", "subscriptions", "users"]

_ORDERED: Final = {"order_by": "id"}
_IN_ALL_STATES: Final = {"state": "all", **_ORDERED}
_identity: Final = attrgetter("id")

_JOBS: Final = decoder(WirePage[WireJob])
_PROJECTS: Final = decoder(WirePage[WireProject])
_ENVIRONMENTS: Final = decoder(WirePage[WireEnvironment])
_USERS: Final = decoder(WirePage[WireUser])
_NOTIFICATIONS: Final = decoder(WirePage[WireNotification])
_SUBSCRIPTIONS: Final = decoder(WirePage[WireSubscription])


def jobs(paths: Paths) -> Collection[WireJob, Job]:
    return Collection(
        name="jobs", path=paths.jobs, decode=_JOBS, convert=rows.job, identify=_identity, params=_IN_ALL_STATES
    )


def projects(paths: Paths) -> Collection[WireProject, Project]:
    return Collection(
        name="projects",
        path=paths.projects,
        decode=_PROJECTS,
        convert=rows.project,
        identify=_identity,
        params=_IN_ALL_STATES,
    )


def environments(path: str) -> Collection[WireEnvironment, Environment]:
    return Collection(
        name="environments",
        path=path,
        decode=_ENVIRONMENTS,
        convert=rows.environment,
        identify=_identity,
        params=_IN_ALL_STATES,
    )


def users(paths: Paths) -> Collection[WireUser, User]:
    """Users have no state and no documented order; limit and offset work all the same (reference §4.3)."""
    return Collection(name="users", path=paths.users, decode=_USERS, convert=rows.user, identify=_identity)


def notifications(
    paths: Paths, *, unknown: set[str], only: dict[str, str | int] | None = None
) -> Collection[WireNotification, NotificationRow]:
    """All rows, in all states; `only` are the API's own filters."""
    return Collection(
        name="notifications",
        path=paths.notifications,
        decode=_NOTIFICATIONS,
        convert=partial(rows.notification, unknown=unknown),
        identify=_identity,
        params={**_IN_ALL_STATES, **(only or {})},
    )


def subscriptions(paths: Paths, *, unknown: set[str]) -> Collection[WireSubscription, Subscription]:
    return Collection(
        name="webhooks",
        path=paths.subscriptions,
        decode=_SUBSCRIPTIONS,
        convert=partial(rows.subscription, unknown=unknown),
        identify=_identity,
    )
