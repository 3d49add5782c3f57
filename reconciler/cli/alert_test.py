"""`dbt-alerts alert-test`: prove that people can be told, and keep the evidence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.cli.console import print_json
from reconciler.cli.ledger_place import account_place
from reconciler.cli.session import load_policy_with_days, run_info
from reconciler.errors import ExitCode, UsageError
from reconciler.model.evidence import Stage

if TYPE_CHECKING:
    from reconciler.drill.bench import Bench
    from reconciler.drill.keeping import EvidenceStore
    from reconciler.drill.routes import Chosen
    from reconciler.model.evidence import Evidence, Tested
    from reconciler.model.policy import Policy

__all__ = ["command"]

_FORMS: Final = ("text", "markdown", "junit", "json")


@click.command("alert-test")
@click.argument("words", metavar="[STAGE…|confirm CODE|verify] [PATH…]", nargs=-1)
@click.option(
    "--only", multiple=True, type=click.Choice([str(each) for each in Stage]), help="Only this stage, and those named."
)
@click.option("--team", "teams", multiple=True, metavar="TEAM", help="Only routes that this team uses.")
@click.option("--tier", "tiers", multiple=True, metavar="TIER", help="Only routes of this tier.")
@click.option("--channel", "channels", multiple=True, metavar="CHANNEL", help="Only this channel.")
@click.option("--page", is_flag=True, help="Let channels that wake people ring; name the tiers with --tier.")
@click.option("--third-party", is_flag=True, help="Call webhooks that are not ours too: somebody there may be paged.")
@click.option("--dry-run", is_flag=True, help="Show exactly what would go to whom, and do nothing.")
@click.option(
    "--wait",
    type=click.FloatRange(min=1, max=3600),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How long a receipt or the canary's run may take.",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Your own templates; else `templates/` beside the policy's folder.",
)
@click.option("--format", "form", type=click.Choice(_FORMS), default="text", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the report there."
)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a page as well.")
@click.option("--write-edits", is_flag=True, help="Write the edits that the contacts ask for into the policy's files.")
@options.as_json()
@options.account()
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    words: tuple[str, ...],
    only: tuple[str, ...],
    teams: tuple[str, ...],
    tiers: tuple[str, ...],
    channels: tuple[str, ...],
    page: bool,
    third_party: bool,
    dry_run: bool,
    wait: float,
    templates: Path | None,
    form: str,
    output: Path | None,
    html: Path | None,
    write_edits: bool,
    as_json: bool,
    account: Path | None,
) -> int:
    """Send test alerts through every declared route, read them back, and keep the evidence.

    Stages: contacts, render, deliver, webhooks, canary; all of them unless some are named. `confirm CODE` proves a
    message whose code somebody gives back, `verify` checks the chain of evidence (6 where there is none). PATH is a
    folder or file of the policy; without any it is policies/. Nothing that wakes people rings without --page and
    --tier. Exit 6 if anything failed, or if nothing was selected.
    """
    from reconciler.drill.routes import Chosen  # noqa: PLC0415 - keeps `--help` fast

    asked = _Words(words, only)
    policy = load_policy_with_days(options.default_paths(asked.paths), account=account)
    form = "json" if as_json else form
    if asked.verb == "verify":
        return _verify(policy, form)
    if asked.verb == "confirm":
        return _confirm(policy, asked.code, channels, form)
    if page and not tiers:
        raise UsageError("--page lets phones ring: whose?", next_step="name the tiers: `--page --tier critical`")
    wanted = Chosen(teams=frozenset(teams), tiers=frozenset(tiers), channels=frozenset(channels), page=page)
    _known(policy, wanted)
    from reconciler.cli.alert_test_bench import open_bench  # noqa: PLC0415
    from reconciler.drill.routes import chosen, routes_of  # noqa: PLC0415

    _can_be_written(output, html)
    every = routes_of(policy)
    unused = _unused(policy, {each.channel for each in every}, wanted)
    store = None if dry_run else _store(policy, writing=True)
    with open_bench(
        policy,
        paths=options.default_paths(asked.paths),
        templates=templates,
        routes=chosen(every, wanted),
        stages=asked.stages,
        third_party=third_party,
        patience=wait,
    ) as bench:
        bench.notebook.skipped.extend(f"{name}: nothing in the policy uses it" for name in unused)
        if store is None:
            return _dry(bench, asked.stages, wanted, form)
        tested = _tested(bench, asked.stages, wanted, store, quiet=form != "text" or output is not None)
    return _told(tested, bench, form=form, output=output, html=html, write_edits=write_edits)


class _Words:
    """The command line's words: stages, then paths; or one of the two other things that can be asked."""

    def __init__(self, words: Sequence[str], only: Sequence[str]) -> None:
        stages = {str(each) for each in Stage}
        self.verb = words[0] if words and words[0] in {"confirm", "verify"} else ""
        rest = list(words[1:] if self.verb else words)
        self.code = rest.pop(0) if self.verb == "confirm" and rest else ""
        named: list[str] = [] if self.verb else [each for each in rest if each in stages]
        self.stages = tuple(each for each in Stage if str(each) in {*named, *only}) or tuple(Stage)
        self.paths = tuple(Path(each) for each in rest if each not in named)
        missing = next((path for path in self.paths if not path.exists()), None)
        if missing is not None:
            raise UsageError(f"{missing} is neither a stage nor a file", next_step=f"stages: {', '.join(Stage)}")
        if self.verb == "confirm" and not self.code:
            raise UsageError(
                "confirm which code?", next_step="the one in a test message, or the id of the canary's run"
            )


def _known(policy: Policy, wanted: Chosen) -> None:
    """Refuse names that the policy does not have: they would choose nothing, and nothing proves nothing."""
    for what, given, known in (
        ("team", wanted.teams, {*policy.teams, *(rule.team for rule in (*policy.jobs, *policy.notifications))}),
        ("tier", wanted.tiers, set(policy.tiers)),
        ("channel", wanted.channels, set(policy.channels)),
    ):
        for name in sorted(given - known):
            raise UsageError(
                f"the policy has no {what} {name}", next_step=f"it has: {', '.join(sorted(known)) or 'none'}"
            )


def _can_be_written(*files: Path | None) -> None:
    """Refuse a report's place before anybody is written to: what was sent and cannot be told is worth little."""
    for file in files:
        if file is not None and not os.access(file if file.exists() else file.parent, os.W_OK):
            raise UsageError(f"{file} cannot be written", next_step="name a file in a folder of yours")


def _unused(policy: Policy, used: Collection[str], wanted: Chosen) -> list[str]:
    """Return the declared channels that carry nothing, of those asked for by name, or of all where none was."""
    if wanted.teams or wanted.tiers:
        return []
    return sorted(each for each in policy.channels if each not in used and each in (wanted.channels or policy.channels))


def _store(policy: Policy, *, writing: bool) -> EvidenceStore:
    from reconciler.cli.alert_test_keeping import evidence_store  # noqa: PLC0415

    return evidence_store(policy, account_place(policy), writing=writing)


def _tested(bench: Bench, stages: Sequence[Stage], wanted: Chosen, store: EvidenceStore, *, quiet: bool) -> Tested:
    from reconciler.drill.keeping import Gathering  # noqa: PLC0415
    from reconciler.drill.run import perform  # noqa: PLC0415
    from reconciler.model.evidence import Tested  # noqa: PLC0415
    from reconciler.render.evidence.text import evidence_lines  # noqa: PLC0415

    past = store.read()
    bench.notebook.noted.extend(f"{store} is not as it was written: {each.what}" for each in store.verify()[:3])
    if not quiet:
        click.echo(f"Test {bench.correlation}: {len(bench.routes)} routes, stages {', '.join(stages)}.")
    for line in _ringing(bench, stages, wanted):
        click.echo(line, err=quiet)
    found: list[Evidence] = []
    with Gathering(store, monotonic=bench.monotonic) as kept:
        for each in perform(bench, stages, keep=kept.keep, may_page=wanted.may_page):
            found.append(each)
            if not quiet:
                click.echo("\n".join(evidence_lines(each)))
    return Tested(
        correlation=bench.correlation,
        at=bench.now(),
        stages=tuple(stages),
        evidence=tuple(found),
        history=past,
        skipped=tuple(bench.notebook.skipped),
        noted=tuple(bench.notebook.noted),
    )


def _ringing(bench: Bench, stages: Sequence[Stage], wanted: Chosen) -> Iterator[str]:
    """Say who is about to be woken. Nobody waits for an answer: `--page` and the tiers were the question."""
    from reconciler.escape import terminal  # noqa: PLC0415

    for route in bench.routes if Stage.DELIVER in stages else ():
        if route.relayed and route.pages and wanted.may_page(route):
            owners = f"; of {', '.join(route.owners)}" if route.owners else ""
            yield terminal(f"{route.channel} ({route.kind}) will wake whoever is on call{owners}")


def _told(
    tested: Tested, bench: Bench, *, form: str, output: Path | None, html: Path | None, write_edits: bool
) -> ExitCode:
    from dataclasses import replace  # noqa: PLC0415

    from reconciler.cli.alert_test_edits import mending  # noqa: PLC0415
    from reconciler.cli.alert_test_show import show  # noqa: PLC0415

    mended = mending(bench.notebook.edits)
    tested = replace(tested, patch=mended.patch, skipped=(*tested.skipped, *mended.refused))
    show(tested, form=form, output=output, html=html)
    if write_edits:
        mended.write()
    return tested.exit_code


def _dry(bench: Bench, stages: Sequence[Stage], wanted: Chosen, form: str) -> ExitCode:
    from reconciler.cli.alert_test_show import planned, planned_lines  # noqa: PLC0415

    would = list(planned(bench, stages, may_page=wanted.may_page))
    held = [route.channel for route in bench.routes if not wanted.may_page(route)]
    code = ExitCode.SUCCESS if bench.routes else ExitCode.PARTLY
    if form == "json":
        print_json({"result": code.word, "exit_code": int(code), "would": would, "held": held})
        return code
    for each in would:
        click.echo("\n".join(planned_lines(each)))
    for left in bench.notebook.skipped:
        click.echo(f"left out: {left}")
    for name in held:
        click.echo(f"left out: {name} wakes people: `--page --tier TIER` tests it")
    click.echo("Nothing was sent." if bench.routes else "Nothing is selected, so nothing would be proved.")
    return code


def _confirm(policy: Policy, code: str, channels: tuple[str, ...], form: str) -> ExitCode:
    from reconciler.drill.run import confirmed  # noqa: PLC0415

    store = _store(policy, writing=True)
    proved = confirmed(
        store.read(),
        code,
        channels=channels,
        at=datetime.now(UTC),
        number=partial(secrets.token_hex, 8),
        by=run_info().actor,
    )
    store.append(proved)
    names = [each.route for each in proved]
    if form == "json":
        print_json({"result": ExitCode.SUCCESS.word, "exit_code": 0, "proved": names})
    else:
        click.echo(f"Proved: {', '.join(names)}." if names else "It was proved before.")
    return ExitCode.SUCCESS


def _verify(policy: Policy, form: str) -> ExitCode:
    store = _store(policy, writing=False)
    broken, kept = store.verify(), store.read()
    code = ExitCode.FAILURE if broken else ExitCode.SUCCESS if kept else ExitCode.PARTLY
    last = kept[-1].at.isoformat(timespec="seconds") if kept else None
    if form == "json":
        lines = [{"line": each.line, "what": each.what} for each in broken]
        found = {"broken": lines, "records": len(kept), "last": last, "hash": store.tip()}
        print_json({"result": code.word, "exit_code": int(code), **found})
        return code
    for each in broken:
        click.echo(f"{store}: {each.what}")
    match code:
        case ExitCode.FAILURE:
            click.echo(f"{store} is not as it was written.")
        case ExitCode.PARTLY:
            click.echo(f"{store}: there is nothing to verify. Nothing was tested yet, or what was kept is gone.")
        case _:
            click.echo(f"{store}: every line is as it was written: {len(kept)} records, the last of {last},")
            click.echo(
                f"hash {store.tip()}. That no line is missing at the end, an earlier one's record and hash show."
            )
    return code
