"""`dbt-alerts fmt`: bring policy files into their calm form. Comments stay, and so does every meaning."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.rewrite import differences, finish, listed, write_all
from reconciler.policy.formatting.files import format_files

__all__ = ["command"]


@click.command("fmt")
@options.paths()
@click.option("--check", is_flag=True, default=False, help="Write nothing; exit 2 if a file would change.")
@click.option("--diff", is_flag=True, default=False, help="Write nothing; show what would change.")
def command(*, paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Bring policy files into one calm form: indentation, blanks, quotes, line ends.

    Comments, order and meaning stay. A file that is not right as YAML is told and left alone.
    """
    rewrites, problems = format_files(options.default_paths(paths))
    changed = [each for each in rewrites if each.changes]
    if diff:
        click.echo("\n".join(differences(changed)), nl=bool(changed))
    if not (check or diff):
        write_all(changed)
    listed([] if diff else changed, "would change" if check else "changed")
    if not changed and not problems:
        click.echo(f"{len(rewrites)} file{'' if len(rewrites) == 1 else 's'}, all in their form.", err=diff)
    return finish(changed, problems, check=check)
