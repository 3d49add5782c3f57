"""Open the ledger's store as policy and operator say: a file, or a branch of a remote; addresses hidden or not."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.errors import UsageError
from reconciler.escape import terminal
from reconciler.ledger.reading import KEY_VARIABLE
from reconciler.ledger.redaction import Redaction, addresses_in
from reconciler.model.policy import DbtEmail, DbtUser
from reconciler.model.secret import Secret

if TYPE_CHECKING:
    from reconciler.ledger.git_branch import LedgerBranch
    from reconciler.ledger.git_store import GitStore
    from reconciler.model.policy import Channel, Policy, StoreConfig

__all__ = ["REMOTE_VARIABLE", "git_store", "ledger_branch", "redaction"]

REMOTE_VARIABLE: Final = "DBT_ALERTS_LEDGER_REMOTE"
_SHORTEST_KEY: Final = 16


def ledger_branch(config: StoreConfig, environ: Mapping[str, str]) -> LedgerBranch:
    """Return the branch of a remote of this clone, or of the repository that the operator names instead."""
    from reconciler.ledger.git_branch import LedgerBranch  # noqa: PLC0415 - a file store needs none of it
    from reconciler.ledger.git_command import Git, without_credentials  # noqa: PLC0415

    named = environ.get(REMOTE_VARIABLE, "").strip()
    if named.startswith("-") or "::" in named:
        raise UsageError(
            f"{REMOTE_VARIABLE} is no repository: {without_credentials(named)}",
            next_step="give the URL or the path of a git repository",
        )
    return LedgerBranch(
        Git(Path.cwd(), environ=environ),
        remote=named or config.remote,
        branch=config.branch,
        configured=not named,
        sleep=time.sleep,
    )


def git_store(
    config: StoreConfig,
    environ: Mapping[str, str],
    *,
    hidden: Redaction | None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> GitStore:
    """Return the ledger's store on its branch."""
    from reconciler.ledger.git_store import GitStore  # noqa: PLC0415 - a file store needs none of it

    return GitStore(
        ledger_branch(config, environ),
        run=secrets.token_hex(8),
        clock=clock,
        sleep=time.sleep,
        redaction=hidden,
        notice=lambda text: click.echo(terminal(f"Warning: {text}"), err=True),
        where=_here(environ),
    )


def _here(environ: Mapping[str, str]) -> str:
    """Say where this run is, so that somebody else can see whether it lives: its page in CI, or machine and process."""
    github = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    if all(github):
        return "{}/{}/actions/runs/{}".format(*github)
    return environ.get("CI_JOB_URL") or f"{socket.gethostname()}, process {os.getpid()}"


def redaction(policy: Policy, environ: Mapping[str, str]) -> Redaction | None:
    """Return how addresses are hidden, or only read where they are; None where the operator gives no key.

    Raises UsageError where the policy asks for it without a key: addresses would be stored that should not be.
    """
    key = environ.get(KEY_VARIABLE, "")
    if not key and not policy.ledger.redact:
        return None
    if len(key) < _SHORTEST_KEY:
        what = f"has fewer than {_SHORTEST_KEY} characters" if key else "is not set"
        raise UsageError(
            f"`ledger: {{redact: true}}` needs a key, and {KEY_VARIABLE} {what}",
            next_step=f"set {KEY_VARIABLE} to a long random text, the same for every manager of the account",
        )
    return Redaction(secret=Secret(key), hides=policy.ledger.redact, addresses=_addresses(policy))


def _addresses(policy: Policy) -> frozenset[str]:
    texts = [text for channel in policy.channels.values() for text in _texts(channel)]
    return addresses_in(texts)


def _texts(channel: Channel) -> list[str]:
    match channel:
        case DbtEmail():
            return [channel.name, channel.address]
        case DbtUser():
            return [channel.name, channel.email]
        case _:
            return [channel.name]
