"""`dbt-alerts rotate`: a webhook gets another secret, and at no moment nobody is told."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.apply.keeper import Keeper
from reconciler.apply.rotate import RotateOptions, Rotation
from reconciler.apply.verify_delivery import Patience
from reconciler.apply.writers import Taking
from reconciler.cli import options
from reconciler.cli.console import Progress, print_json, print_lines
from reconciler.cli.live import open_account_client
from reconciler.cli.places import ledger_store, sink_factory
from reconciler.cli.session import load_policy, run_info
from reconciler.cloud import Reader, Writer
from reconciler.cloud.deliveries import Deliveries
from reconciler.errors import Refused, UsageError
from reconciler.model.ledger import LedgerWrite
from reconciler.model.marker import Marker
from reconciler.render.rotation import rotation_document, rotation_lines

if TYPE_CHECKING:
    from reconciler.apply.ports import Sink
    from reconciler.http import Client
    from reconciler.model.ledger import Ledger
    from reconciler.model.policy import Policy, WebhookRule
    from reconciler.model.rotation import RotationReport
    from reconciler.policy.account import Target

__all__ = ["command"]


@click.command("rotate")
@click.argument("key", metavar="TEAM/NAME")
@options.paths()
@options.account()
@click.option("--leaked", is_flag=True, default=False, help="Take the old secret out of the sink at once.")
@click.option(
    "--wait",
    type=click.FloatRange(min=1, max=600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the receiver may take to accept a test delivery.",
)
@options.as_json()
@click.option("--yes", is_flag=True, default=False, help="Do not ask, even on a terminal.")
def command(
    *, key: str, paths: tuple[Path, ...], account: Path | None, leaked: bool, wait: float, as_json: bool, yes: bool
) -> int:
    """Give the webhook TEAM/NAME another secret without a gap, or finish a rotation that did not end.

    A second webhook with the same settings is made, its secret is put into the sink beside the old one, and a test
    delivery must be accepted before the old webhook is switched off. PATH is a folder or file of the policy.
    """
    policy = load_policy(options.default_paths(paths), account=account)
    rule = _rule(policy, key)
    _confirm(key, asks=not (as_json or yes))
    progress = Progress()
    with open_account_client(policy, progress=progress) as (client, target):
        progress(f"rotating {key}")
        report = _rotate(policy, rule, client, target, leaked=leaked, wait=wait)
    progress.done()
    if as_json:
        print_json(rotation_document(report))
    else:
        print_lines(rotation_lines(report))
    return report.exit_code


def _rule(policy: Policy, key: str) -> WebhookRule:
    found = {rule.key: rule for rule in policy.webhooks}
    if key not in found:
        names = ", ".join(sorted(found)) or "none"
        raise UsageError(
            f"the policy has no webhook {key}; it has: {names}",
            next_step="name one of these; a webhook that the policy dropped is for `dbt-alerts purge`",
        )
    return found[key]


def _sink(rule: WebhookRule, ledger: Ledger) -> Sink:
    if rule.secret_sink is None:
        raise Refused(
            f"{rule.at}: webhook {rule.key} has no secret_sink: its new secret would have no place to go",
            next_step="give it a secret_sink; its receiver must read it from there",
        )
    return sink_factory(ledger, os.environ)(rule.secret_sink, rule.key)


def _confirm(key: str, *, asks: bool) -> None:
    if asks and sys.stdin.isatty() and sys.stdout.isatty() and not click.confirm(f"Rotate the secret of {key}?"):
        raise Refused("you said no; nothing was written")


def _rotate(
    policy: Policy, rule: WebhookRule, client: Client, target: Target, *, leaked: bool, wait: float
) -> RotationReport:
    store = ledger_store(policy, target.host, os.environ, writing=True)
    ledger = store.load(client.origin.authority, target.account_id, policy.manager)
    sink = _sink(rule, ledger)
    run = run_info()
    write = LedgerWrite(
        at=run.now.isoformat(), actor=run.actor, commit=run.commit, plan_digest="", what=f"rotate {rule.key}"
    )
    with store.hold(ledger, write=write):
        return Rotation(
            key=rule.key,
            marker=Marker(manager=policy.manager, team=rule.team, name=rule.name),
            reader=Reader(client, target.account_id),
            writer=Taking(Writer(client, target.account_id)),
            tester=Deliveries(client, target.account_id),
            sink=sink,
            keeper=Keeper(store=store, ledger=ledger, clock=_now, actor=run.actor, commit=run.commit),
            patience=Patience(seconds=wait, clock=time.monotonic, sleep=time.sleep),
            now=_now,
            options=RotateOptions(active=rule.active, leaked=leaked),
        ).run()


def _now() -> datetime:
    return datetime.now(UTC)
