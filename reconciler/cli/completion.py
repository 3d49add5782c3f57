"""`dbt-alerts completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reconciler.errors import UsageError

__all__ = ["command"]

_VARIABLE = "_DBT_ALERTS_COMPLETE"
"""How click tells a completing call from a real one; its name follows from the program's."""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> None:
    """Print the script that completes commands and options in SHELL.

    bash: `eval "$(dbt-alerts completion bash)"` in ~/.bashrc; zsh: the same with zsh in ~/.zshrc;
    fish: `dbt-alerts completion fish > ~/.config/fish/completions/dbt-alerts.fish`.
    """
    from reconciler.cli.main import app  # noqa: PLC0415 - the group that this command belongs to

    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"there is no completion for {shell}")
    click.echo(found(app, {}, "dbt-alerts", _VARIABLE).source(), nl=False)
