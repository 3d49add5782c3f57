"""`dbt-alerts snapshot`: what is live, in one file without secrets, to plan from without a token."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options
from reconciler.cli.console import Progress, print_json
from reconciler.cli.live import open_live
from reconciler.cli.session import load_policy_in_part
from reconciler.cloud.snapshot import to_json
from reconciler.durable import save_private
from reconciler.errors import RuntimeFailure
from reconciler.escape import terminal
from reconciler.model.teams import TeamsSettings, TeamsUnread

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.policy import Policy
    from reconciler.model.teams import TeamsAnswer
    from reconciler.reconcile import Observer

__all__ = ["command"]


@click.command("snapshot")
@options.paths()
@options.account()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("snapshot.json"),
    show_default=True,
    metavar="FILE",
    help="Where to save it.",
)
@options.as_json()
def command(*, paths: tuple[Path, ...], account: Path | None, out: Path, as_json: bool) -> None:
    """Read the account that the policy names and save what is live. `plan --live FILE` plans from it."""
    policy = load_policy_in_part(options.default_paths(paths), account=account)
    with open_live(policy, progress=Progress()) as live:
        inventory = _with_models(live.observer.inventory(), live.observer, policy)
        teams = live.reader.teams()
    try:
        save_private(out, to_json(inventory))
    except OSError as error:
        raise RuntimeFailure(
            f"the snapshot cannot be saved to {out}: {error.strerror}",
            next_step="give `--out` a file in a folder of yours",
        ) from error
    counts = {
        "jobs": len(inventory.jobs),
        "notifications": len(inventory.notifications),
        "webhooks": len(inventory.subscriptions),
        "users": len(inventory.users),
        "calls": inventory.calls,
    }
    if as_json:
        print_json({"result": "success", "exit_code": 0, "file": str(out), **counts, "teams": _document(teams)})
    else:
        click.echo(f"Saved {', '.join(f'{count} {name}' for name, count in counts.items())} to {out}.")
        click.echo(terminal(_told(teams)))


def _told(teams: TeamsAnswer) -> str:
    """Say in one line what is there and cannot be managed here."""
    if isinstance(teams, TeamsUnread):
        return f"Microsoft Teams settings were not read: {teams.why}."
    on = sum(each.active for each in teams.settings)
    unseen = f", {teams.unseen} more not shown" if teams.unseen else ""
    return f"Microsoft Teams settings, not in the file and never changed here: {len(teams.settings)}, {on} on{unseen}."


def _document(teams: TeamsAnswer) -> dict[str, Any]:
    return {"read": isinstance(teams, TeamsSettings), **asdict(teams)}


def _with_models(inventory: Inventory, observer: Observer, policy: Policy) -> Inventory:
    """Add the model notifications of the environments that the policy names; there is no list of all of them."""
    from reconciler.plan.model_wishes import model_wishes  # noqa: PLC0415 - loaded after dbt Cloud was asked
    from reconciler.plan.scope import ScopeJudge  # noqa: PLC0415
    from reconciler.reconcile import with_models  # noqa: PLC0415

    wanted = model_wishes(policy, inventory, scope=ScopeJudge(policy.scope, inventory)).wanted
    return with_models(inventory, observer, wanted)
