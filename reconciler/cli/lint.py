"""`dbt-alerts lint`: judge the policy by the organisation's rules. Without network, unless live is asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.cli.lint_fix import Mended, mend
from reconciler.cli.lint_look import Asked, Files, Seen, load_files, look
from reconciler.cli.lint_show import Wanted, show
from reconciler.errors import AlertsError, ExitCode, UsageError
from reconciler.escape import terminal
from reconciler.lint.own import OWN_RULES
from reconciler.lint.registry import LATER, RULES
from reconciler.lint.report import Selection
from reconciler.model.evidence import Trail
from reconciler.model.lint import LintLevel

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.inventory import Inventory
    from reconciler.model.policy import Policy

__all__ = ["command"]

_FORMATS: Final = ("text", "json", "sarif", "github", "junit")
_ROUNDS: Final = 10
"""How often fixes are looked for: one may lay open, or stand in the way of, another."""


@click.command("lint")
@options.paths()
@options.account()
@click.option("--online", is_flag=True, default=False, help="Read dbt Cloud, for the rules that look at live.")
@options.live(note=", for the rules that look at live")
@click.option("--select", metavar="RULE,…", multiple=True, help="Ask only these rules.")
@click.option("--ignore", metavar="RULE,…", multiple=True, help="Do not ask these rules.")
@click.option("--fix", is_flag=True, default=False, help="Write the fixes that rules offer; comments and layout stay.")
@click.option("--write-baseline", is_flag=True, default=False, help="Write what is found into the rules' baselines.")
@click.option("--add", is_flag=True, default=False, help="With --write-baseline: let one that is there take in more.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default=None, help="Default: text; in Actions both.")
@click.option("--sarif-suppressed", is_flag=True, default=False, help="SARIF with what is excused or in a baseline.")
@options.as_json()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the form there.")
@click.option("--strict", is_flag=True, default=False, help="Exit 3 for warnings too.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    online: bool,
    live: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    write_baseline: bool,
    add: bool,
    form: str | None,
    sarif_suppressed: bool,
    as_json: bool,
    output: Path | None,
    strict: bool,
) -> int:
    """Judge the policy by the organisation's rules: who is not told, who is told too much, what cannot work.

    PATH is a folder or file of the policy; without any it is policies/. A file given alone is checked alone. No
    reference is opened, and without --online nothing is asked of the network. Exit 3 for an error.
    """
    wanted = replace(_wanted(form, output, as_json=as_json), suppressed=sarif_suppressed)
    if online and live is not None:
        raise UsageError("--online and --live are two ways to look at live: choose one")
    if add and not write_baseline:
        raise UsageError("--add says what --write-baseline may do: give both")
    asked = Asked(
        paths=options.default_paths(paths),
        account=account,
        selection=Selection(select=_rules(select) or None, ignore=_rules(ignore)),
        today=datetime.now(UTC).date(),
    )
    if not online and live is None:
        _refuse_unaskable(asked.selection)
    run = _Run(asked=asked, live=live, online=online)
    mended = run.mend() if fix else None
    seen, files = run.look()
    written = None
    if write_baseline:
        from reconciler.cli.lint_baseline import write_baselines  # noqa: PLC0415 - most runs write none

        written = write_baselines(seen, may_add=add)
        seen, files = run.look()
    code = _exit_code(seen.report, strict=strict)
    show(seen, files, wanted, code=code, mended=mended, written=written)
    return code


def _wanted(form: str | None, output: Path | None, *, as_json: bool) -> Wanted:
    if as_json and form not in {None, "json"}:
        raise UsageError(f"--json and --format {form} are two forms of one output: choose one")
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    chosen = "json" if as_json else form
    return Wanted(
        form=chosen or "text",
        output=output,
        annotate=chosen is None and in_actions,
        root=Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()) if in_actions else Path.cwd(),
    )


def _rules(given: tuple[str, ...]) -> frozenset[str]:
    """Return the ids of rules. Raises UsageError for one that there is not."""
    named = [name.strip() for value in given for name in value.split(",") if name.strip()]
    known = {*(rule.id for rule in RULES), *(own.id for own in OWN_RULES), *LATER}
    for name in named:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(
                f"there is no rule called {name}",
                next_step=f"did you mean {near[0]}?" if near else "docs/reference/rules/README.md lists them",
            )
    return frozenset(named)


def _refuse_unaskable(selection: Selection) -> None:
    """Raise UsageError for a rule that is asked for by name and looks at the account: without it nothing is judged."""
    wanted = sorted(rule.id for rule in RULES if rule.needs_live and rule.id in (selection.select or ()))
    if wanted:
        raise UsageError(
            f"{', '.join(wanted)} can be asked only of the account, and no account is looked at",
            next_step="add `--online`, or `--live FILE` with a snapshot",
        )


def _exit_code(report: LintReport, *, strict: bool) -> ExitCode:
    fails = report.counts[LintLevel.ERROR] + (report.counts[LintLevel.WARN] if strict else 0)
    return ExitCode.POLICY if fails else ExitCode.SUCCESS


@dataclass(slots=True, kw_only=True)
class _Run:
    """Looks, as often as it is asked; live is read once."""

    asked: Asked
    live: Path | None
    online: bool
    inventory: Inventory | None = None

    def look(self) -> tuple[Seen, Files]:
        files = Files()
        policy = load_files(self.asked, files)
        if not isinstance(policy, tuple) and (self.online or self.live is not None) and self.inventory is None:
            self.inventory = self._observed(policy)
        trail = Trail() if isinstance(policy, tuple) or policy.missing else self._trail(policy)
        return look(self.asked, files, policy, self.inventory, trail), files

    def mend(self) -> Mended:
        """Write fixes, round after round, until there is nothing more to write."""
        total = Mended()
        for _round in range(_ROUNDS):
            seen, files = self.look()
            before = load_files(self.asked, Files(instead={})) if seen.policy is None else seen.policy
            mended = mend(self.asked, files, before, seen.report.findings)
            total = replace(
                mended,
                findings=(*total.findings, *mended.findings),
                files=tuple(sorted({*total.files, *mended.files})),
            )
            if not mended.files:
                break
        return total

    def _trail(self, policy: Policy) -> Trail:
        """Return what test alerts left: the file beside the ledger; where live is asked, the ledger's branch too."""
        from reconciler.cli.alert_test_keeping import evidence_store, nearby, trail_of  # noqa: PLC0415

        if not self.online:
            return trail_of(nearby(policy))
        from reconciler.cli.ledger_place import account_place  # noqa: PLC0415

        try:
            return trail_of(evidence_store(policy, account_place(policy)))
        except AlertsError as why:  # the branch may be out of reach: the other rules have their answer all the same
            click.echo(terminal(f"Warning: unproved-channel is not judged: {why.message}"), err=True)
            return Trail(seen=False)

    def _observed(self, policy: Policy) -> Inventory:
        from reconciler.cli.live import observe  # noqa: PLC0415 - by default lint asks nobody, and loads no client

        if self.online and "account" in policy.missing:
            raise UsageError(
                "--online needs the account, and these files do not give it",
                next_step="name the policy's folder, or take a snapshot and `--live FILE`",
            )
        with observe(policy, self.live) as observed:
            return observed.observer.inventory()
