"""`dbt-alerts test`: does the policy tell whom its tests expect? Offline, unless a snapshot is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.saving import save_text
from reconciler.cli.session import load_policy_with_days
from reconciler.errors import ExitCode, PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.inventory import Inventory
    from reconciler.model.policy import Policy
    from reconciler.plan.survey import Survey
    from reconciler.policy.policy_tests.read import PolicyTests
    from reconciler.views.expectations.judge import Verdict

__all__ = ["command"]


@click.command("test")
@options.paths()
@options.account()
@options.live(note="; without it tests are about the jobs that they make up")
@options.as_json()
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the results as JUnit XML."
)
def command(
    *, paths: tuple[Path, ...], account: Path | None, live: Path | None, as_json: bool, junit: Path | None
) -> int:
    """Run the policy's tests: given this job, this outcome and this time, these channels are told, and nobody else.

    PATH is a folder or file of the policy, whose tests lie in its folders `tests`; or such a folder or file of tests;
    without any it is policies/. Nothing is asked of dbt Cloud and nothing is sent.
    """
    from reconciler.policy.policy_tests.find import locate_tests  # noqa: PLC0415
    from reconciler.policy.policy_tests.read import read_tests  # noqa: PLC0415 - keeps `--help` fast

    found = locate_tests(options.default_paths(paths))
    if found.problems:
        raise PolicyError(found.problems, what="the policy's tests")
    policy = load_policy_with_days(found.policy, account=account)
    verdicts = _judged(read_tests(found.tests, policy, beside=found.beside), policy, live)
    code = _exit_code(verdicts, named=bool(paths))
    if junit is not None:
        _write_junit(verdicts, junit, zone=policy.timezone)
    _show(verdicts, code, zone=policy.timezone, as_json=as_json)
    return code


def _judged(tests: PolicyTests, policy: Policy, live: Path | None) -> tuple[Verdict, ...]:
    """Return the verdicts in the order of files. Raises PolicyError for tests about jobs that are not there."""
    from reconciler.plan.survey import Survey  # noqa: PLC0415
    from reconciler.routing.route import Router  # noqa: PLC0415
    from reconciler.views.expectations.jobs import placed_tests  # noqa: PLC0415
    from reconciler.views.expectations.judge import judge  # noqa: PLC0415

    inventory = _inventory(tests, policy, live)
    places, problems = placed_tests(tests.tests, inventory)
    if problems:
        raise PolicyError(problems, what="the policy's tests")
    survey, router = Survey(policy, inventory), Router(policy)
    _refuse_conflicts(survey)
    return tuple(judge(test, places[test.at], survey, router=router) for test in tests.tests)


def _refuse_conflicts(survey: Survey) -> None:
    """Refuse rules that contradict each other, as `plan` does: no rule speaks for their jobs."""
    from reconciler.routing.rules import conflict_problems  # noqa: PLC0415

    conflicts = conflict_problems(survey.ownership.conflicts)
    if conflicts:
        raise PolicyError(conflicts)


def _inventory(tests: PolicyTests, policy: Policy, live: Path | None) -> Inventory:
    if live is not None:
        from reconciler.cli.live import observe  # noqa: PLC0415 - offline tests load no client

        with observe(policy, live) as observed:
            return observed.observer.inventory()
    from reconciler.views.expectations.jobs import made_up  # noqa: PLC0415

    return made_up(tests.jobs)


def _exit_code(verdicts: Sequence[Verdict], *, named: bool) -> ExitCode:
    """Return 3 for a failed test; for no test at all where somebody named a path: they meant some."""
    failed = any(not each.passed for each in verdicts)
    return ExitCode.POLICY if failed or (named and not verdicts) else ExitCode.SUCCESS


def _write_junit(verdicts: Sequence[Verdict], path: Path, *, zone: str) -> None:
    from reconciler.render.junit import junit_text  # noqa: PLC0415
    from reconciler.render.policy_tests import check_cases  # noqa: PLC0415

    text = junit_text(check_cases(verdicts, zone=zone), name="dbt-alerts test")
    save_text(path, [text], what="the results", option="--junit")


def _show(verdicts: Sequence[Verdict], code: ExitCode, *, zone: str, as_json: bool) -> None:
    from reconciler.render.policy_tests import verdict_document, verdict_lines  # noqa: PLC0415

    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **verdict_document(verdicts, zone=zone)})
    elif not verdicts:
        click.echo("No tests: write some in a folder `tests` of the policy, such as policies/tests/nights.yml.")
    else:
        print_lines(verdict_lines(verdicts, zone=zone, width=width()))
