"""`dbt-alerts migrate`: rewrite a policy for this version of the language, with its comments."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.rewrite import finish, listed, write_together
from reconciler.errors import ExitCode
from reconciler.escape import terminal
from reconciler.policy.editing.edit import place_of
from reconciler.policy.migrate import Migrated, Migrator

__all__ = ["command"]


@click.command("migrate")
@options.paths()
@click.option("--check", is_flag=True, default=False, help="Write nothing; exit 2 if a file would change.")
def command(*, paths: tuple[Path, ...], check: bool) -> int:
    """Rewrite a policy of the version before for the one that this tool reads; comments and layout stay.

    Words that people bring along from dbt Cloud, and that are read with a warning, are replaced by this language's own.
    """
    migrated = Migrator().migrated(options.default_paths(paths))
    if not check:
        write_together(migrated.changed)
    listed(migrated.changed, "would change" if check else "changed")
    _say_the_rest(migrated)
    code = finish(migrated.changed, (), check=check)
    return ExitCode.PARTLY if migrated.left and not check else code


def _say_the_rest(migrated: Migrated) -> None:
    for refusal in migrated.left:
        click.echo(terminal(f"{place_of(refusal.edit)}: not rewritten: {refusal.why}"), err=True)
    if not migrated.changed and not migrated.left:
        click.echo(f"Nothing to do: the policy is written for version {migrated.version}, in words of this language.")
