"""`dbt-alerts ledger rebuild`: restore a lost ledger from what policy and live both have. Writes the ledger only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.apply.rebuild import Rebuilt, rebuilt
from reconciler.apply.telling import told_lines
from reconciler.cli import options
from reconciler.cli.console import print_json
from reconciler.cli.live import observe_owned
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import Refused
from reconciler.escape import terminal
from reconciler.model.actions import AdoptEdge, AdoptModels, AdoptSubscription
from reconciler.model.ledger import LedgerWrite
from reconciler.plan.intent import Intent
from reconciler.reconcile import plan_changes

if TYPE_CHECKING:
    from reconciler.model.ledger import Ledger
    from reconciler.model.plan import Names
    from reconciler.reconcile import RunInfo

__all__ = ["rebuild"]


@click.command("rebuild", short_help="Restore a lost one from what policy and live both have.")
@options.paths()
@options.account()
@click.option(
    "--merge", is_flag=True, default=False, help="Add to a ledger that is not empty; nothing in it is dropped."
)
@click.option("--dry-run", is_flag=True, default=False, help="Show what would be claimed, and write nothing.")
@options.as_json()
def rebuild(*, paths: tuple[Path, ...], account: Path | None, merge: bool, dry_run: bool, as_json: bool) -> None:
    """Claim what the policy wants and dbt Cloud already has, as after losing the ledger. dbt Cloud is not written.

    PATH is a folder or file of the policy; without any it is policies/. Every claim says that it was there before us;
    webhooks with our mark are claimed, their secrets unknown. What only one of both has stays unclaimed. Other managers
    who lost theirs with it must rebuild too, before anybody removes: until then nobody knows what they own.
    """
    policy = load_policy(options.default_paths(paths), account=account)
    run = run_info()
    with observe_owned(policy, None, writing=True) as (observed, store):
        planned = plan_changes(policy=policy, observer=observed.observer, ledgers=store, intent=Intent(), run=run)
        _refuse_filled(planned.ledger, merge=merge)
        found = rebuilt(planned.plan, planned.ledger)
        saved = planned.ledger
        if found.ledger != planned.ledger and not dry_run:
            write = _write(found, run, planned.plan.names)
            with store.hold(planned.ledger, write=write):
                saved = store.save(found.ledger, expected_generation=planned.ledger.generation, write=write)
    if not as_json:
        for line in told_lines(found.adopted, planned.plan.names):
            click.echo(terminal(f"  {line}"))
    _show(found, saved, unseen=planned.inventory.webhooks_hidden, as_json=as_json, claimed=_claimed(dry_run=dry_run))


def _refuse_filled(ledger: Ledger, *, merge: bool) -> None:
    if not ledger.empty and not merge:
        raise Refused(
            f"the ledger is not empty: it is at generation {ledger.generation}; nothing was written",
            next_step="see `dbt-alerts ledger show`; --merge adds what is missing and drops nothing",
        )


def _write(found: Rebuilt, run: RunInfo, names: Names) -> LedgerWrite:
    what = f"rebuilt: {len(found.adopted)} claim(s) from policy and live"
    lines = told_lines(found.adopted, names)
    return LedgerWrite(
        at=run.now.isoformat(timespec="seconds"),
        actor=run.actor,
        commit=run.commit,
        plan_digest="",
        what=what,
        lines=lines,
    )


def _claimed(*, dry_run: bool) -> str:
    return "Would claim" if dry_run else "Claimed"


def _show(found: Rebuilt, saved: Ledger, *, unseen: bool, as_json: bool, claimed: str) -> None:
    edges = sum(isinstance(each, AdoptEdge) for each in found.adopted)
    webhooks = sum(isinstance(each, AdoptSubscription) for each in found.adopted)
    models = sum(isinstance(each, AdoptModels) for each in found.adopted)
    counts = {"edges": edges, "webhooks": webhooks, "model_outcomes": models, "generation": saved.generation}
    if as_json:
        print_json({"result": "success", "exit_code": 0, **counts, "left": len(found.left), "webhooks_unseen": unseen})
        return
    found_there = f"{edges} edge(s), {webhooks} webhook(s) and {models} outcome(s) of models"
    click.echo(f"{claimed} {found_there}; the ledger is at generation {saved.generation}.")
    if unseen:
        click.echo("This token may not read webhooks: none was looked at; run it again with one that may, and --merge.")
    if found.left:
        click.echo(f"{len(found.left)} difference(s) are left for `dbt-alerts plan` and `apply`.")
