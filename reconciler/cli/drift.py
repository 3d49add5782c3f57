"""`dbt-alerts drift`: what of ours is not as the last apply left it. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.live import observe_owned
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from reconciler.model.drift import Drift

__all__ = ["command"]


@click.command("drift")
@options.paths()
@options.account()
@options.as_json()
@click.option("--markdown", is_flag=True, default=False, help="Print Markdown, as for an issue or a job's summary.")
@click.option("--detailed-exitcode", is_flag=True, default=False, help="Exit 2 when there is drift to act on.")
@options.live()
def command(
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    as_json: bool,
    markdown: bool,
    detailed_exitcode: bool,
    live: Path | None,
) -> int:
    """Show what of ours is not as the last apply left it: webhooks that are off, alerts that are gone.

    PATH is a folder or file of the policy; without any it is policies/. Nothing is written, anywhere, and nothing is
    said of what is not ours. `ignore_drift` in the policy silences what is known.
    """
    if as_json and markdown:
        raise UsageError("--json and --markdown are two forms of one output: choose one")
    policy = load_policy(options.default_paths(paths), account=account)
    with observe_owned(policy, live) as (observed, store):
        from reconciler.reconcile import look_for_drift  # noqa: PLC0415 - loaded while dbt Cloud answers

        drift = look_for_drift(
            policy=policy,
            observer=observed.observer,
            ledgers=store,
            run=run_info(from_snapshot=live is not None),
        )
    code = ExitCode.DIFFERENCES if detailed_exitcode and drift.drifted else ExitCode.SUCCESS
    _show(drift, code, as_json=as_json, markdown=markdown)
    return code


def _show(drift: Drift, code: ExitCode, *, as_json: bool, markdown: bool) -> None:
    if as_json:
        from reconciler.render.drift.document import drift_document  # noqa: PLC0415 - each format loads what it needs

        print_json({"result": code.word, "exit_code": int(code), **drift_document(drift)})
    elif markdown:
        from reconciler.render.drift.markdown import drift_markdown  # noqa: PLC0415

        click.echo(drift_markdown(drift), nl=False)
    else:
        from reconciler.render.drift.text import drift_lines  # noqa: PLC0415

        print_lines(drift_lines(drift, width=width()))
