"""`dbt-alerts schema`: the JSON Schema of a policy file, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reconciler.errors import RuntimeFailure
from reconciler.policy import schema

__all__ = ["command"]


@click.command("schema")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
def command(*, write: Path | None) -> None:
    """Print the JSON Schema (draft-07) that every policy file follows."""
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if write is None:
        click.echo(text, nl=False)
        return
    try:
        write.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RuntimeFailure(f"the schema cannot be written to {write}: {error.strerror}") from error
