"""`dbt-alerts ledger`: look at what this repository owns, check it, restore it, and break a dead run's lease."""

from __future__ import annotations

import click

from reconciler.cli.ledger_rebuild import rebuild
from reconciler.cli.ledger_show import show
from reconciler.cli.ledger_unlock import unlock
from reconciler.cli.ledger_verify import verify

__all__ = ["command"]


@click.group("ledger")
def command() -> None:
    """Look at what this repository owns, check it, restore it, break a dead run's lease."""


for each in (show, verify, rebuild, unlock):
    command.add_command(each)
