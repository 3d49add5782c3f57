"""`dbt-alerts apply`: plan again, hold a saved plan against that, and write."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import Progress, print_json, print_lines, width
from reconciler.cli.expect import expect_digests
from reconciler.cli.live import open_live
from reconciler.cli.places import ledger_store, sink_factory
from reconciler.cli.plan_file import read_plan
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import ExitCode, Refused, worst
from reconciler.plan.document import plan_document
from reconciler.plan.intent import Intent
from reconciler.reconcile import apply_changes, plan_changes
from reconciler.render.report import report_document, report_lines, saved_document, saved_line
from reconciler.render.terminal import plan_lines

if TYPE_CHECKING:
    from reconciler.plan.saved import SavedPlan
    from reconciler.reconcile import Applied, Planned

__all__ = ["command"]


@click.command("apply")
@options.paths()
@options.account()
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Apply a saved plan."
)
@click.option(
    "--expect",
    multiple=True,
    metavar="DIGEST",
    help="Refuse unless the saved plan, or today's policy, has this digest; its first 12 characters may do. "
    "Give it twice to hold both.",
)
@click.option("--additions-only", is_flag=True, default=False, help="Remove, switch off, narrow and re-arm nothing.")
@options.repair_drift()
@options.allow()
@options.as_json()
@click.option("--yes", is_flag=True, default=False, help="Do not ask, even on a terminal.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    plan_file: Path | None,
    expect: tuple[str, ...],
    additions_only: bool,
    repair_drift: bool,
    allow: tuple[str, ...],
    as_json: bool,
    yes: bool,
) -> int:
    """Make dbt Cloud what the policy says: additions first, each verified, then removals.

    PATH is a folder or file of the policy; without any it is policies/. On a terminal it shows the plan and asks;
    without one it does not ask.
    """
    saved = read_plan(plan_file) if plan_file is not None else None
    intent = Intent(
        repair_drift=repair_drift,
        additions_only=additions_only,
        allow=options.parse_allow(allow),
        saved=saved,
    )
    policy = load_policy(options.default_paths(paths), account=account)
    saved_digest = {} if saved is None else {"the saved plan": saved.digest}
    expect_digests(expect, {**saved_digest, "today's policy": policy.digest})
    run = run_info()
    progress = Progress()
    with open_live(policy, progress=progress) as live, _between_writes() as stop:
        ledgers = ledger_store(policy, live.host, os.environ, writing=True)
        planned = plan_changes(policy=policy, observer=live.observer, ledgers=ledgers, intent=intent, run=run)
        progress.done()
        if not as_json:
            print_lines(plan_lines(planned.plan, width=width()))
            if saved is not None:
                click.echo(saved_line(saved, planned.plan))
        if not (as_json or yes):
            _confirm(planned)
        applied = apply_changes(
            planned=planned,
            reader=live.reader,
            writer=live.writer,
            ledgers=ledgers,
            sinks=sink_factory(planned.ledger, os.environ),
            intent=intent,
            run=run,
            saved=saved,
            progress=lambda step: progress(f"{step.phase} {step.done}/{step.total}: {step.what}"),
            stop=stop,
        )
        progress.done()
    return _show(applied, saved, as_json=as_json)


def _confirm(planned: Planned) -> None:
    """Ask on a terminal; a pipe or CI has nobody to ask and was reviewed before."""
    asks = planned.plan.differs and not planned.plan.refused and sys.stdin.isatty() and sys.stdout.isatty()
    if asks and not click.confirm("\nApply this?"):
        raise Refused("you said no; nothing was written")


@contextmanager
def _between_writes() -> Generator[Callable[[], bool]]:
    """Turn Ctrl-C and TERM into a question that apply asks between two writes; a second Ctrl-C ends it at once."""
    asked: list[int] = []

    def remember(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        click.echo("\nStopping after the write in hand; press Ctrl-C again to stop at once.", err=True)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(applied: Applied, saved: SavedPlan | None, *, as_json: bool) -> ExitCode:
    code = worst([applied.report.exit_code])
    if as_json:
        shown = {
            "saved_plan": None if saved is None else saved_document(saved),
            "plan": plan_document(applied.plan),
            **report_document(applied.report, unreviewed=applied.deferred),
        }
        print_json({"result": code.word, "exit_code": int(code), **shown})
    else:
        print_lines(report_lines(applied.report, unreviewed=applied.deferred, names=applied.plan.names))
    return code
