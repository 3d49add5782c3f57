"""`dbt-alerts schema`: the JSON Schema of a policy file, for editors; or of a plan, for programs that read one."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reconciler.cli.saving import save_text
from reconciler.errors import UsageError
from reconciler.plan.document_schema import plan_schema
from reconciler.policy import schema
from reconciler.policy.policy_tests.schema import tests_schema

__all__ = ["command"]


@click.command("schema")
@click.option("--plan", is_flag=True, default=False, help="The schema of a saved plan, instead of a policy file's.")
@click.option("--tests", is_flag=True, default=False, help="The schema of a file of policy tests.")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
def command(*, plan: bool, tests: bool, write: Path | None) -> None:
    """Print the JSON Schema that every policy file follows (draft-07), or every saved plan (draft 2020-12)."""
    if plan and tests:
        raise UsageError("--plan and --tests are two schemas: choose one")
    made = plan_schema() if plan else tests_schema() if tests else schema()
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if write is None:
        click.echo(text, nl=False)
        return
    save_text(write, [text], what="the schema", option="--write")
