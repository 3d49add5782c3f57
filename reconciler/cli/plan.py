"""`dbt-alerts plan`: who would start and who would stop being told. Reads only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.live import observe
from reconciler.cli.places import ledger_store
from reconciler.cli.plan_file import saving
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import ExitCode, UsageError, worst

if TYPE_CHECKING:
    from reconciler.cli.live import Observed
    from reconciler.model.plan import Plan
    from reconciler.model.policy import Policy
    from reconciler.reconcile import Planned

__all__ = ["command"]


@click.command("plan")
@options.paths()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Save the plan for apply.")
@options.as_json()
@click.option("--markdown", is_flag=True, default=False, help="Print Markdown, as for a pull request.")
@click.option("--detailed-exitcode", is_flag=True, default=False, help="Exit 2 when there are differences.")
@click.option("--for", "who", metavar="PERSON", help="Only what concerns one person, address or channel.")
@options.live(note="; such a plan is never applied")
@options.repair_drift()
@options.allow()
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
    markdown: bool,
    detailed_exitcode: bool,
    who: str | None,
    live: Path | None,
    repair_drift: bool,
    allow: tuple[str, ...],
) -> int:
    """Show who would start and who would stop being told, and every other difference.

    PATH is a folder or file of the policy; without any it is policies/. Nothing is written, anywhere.
    """
    if as_json and markdown:
        raise UsageError("--json and --markdown are two forms of one output: choose one")
    allowed = options.parse_allow(allow)
    with saving(out) as save:
        policy = load_policy(options.default_paths(paths))
        with observe(policy, live) as observed:
            planned = _planned(
                policy, observed, repair_drift=repair_drift, allow=allowed, from_snapshot=live is not None
            )
        save(planned.plan)
    code = _exit_code(planned.plan, detailed=detailed_exitcode)
    if who is None:
        _show(planned.plan, code, as_json=as_json, markdown=markdown)
    else:
        _show_person(who, policy, planned, code, as_json=as_json, markdown=markdown)
    return code


def _planned(
    policy: Policy, observed: Observed, *, repair_drift: bool, allow: frozenset[str], from_snapshot: bool
) -> Planned:
    """Plan. What that takes is loaded here, while dbt Cloud answers."""
    from reconciler.plan.intent import Intent  # noqa: PLC0415
    from reconciler.reconcile import plan_changes  # noqa: PLC0415

    return plan_changes(
        policy=policy,
        observer=observed.observer,
        ledgers=ledger_store(policy, observed.host, os.environ),
        intent=Intent(repair_drift=repair_drift, allow=allow),
        run=run_info(from_snapshot=from_snapshot),
    )


def _exit_code(plan: Plan, *, detailed: bool) -> ExitCode:
    codes = [ExitCode.REFUSED] if plan.refused else []
    if detailed and plan.differs:
        codes.append(ExitCode.DIFFERENCES)
    return worst(codes)


def _show(plan: Plan, code: ExitCode, *, as_json: bool, markdown: bool) -> None:
    if as_json:
        from reconciler.plan.document import plan_document  # noqa: PLC0415 - each format loads what it needs

        print_json({"result": code.word, "exit_code": int(code), **plan_document(plan)})
    elif markdown:
        from reconciler.render.markdown import plan_markdown  # noqa: PLC0415

        click.echo(plan_markdown(plan), nl=False)
    else:
        from reconciler.render.terminal import plan_lines  # noqa: PLC0415

        print_lines(plan_lines(plan, width=width()))


def _show_person(who: str, policy: Policy, planned: Planned, code: ExitCode, *, as_json: bool, markdown: bool) -> None:
    from reconciler.plan.person import find_person, person_view  # noqa: PLC0415 - most plans are for everybody
    from reconciler.render import person  # noqa: PLC0415

    plan, inventory = planned.plan, planned.inventory
    found = find_person(who, policy=policy, inventory=inventory)
    view = person_view(found, plan=plan, inventory=inventory, ledger=planned.ledger, others=planned.others)
    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **person.person_document(view, plan)})
    elif markdown:
        click.echo(person.person_markdown(view, plan), nl=False)
    else:
        print_lines(person.person_lines(view, plan, width=width()))
