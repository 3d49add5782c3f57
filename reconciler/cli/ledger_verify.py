"""`dbt-alerts ledger verify`: hold the ledger against live. Reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines
from reconciler.cli.live import observe_owned
from reconciler.cli.session import load_policy
from reconciler.errors import ExitCode
from reconciler.model.edge import RecipientKey
from reconciler.model.hidden import is_hidden
from reconciler.plan.ledger_audit import Audited, audit
from reconciler.reconcile import with_models
from reconciler.render.ledger import finding_documents, finding_lines

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger

__all__ = ["verify"]


@click.command("verify", short_help="Hold it against dbt Cloud; each finding has a next step.")
@options.paths()
@options.account()
@options.as_json()
@click.option("--detailed-exitcode", is_flag=True, default=False, help="Exit 2 when a finding asks for something.")
@options.live()
def verify(
    *, paths: tuple[Path, ...], account: Path | None, as_json: bool, detailed_exitcode: bool, live: Path | None
) -> int:
    """Check that the ledger can be read, is this account's, and says what live says; each finding has a next step.

    PATH is a folder or file of the policy; without any it is policies/. A ledger that cannot be read exits 1.
    """
    policy = load_policy(options.default_paths(paths), account=account)
    with observe_owned(policy, live) as (observed, store):
        inventory = observed.observer.inventory()
        place = (inventory.host, inventory.account_id)
        ledger = store.load(*place, policy.manager, known=inventory.rows.keys())
        others = store.others(*place, policy.manager, known=inventory.rows.keys())
        inventory = with_models(inventory, observed.observer, _asked(ledger, inventory))
    keys: set[RecipientKey] = {edge.recipient for edge in (*ledger.claims, *ledger.pending)}
    findings = audit(
        Audited(
            ledger=ledger,
            others=others,
            inventory=inventory,
            lease=store.lease(*place),
            now=datetime.now(UTC),
            hidden=sum(map(is_hidden, keys)),
        )
    )
    asks = any(finding.asks for finding in findings)
    code = ExitCode.DIFFERENCES if detailed_exitcode and asks else ExitCode.SUCCESS
    if as_json:
        facts = {"sound": not asks, "generation": ledger.generation, "findings": finding_documents(findings)}
        print_json({"result": code.word, "exit_code": int(code), **facts})
    else:
        print_lines(finding_lines(findings))
    return code


def _asked(ledger: Ledger, inventory: Inventory) -> frozenset[int]:
    """Return the environments whose model notifications are read, a call for each: ours that live shows."""
    shown = inventory.environments
    return frozenset(number for number in ledger.models if number in shown and not shown[number].deleted)
