"""Everything a plan needs of an account, in as many calls as there are pages, at most twenty in flight."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from reconciler.cloud import lists
from reconciler.cloud.paging import Collection, Progress, read_all
from reconciler.cloud.paths import Paths
from reconciler.errors import NotFound
from reconciler.http import MAX_IN_FLIGHT, Client
from reconciler.model.inventory import Environment, Inventory, Project, Subscription

__all__ = ["Progress", "reading"]

W = TypeVar("W")
T = TypeVar("T")


@contextmanager
def reading(
    client: Client, account_id: int, *, progress: Progress, now: Callable[[], datetime]
) -> Generator[Callable[[], Inventory]]:
    """Start to read the account, and yield what waits for the end of it: the caller has other work meanwhile.

    The first list that cannot be read whole ends it: no plan is made of a part. `progress` is called from several
    threads, never from two at once. An error in the block, Ctrl-C too, stops the client and the pauses of all threads.
    """
    with (
        ThreadPoolExecutor(MAX_IN_FLIGHT, "page") as pages,
        ThreadPoolExecutor(_Lists.COUNT, "list") as workers,
    ):
        taken_at = now()
        started = _Lists(client, Paths(account_id), pages, workers, _one_at_a_time(progress))
        try:
            yield lambda: started.inventory(account_id, taken_at)
        except BaseException:
            pages.shutdown(wait=False, cancel_futures=True)
            client.stop()
            raise


class _Lists:
    """The lists being read at once. Each has a thread that waits; the requests share one pool."""

    COUNT = 6

    def __init__(
        self, client: Client, paths: Paths, pages: ThreadPoolExecutor, workers: ThreadPoolExecutor, progress: Progress
    ) -> None:
        self._client = client
        self._paths = paths
        self._pages = pages
        self._workers = workers
        self._progress = progress
        self._calls_before = client.calls
        self._unknown: set[str] = set()
        self._jobs = self._start(lists.jobs(paths))
        self._notifications = self._start(lists.notifications(paths, unknown=self._unknown))
        self._projects = self._start(lists.projects(paths))
        self._found_environments = self._workers.submit(self._environments, self._projects)
        self._users = self._start(lists.users(paths))
        self._subscriptions = self._workers.submit(self._webhooks)

    def inventory(self, account_id: int, taken_at: datetime) -> Inventory:
        jobs, notifications, projects = self._jobs, self._notifications, self._projects
        environments, users, subscriptions = self._found_environments, self._users, self._subscriptions
        _raise_first(jobs, notifications, projects, environments, users, subscriptions)
        return Inventory(
            host=self._client.origin.authority,
            account_id=account_id,
            jobs={job.id: job for job in jobs.result()},
            projects={project.id: project for project in projects.result()},
            environments={environment.id: environment for environment in environments.result()},
            users={user.id: user for user in users.result()},
            notifications=tuple(notifications.result()),
            subscriptions=tuple(subscriptions.result() or ()),
            webhooks_hidden=subscriptions.result() is None,
            unknown=tuple(sorted(self._unknown)),
            calls=self._client.calls - self._calls_before,
            taken_at=taken_at.isoformat(timespec="seconds"),
        )

    def _start(self, collection: Collection[W, T]) -> Future[list[T]]:
        return self._workers.submit(self._read, collection)

    def _read(self, collection: Collection[W, T]) -> list[T]:
        return read_all(self._client, collection, pool=self._pages, progress=self._progress)

    def _webhooks(self) -> list[Subscription] | None:
        """Read the webhooks; None where the token may not: no permission set only reads them (reference §1.2, §1.7)."""
        try:
            return self._read(lists.subscriptions(self._paths, unknown=self._unknown))
        except NotFound:
            return None

    def _environments(self, projects: Future[list[Project]]) -> list[Environment]:
        """Read all environments at once, or project by project where that list does not exist (reference §1.8)."""
        try:
            return self._read(lists.environments(self._paths.environments))
        except NotFound:
            paths = [self._paths.environments_of(project.id) for project in projects.result() if not project.deleted]
            return [found for path in paths for found in self._read(lists.environments(path))]


def _raise_first(*futures: Future[Any]) -> None:
    """Wait for all, or for the first that fails, and raise what it met."""
    wait(futures, return_when=FIRST_EXCEPTION)
    for future in futures:
        if future.done() and (error := future.exception()) is not None:
            raise error


def _one_at_a_time(progress: Progress) -> Progress:
    lock = Lock()

    def told(name: str, done: int, total: int) -> None:
        with lock:
            progress(name, done, total)

    return told
