"""`dbt-alerts ledger unlock`: break the lease of a run that did not end."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.console import print_json
from reconciler.cli.ledger_place import account_place
from reconciler.cli.places import ledger_store
from reconciler.cli.session import load_policy_in_part, run_info
from reconciler.escape import terminal
from reconciler.model.ledger import LedgerWrite

__all__ = ["unlock"]


@click.command("unlock", short_help="Break the expired lease of a run that did not end.")
@options.paths()
@options.account()
@click.option("--run", "vouched", metavar="ID", help="Break it before it expires: you know that this run is dead.")
@options.as_json()
def unlock(*, paths: tuple[Path, ...], account: Path | None, vouched: str | None, as_json: bool) -> None:
    """Break the expired lease of a run that did not end, so that others can apply. The branch's log says who did.

    PATH is a folder or file of the policy; without any it is policies/. A lease that has not expired is refused,
    because its run may be writing, unless you name that run and vouch for its death. A ledger in a file needs none of
    this: its lock ends with the process.
    """
    policy = load_policy_in_part(options.default_paths(paths), account=account)
    place, run = account_place(policy), run_info()
    store = ledger_store(policy, place.host, os.environ, writing=True)
    write = LedgerWrite(at=run.now.isoformat(), actor=run.actor, commit=run.commit, plan_digest="", what="unlock")
    broken = store.unlock(*place, write=write, vouched=vouched)
    if as_json:
        print_json({"result": "success", "exit_code": 0, "broken": None if broken is None else f"{broken}"})
    elif broken is None:
        click.echo("Nobody holds the ledger.")
    else:
        click.echo(terminal(f"Broke the lease of {broken}. `dbt-alerts ledger verify` says what that run left."))
