"""`dbt-alerts render --check`: every template of every kind, with made-up alerts of every case."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.alerts.rendering.checks import check_templates, unknown_folders
from reconciler.channels.kinds import KINDS
from reconciler.cli.console import print_json
from reconciler.errors import ExitCode
from reconciler.escape import terminal

__all__ = ["check"]


def check(templates: Path | None, *, as_json: bool) -> ExitCode:
    """Say which templates break and on what; 3 if one does, or if a folder belongs to no kind."""
    broken = check_templates(templates, KINDS)
    strangers = unknown_folders(templates, KINDS) if templates else ()
    code = ExitCode.POLICY if broken or strangers else ExitCode.SUCCESS
    if as_json:
        places = [{"file": each.file, "line": each.trouble.line, "why": each.trouble.why} for each in broken]
        print_json({"result": code.word, "exit_code": int(code), "broken": places, "unknown_folders": list(strangers)})
        return code
    for each in broken:
        click.echo(terminal(str(each)))
    for name in strangers:
        click.echo(terminal(f"{name}/: no channel kind is called so; its templates are never used"))
    if code is ExitCode.SUCCESS:
        click.echo(f"Every template of {len(KINDS)} channel kinds can be used.")
    return code
