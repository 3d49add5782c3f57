"""`dbt-alerts plan`: who would start and who would stop being told. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.live import observe_owned
from reconciler.cli.plan_file import saving
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import ExitCode, UsageError, worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Plan
    from reconciler.model.policy import Policy
    from reconciler.plan.person import PersonView
    from reconciler.reconcile import Planned

__all__ = ["command"]


@click.command("plan")
@options.paths()
@options.account()
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
    account: Path | None,
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
        policy = load_policy(options.default_paths(paths), account=account)
        plan, view = _planned(policy, live, who, repair_drift=repair_drift, allow=allowed)
        digest = save(plan)
    code = _exit_code(plan, detailed=detailed_exitcode)
    if view is None:
        _show(plan, code, as_json=as_json, markdown=markdown)
    else:
        _show_person(view, plan, code, as_json=as_json, markdown=markdown)
    if out is not None and not as_json:
        other = ("--account", str(account)) if account is not None else ()
        again = (*map(str, paths), *other, *(("--repair-drift",) if repair_drift else ()), *_allowing(allow))
        _show_saved(plan, out, digest, again, markdown=markdown)
    return code


def _planned(
    policy: Policy, live: Path | None, who: str | None, *, repair_drift: bool, allow: frozenset[str]
) -> tuple[Plan, PersonView | None]:
    """Plan, and look for one person in it. Live and the ledger are let go: large plans are printed without them.

    What planning takes is loaded here, while dbt Cloud answers.
    """
    with observe_owned(policy, live) as (observed, store):
        from reconciler.plan.intent import Intent  # noqa: PLC0415
        from reconciler.reconcile import plan_changes  # noqa: PLC0415

        planned = plan_changes(
            policy=policy,
            observer=observed.observer,
            ledgers=store,
            intent=Intent(repair_drift=repair_drift, allow=allow),
            run=run_info(from_snapshot=live is not None),
        )
    return planned.plan, None if who is None else _view(who, policy, planned)


def _view(who: str, policy: Policy, planned: Planned) -> PersonView:
    from reconciler.plan.person import find_person, person_view  # noqa: PLC0415 - most plans are for everybody

    plan, inventory = planned.plan, planned.inventory
    found = find_person(who, policy=policy, inventory=inventory)
    return person_view(found, plan=plan, inventory=inventory, ledger=planned.ledger, others=planned.others)


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


def _allowing(allow: tuple[str, ...]) -> Iterable[str]:
    return (word for value in allow for word in ("--allow", value))


def _show_saved(plan: Plan, out: Path, digest: str, again: tuple[str, ...], *, markdown: bool) -> None:
    from reconciler.render.saved_file import apply_words, saved_markdown, saved_text  # noqa: PLC0415

    file = str(out)
    words = apply_words(file, digest, options=again)
    click.echo(f"\n{(saved_markdown if markdown else saved_text)(plan, file, words)}", nl=not markdown)


def _show_person(view: PersonView, plan: Plan, code: ExitCode, *, as_json: bool, markdown: bool) -> None:
    from reconciler.render import person  # noqa: PLC0415 - each format loads what it needs

    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **person.person_document(view, plan)})
    elif markdown:
        click.echo(person.person_markdown(view, plan), nl=False)
    else:
        print_lines(person.person_lines(view, plan, width=width()))
