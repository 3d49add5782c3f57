"""`dbt-alerts coverage`: who is named, who is told today, for which jobs nobody, and where to change it. Reads only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.cli.console import json_lines, print_json, print_lines, width
from reconciler.cli.live import observe
from reconciler.cli.saving import save_text
from reconciler.cli.session import load_policy_with_days
from reconciler.errors import ExitCode, PolicyError, UsageError

if TYPE_CHECKING:
    from reconciler.model.coverage import Chosen, Coverage
    from reconciler.model.policy import Policy

__all__ = ["command"]

_FORMATS: Final = ("text", "markdown", "json", "html")


def _a_number(_context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse `nan`: it is in every range, and nothing is under it, so that nothing would ever fail."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number", param=parameter)
    return value


@click.command("coverage")
@options.paths()
@options.account()
@options.live()
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="What to make.")
@options.as_json()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    callback=_a_number,
    metavar="PERCENT",
    help="Exit 3 when failure is covered for fewer jobs, and name those.",
)
@click.option(
    "--in-force",
    is_flag=True,
    default=False,
    help="Let --fail-under judge what is in force today: told by dbt Cloud as it is, or silent on purpose.",
)
@click.option("--team", metavar="TEAM", help="Only the jobs of one team.")
@click.option("--tier", metavar="TIER", help="Only the jobs of one tier; none for those declared silent.")
@click.option("--production", is_flag=True, default=False, help="Only jobs of production environments.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    live: Path | None,
    form: str,
    as_json: bool,
    output: Path | None,
    fail_under: float | None,
    in_force: bool,
    team: str | None,
    tier: str | None,
    production: bool,
) -> int:
    """Show for which jobs the policy names somebody, who is told today, what is silent on purpose, and the gaps.

    PATH is a folder or file of the policy; without any it is policies/. What the policy names and what is told today
    stand side by side: a channel of the relay tells nobody as long as no relay is there. `--format html` makes one
    page that needs nothing else. dbt Cloud is only read.
    """
    from reconciler.model.coverage import Chosen  # noqa: PLC0415 - keeps `--help` fast

    if as_json and form not in {"text", "json"}:
        raise UsageError(f"--json and --format {form} are two forms of one output: choose one")
    if in_force and fail_under is None:
        raise UsageError("--in-force says what --fail-under judges: give both")
    policy = load_policy_with_days(options.default_paths(paths), account=account)
    chosen = Chosen(team=team, tier=tier, production=production)
    _check_chosen(chosen, policy)
    coverage = _covered(policy, live, chosen)
    judged = coverage.in_force if in_force else coverage.whole
    missed = fail_under is not None and judged.under(fail_under)
    code = ExitCode.POLICY if missed else ExitCode.SUCCESS
    _show(coverage, "json" if as_json else form, code, output)
    if missed and fail_under is not None:
        from reconciler.render.coverage.text import floor_lines  # noqa: PLC0415

        print_lines(floor_lines(coverage, fail_under, in_force=in_force), err=True)
    return code


def _check_chosen(chosen: Chosen, policy: Policy) -> None:
    """Refuse a name that the policy does not have: of no jobs everything could be said."""
    teams = {rule.team for rule in policy.jobs}
    for what, name, known in (("team", chosen.team, teams), ("tier", chosen.tier, {*policy.tiers, "none"})):
        if name is not None and name not in known:
            raise UsageError(
                f"--{what} {name}: no {what} of the policy is called so",
                next_step=f"give one of {', '.join(sorted(known)) or 'none: the policy has no `jobs:`'}",
            )


def _covered(policy: Policy, live: Path | None, chosen: Chosen) -> Coverage:
    with observe(policy, live) as observed:
        from reconciler.plan.survey import Survey  # noqa: PLC0415 - loaded while dbt Cloud answers
        from reconciler.routing.rules import conflict_problems  # noqa: PLC0415
        from reconciler.views.coverage.cover import cover  # noqa: PLC0415

        survey = Survey(policy, observed.observer.inventory())
    conflicts = conflict_problems(survey.ownership.conflicts)
    if conflicts:
        raise PolicyError(conflicts)
    return cover(survey, at=datetime.now(UTC), chosen=chosen)


def _show(coverage: Coverage, form: str, code: ExitCode, output: Path | None) -> None:
    if output is not None:
        save_text(output, _MAKERS[form](coverage, code), what="the coverage", option="--output")
    elif form == "text":
        from reconciler.render.coverage.text import coverage_lines  # noqa: PLC0415 - each format loads what it needs

        print_lines(coverage_lines(coverage, width=width()))
    elif form == "json":
        print_json(_document(coverage, code))
    else:
        for part in _MAKERS[form](coverage, code):
            click.echo(part, nl=False)


def _text(coverage: Coverage, _: ExitCode) -> Iterable[str]:
    from reconciler.render.coverage.text import coverage_text  # noqa: PLC0415

    return (coverage_text(coverage),)


def _markdown(coverage: Coverage, _: ExitCode) -> Iterable[str]:
    from reconciler.render.coverage.markdown import coverage_markdown  # noqa: PLC0415

    return (coverage_markdown(coverage),)


def _html(coverage: Coverage, _: ExitCode) -> Iterable[str]:
    from reconciler.render.coverage.page import coverage_page  # noqa: PLC0415

    return (coverage_page(coverage),)


def _json(coverage: Coverage, code: ExitCode) -> Iterator[str]:
    return json_lines(_document(coverage, code))


_MAKERS: Final[dict[str, Callable[[Coverage, ExitCode], Iterable[str]]]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
    "html": _html,
}


def _document(coverage: Coverage, code: ExitCode) -> dict[str, object]:
    from reconciler.render.coverage.document import coverage_document  # noqa: PLC0415

    return {"result": code.word, "exit_code": int(code), **coverage_document(coverage)}
