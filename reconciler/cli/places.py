"""Where ledger and secrets are kept: where the policy says, or under the sandbox's own folder (design §8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconciler.cli.places_ledger import REMOTE_VARIABLE, git_store, redaction
from reconciler.durable import check_durable
from reconciler.ledger import FileStore
from reconciler.model.policy import SecretSink, SinkKind, StoreKind

if TYPE_CHECKING:
    from reconciler.apply.ports import Sink, SinkFactory
    from reconciler.ledger.git_store import GitStore
    from reconciler.model.ledger import Ledger
    from reconciler.model.policy import Policy

__all__ = ["SANDBOX_FOLDER", "ledger_store", "sandbox_folder", "sink_factory"]

SANDBOX_FOLDER: Final = "DBT_ALERTS_SANDBOX_FOLDER"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def sandbox_folder(host: str, environ: Mapping[str, str]) -> Path | None:
    """Return the sandbox's folder if this run is against a sandbox: the variable is set and the host is loopback."""
    named = environ.get(SANDBOX_FOLDER)
    return Path(named) if named and urlsplit(host if "//" in host else f"//{host}").hostname in _LOOPBACK else None


def ledger_store(
    policy: Policy, host: str, environ: Mapping[str, str], *, writing: bool = False
) -> FileStore | GitStore:
    """Return the ledger's store. Refuses, for writing, a place that would vanish with a CI runner.

    Against the sandbox it is a file in its folder, also where the policy says a branch: nobody who tries something out
    wants it pushed. Who names a repository in the environment does.
    """
    sandbox = sandbox_folder(host, environ)
    on_branch = policy.ledger.kind is StoreKind.GIT and REMOTE_VARIABLE in environ
    if sandbox is not None and not on_branch:
        return FileStore(sandbox / f"{policy.manager}.ledger.json")
    hidden = redaction(policy, environ)
    if policy.ledger.kind is StoreKind.GIT:
        return git_store(policy.ledger, environ, hidden=hidden)
    path = Path(policy.ledger.path)
    if writing:
        check_durable(path, environ)
    return FileStore(path, redaction=hidden)


def sink_factory(ledger: Ledger, environ: Mapping[str, str]) -> SinkFactory:
    """Return what opens a webhook's sink, for the account that the ledger is about.

    Against the sandbox every secret goes to a file in its folder.
    """
    from reconciler.secrets import sink_opener  # noqa: PLC0415 - a plan opens no sink

    sandbox = sandbox_folder(ledger.host, environ)
    if sandbox is None:
        check = partial(check_durable, environ=environ)
        return sink_opener(ledger=ledger, base=Path.cwd(), environ=environ, check=check)
    inside = sink_opener(ledger=ledger, base=sandbox, environ={}, check=lambda _: None)

    def opened(sink: SecretSink, key: str) -> Sink:
        path = "secrets/" + re.sub(r"[^A-Za-z0-9._-]", "-", key)
        return inside(SecretSink(kind=SinkKind.FILE, at=sink.at, path=path), key)

    return opened
