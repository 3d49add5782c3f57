"""`dbt-alerts snapshot`: what is live, in one file without secrets, to plan from without a token."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.console import Progress, print_json
from reconciler.cli.live import open_live
from reconciler.cli.session import load_policy
from reconciler.cloud.snapshot import to_json
from reconciler.errors import RuntimeFailure

__all__ = ["command"]


@click.command("snapshot")
@options.paths()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("snapshot.json"),
    show_default=True,
    metavar="FILE",
    help="Where to save it.",
)
@options.as_json()
def command(*, paths: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Read the account that the policy names and save what is live. `plan --live FILE` plans from it."""
    policy = load_policy(options.default_paths(paths))
    with open_live(policy, progress=Progress()) as live:
        inventory = live.observer.inventory()
    try:
        out.write_text(to_json(inventory), encoding="utf-8")
    except OSError as error:
        raise RuntimeFailure(f"the snapshot cannot be saved to {out}: {error.strerror}") from error
    counts = {
        "jobs": len(inventory.jobs),
        "notifications": len(inventory.notifications),
        "webhooks": len(inventory.subscriptions),
        "users": len(inventory.users),
        "calls": inventory.calls,
    }
    if as_json:
        print_json({"result": "success", "exit_code": 0, "file": str(out), **counts})
    else:
        click.echo(f"Saved {', '.join(f'{count} {name}' for name, count in counts.items())} to {out}.")
