"""`dbt-alerts purge`: destroy webhooks of ours that were switched off for good. Recipients are never deleted."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.apply.keeper import Keeper
from reconciler.apply.live_webhooks import listed
from reconciler.apply.purge import PurgeOptions, judged, purge, tombstones
from reconciler.apply.writers import Taking
from reconciler.cli import options
from reconciler.cli.console import Progress, print_json, print_lines
from reconciler.cli.live import open_account_client
from reconciler.cli.places import ledger_store, sink_factory
from reconciler.cli.session import load_policy, run_info
from reconciler.cloud import Reader, Writer
from reconciler.errors import Refused, UsageError
from reconciler.model.ledger import LedgerWrite
from reconciler.model.purge import PurgeState
from reconciler.render.purge import purge_document, purge_lines

if TYPE_CHECKING:
    from reconciler.apply.ports import LedgerStore, Sink
    from reconciler.model.ledger import Ledger
    from reconciler.model.policy import Policy
    from reconciler.model.purge import PurgeReport

__all__ = ["command"]

_AGE: Final = re.compile(r"([0-9]{1,5})d")


@click.command("purge")
@options.paths()
@options.account()
@click.option("--key", "keys", multiple=True, metavar="TEAM/NAME", help="Only this webhook; may be given again.")
@click.option(
    "--older-than",
    default="7d",
    show_default=True,
    metavar="DAYS",
    help="Only what has been off for so long, like 30d.",
)
@options.as_json()
@click.option("--yes", is_flag=True, default=False, help="Do not ask; needed where there is no terminal.")
def command(
    *, paths: tuple[Path, ...], account: Path | None, keys: tuple[str, ...], older_than: str, as_json: bool, yes: bool
) -> int:
    """Delete webhooks that the policy dropped or a rotation replaced, and take replaced secrets out of their sinks.

    PATH is a folder or file of the policy; without any it is policies/. Each webhook is read again before it goes: one
    that is on, lost our mark, or that the policy names again stays. Notifications and their recipients are not touched.
    """
    age = _age(older_than)
    policy = load_policy(options.default_paths(paths), account=account)
    progress = Progress()
    with open_account_client(policy, progress=progress) as (client, target):
        store = ledger_store(policy, target.host, os.environ, writing=True)
        ledger = store.load(client.origin.authority, target.account_id, policy.manager)
        _refuse_unknown(keys, ledger)
        reader = Reader(client, target.account_id)
        chosen = PurgeOptions(
            older_than=age,
            now=datetime.now(UTC),
            keys=frozenset(keys),
            wanted=frozenset(rule.key for rule in policy.webhooks),
        )
        report = judged(ledger, {each.id: each for each in listed(reader)}, chosen)
        if report.of(PurgeState.READY, PurgeState.GONE):
            if not as_json:
                print_lines(purge_lines(report))
            _consent(report, yes=yes, as_json=as_json)
            writer = Taking(Writer(client, target.account_id))
            sinks = _sinks(policy, ledger)
            report = _held(
                store,
                ledger,
                lambda keeper: purge(
                    report, reader=reader, writer=writer, keeper=keeper, sink_of=sinks, options=chosen
                ),
            )
    _show(report, as_json=as_json)
    return report.exit_code


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise UsageError(f"--older-than {text}: write a number of days, like 30d")
    return timedelta(days=int(found[1]))


def _refuse_unknown(keys: tuple[str, ...], ledger: Ledger) -> None:
    known = {each.key for each in tombstones(ledger)}
    strange = sorted(set(keys) - known)
    if strange:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(
            f"nothing of {', '.join(strange)} was switched off for good; what was: {names}",
            next_step="name one of these; `dbt-alerts ledger show` has every webhook of ours",
        )


def _consent(report: PurgeReport, *, yes: bool, as_json: bool) -> None:
    """Ask on a terminal. Nobody reviewed this, so a pipe or CI has to say `--yes`."""
    ready = len(report.of(PurgeState.READY))
    if yes or not ready:
        return
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(f"{ready} webhook(s) would be deleted; nothing was written", next_step="look, then give --yes")
    if not click.confirm(f"\nDelete {ready} webhook(s) for good?"):
        raise Refused("you said no; nothing was written")


def _held(store: LedgerStore, ledger: Ledger, work: Callable[[Keeper], PurgeReport]) -> PurgeReport:
    run = run_info()
    write = LedgerWrite(at=run.now.isoformat(), actor=run.actor, commit=run.commit, plan_digest="", what="purge")
    with store.hold(ledger, write=write):
        return work(
            Keeper(store=store, ledger=ledger, clock=lambda: datetime.now(UTC), actor=run.actor, commit=run.commit)
        )


def _sinks(policy: Policy, ledger: Ledger) -> Callable[[str], Sink | None]:
    """Open the sink that the policy gives a webhook now; none for a webhook that it does not name."""
    given = {rule.key: rule.secret_sink for rule in policy.webhooks}
    factory = sink_factory(ledger, os.environ)

    def opened(key: str) -> Sink | None:
        sink = given.get(key)
        return factory(sink, key) if sink is not None else None

    return opened


def _show(report: PurgeReport, *, as_json: bool) -> None:
    if as_json:
        print_json(purge_document(report))
    else:
        print_lines(purge_lines(report))
