"""Open dbt Cloud for a command: the Reader alone for what only looks, the Writer beside it for apply."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconciler.cli.console import Progress
from reconciler.cli.places import ledger_store
from reconciler.cloud import Reader, Writer, open_client
from reconciler.errors import UsageError
from reconciler.model.inventory import Inventory
from reconciler.model.model_notifications import ModelAnswer
from reconciler.model.secret import Reference
from reconciler.policy import open_account

if TYPE_CHECKING:
    from reconciler.http import Client
    from reconciler.ledger import FileStore
    from reconciler.ledger.git_store import GitStore
    from reconciler.model.policy import Policy
    from reconciler.model.teams import TeamsAnswer
    from reconciler.policy.account import Target
    from reconciler.reconcile import Observer

__all__ = ["TRUSTED_HOSTS", "Live", "Observed", "observe", "observe_owned", "open_account_client", "open_live"]

TRUSTED_HOSTS: Final = "DBT_ALERTS_TRUSTED_HOSTS"
_LARGEST_SNAPSHOT: Final = 256 * 1024 * 1024
"""Bytes: 10,000 jobs take some 5 MB. A device or a pipe that never ends would take all memory."""
_SNAPSHOT: Final = "make one with `dbt-alerts snapshot`"


class _Shown:
    """An inventory that is read with a line on how far it is, which goes when the reading ends."""

    def __init__(self, reader: Reader, read: Callable[[], Inventory], progress: Progress) -> None:
        self._reader = reader
        self._read = read
        self._progress = progress

    def inventory(self) -> Inventory:
        try:
            return self._read()
        finally:
            self._progress.done()

    def model_notifications(self, environment_ids: Iterable[int]) -> Mapping[int, ModelAnswer]:
        return self._reader.model_notifications(environment_ids)


def _shown_by(progress: Progress) -> Callable[[str, int, int], None]:
    return lambda name, done, total: progress(f"reading {name}: {done} of {total}")


class _Saved:
    """A snapshot in the Reader's place."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def inventory(self) -> Inventory:
        return self._inventory

    def model_notifications(self, environment_ids: Iterable[int]) -> Mapping[int, ModelAnswer]:
        """Return what the file holds; of the others nothing is known."""
        known = self._inventory.models
        return {number: known[number] for number in environment_ids if number in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What shows live, and the host that it is on. `teams` asks for the Microsoft Teams settings: one call more."""

    observer: Observer
    host: str
    teams: Callable[[], TeamsAnswer] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Both halves of dbt Cloud, sharing one client, its limits and its deadline."""

    observer: Observer
    reader: Reader
    writer: Writer
    host: str


def _nothing(_host: str) -> None:
    return None


@contextmanager
def observe(policy: Policy, snapshot: Path | None, *, first: Callable[[str], None] = _nothing) -> Generator[Observed]:
    """Yield what shows live: a snapshot, which needs no token, or dbt Cloud, which is being read from now on.

    `first` is called with the host before anything of live is read.
    """
    if snapshot is not None:
        inventory = _read_snapshot(snapshot)
        _same_account(policy, inventory, snapshot)
        first(inventory.host)
        yield Observed(observer=_Saved(inventory), host=inventory.host)
        return
    progress = Progress()
    with open_account_client(policy, progress=progress) as (client, target):
        reader = Reader(client, target.account_id)
        first(target.host)
        with reader.reading(progress=_shown_by(progress)) as inventory:
            yield Observed(observer=_Shown(reader, inventory, progress), host=target.host, teams=reader.teams)


@contextmanager
def observe_owned(
    policy: Policy, snapshot: Path | None, *, writing: bool = False
) -> Generator[tuple[Observed, FileStore | GitStore]]:
    """Yield what shows live, and the ledger's store, looked at before live is read.

    The other way round, what another run wrote in between would be live and nobody's, or gone and somebody's.
    """
    looked: list[FileStore | GitStore] = []

    def look(host: str) -> None:
        store = ledger_store(policy, host, os.environ, writing=writing)
        store.look()
        looked.append(store)

    with observe(policy, snapshot, first=look) as observed:
        yield observed, looked[0]


def _read_snapshot(path: Path) -> Inventory:
    from reconciler.cloud.snapshot import from_json  # noqa: PLC0415 - most plans read dbt Cloud itself

    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST_SNAPSHOT + 1)
    except OSError as error:
        raise UsageError(f"the snapshot {path} cannot be read: {error.strerror}", next_step=_SNAPSHOT) from error
    if len(raw) > _LARGEST_SNAPSHOT:
        raise UsageError(f"{path} is too big to be a snapshot: over {_LARGEST_SNAPSHOT:,} bytes", next_step=_SNAPSHOT)
    return from_json(raw, source=str(path))


def _same_account(policy: Policy, inventory: Inventory, snapshot: Path) -> None:
    """Refuse a snapshot of another account, as far as the policy says which one without its references."""
    for what, wanted, found in (
        ("account", policy.account.id, str(inventory.account_id)),
        ("host", policy.account.host, inventory.host),
    ):
        known = os.environ.get(wanted.name, "") if isinstance(wanted, Reference) else str(wanted)
        if known and _authority(known) != found:
            raise UsageError(
                f"{snapshot} is a snapshot of {what} {found}, and the policy is for {what} {known}",
                next_step="take a snapshot of this account, or give the policy of that one",
            )


def _authority(host: str) -> str:
    """Return a host as an inventory names it: without scheme and path. An account id stays as it is."""
    return urlsplit(host).netloc or host


@contextmanager
def open_live(policy: Policy, *, progress: Progress, environ: Mapping[str, str] = os.environ) -> Generator[Live]:
    """Yield both halves of the policy's account. Raises Refused for a host that must not get the token."""
    with open_account_client(policy, progress=progress, environ=environ) as (client, target):
        reader = Reader(client, target.account_id)
        writer = Writer(client, target.account_id)
        read = partial(reader.inventory, progress=_shown_by(progress))
        yield Live(observer=_Shown(reader, read, progress), reader=reader, writer=writer, host=target.host)


@contextmanager
def open_account_client(
    policy: Policy, *, progress: Progress, environ: Mapping[str, str] = os.environ
) -> Generator[tuple[Client, Target]]:
    """Yield a client, and the account it is for. Raises Refused for a host that must not get the token."""
    target = open_account(policy, environ)
    trusted = [host.strip() for host in environ.get(TRUSTED_HOSTS, "").split(",") if host.strip()]
    with open_client(host=target.host, token=target.token, trusted_hosts=trusted, notice=progress) as client:
        yield client, target
