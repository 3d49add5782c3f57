"""`dbt-alerts ledger show`: who owns what, who holds it, and who wrote it last. Reads the ledger only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines
from reconciler.cli.ledger_place import account_place
from reconciler.cli.places import ledger_store
from reconciler.cli.session import load_policy_in_part
from reconciler.render.ledger import Shown, ledger_document, ledger_lines

__all__ = ["show"]


@click.command("show", short_help="Show who owns what, who holds it, and the last writes.")
@options.paths()
@options.account()
@options.as_json()
@click.option("--log", "whole_log", is_flag=True, default=False, help="Show every write that the ledger remembers.")
def show(*, paths: tuple[Path, ...], account: Path | None, as_json: bool, whole_log: bool) -> None:
    """Show who owns what by team and recipient, webhooks, other managers, who holds it, and the last writes.

    PATH is a folder or file of the policy; without any it is policies/. dbt Cloud is not asked: no token is needed.
    """
    policy = load_policy_in_part(options.default_paths(paths), account=account)
    place = account_place(policy)
    store = ledger_store(policy, place.host, os.environ)
    shown = Shown(
        ledger=store.load(*place, policy.manager),
        others=store.others(*place, policy.manager),
        lease=store.lease(*place),
        place=f"{store}",
        now=datetime.now(UTC),
        whole_log=whole_log,
    )
    if as_json:
        print_json({"result": "success", "exit_code": 0, **ledger_document(shown)})
    else:
        print_lines(ledger_lines(shown))
