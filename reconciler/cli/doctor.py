"""`dbt-alerts doctor`: is everything in place that plan and apply need? Reads only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.console import Progress, print_json, print_lines
from reconciler.cli.live import open_account_client
from reconciler.cli.places import ledger_store, sink_factory
from reconciler.cli.session import load_policy_in_part
from reconciler.cloud import Reader
from reconciler.cloud.probe import Probe
from reconciler.doctor import Patient, examine
from reconciler.errors import ExitCode
from reconciler.model.checkup import Check, Verdict
from reconciler.model.ledger import Ledger
from reconciler.render.checkup import check_lines, checkup_document, verdict_line

__all__ = ["command"]


@click.command("doctor")
@options.paths()
@options.account()
@options.as_json()
def command(*, paths: tuple[Path, ...], account: Path | None, as_json: bool) -> int:
    """Check token, permissions, host, clock, people, Slack linker, sinks and ledger, each with its next step.

    PATH is a folder or file of the policy; without any it is policies/. Nothing is written, and no program is run.
    """
    policy = load_policy_in_part(options.default_paths(paths), account=account)
    progress = Progress()
    found: list[Check] = []
    with open_account_client(policy, progress=progress) as (client, target):
        asked = Ledger(host=client.origin.authority, account_id=target.account_id, manager=policy.manager)
        patient = Patient(
            policy=policy,
            host=client.origin.authority,
            account_id=target.account_id,
            probe=Probe(client, target.account_id),
            read=Reader(client, target.account_id).inventory,
            ledgers=partial(ledger_store, policy, target.host, os.environ, writing=True),
            sinks=sink_factory(asked, os.environ),
            environ=os.environ,
            clock=lambda: datetime.now(UTC),
        )
        for check in examine(patient):
            found.append(check)
            if not as_json:
                print_lines(check_lines(check))
    return _ended(found, as_json=as_json)


def _ended(found: list[Check], *, as_json: bool) -> ExitCode:
    failed = any(check.verdict is Verdict.FAILED for check in found)
    code = ExitCode.FAILURE if failed else ExitCode.SUCCESS
    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **checkup_document(found)})
    else:
        print_lines([verdict_line(found)])
    return code
