"""`dbt-alerts release`: give up, for once, what the ledger says is ours. dbt Cloud is read, never written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options
from reconciler.cli.console import print_json
from reconciler.cli.live import observe_owned
from reconciler.cli.session import load_policy, run_info
from reconciler.errors import Refused, UsageError
from reconciler.escape import terminal

if TYPE_CHECKING:
    from reconciler.model.ledger import Ledger
    from reconciler.model.policy import Policy
    from reconciler.plan.giving_up import GivenUp

__all__ = ["command"]

_LISTED = 20


@click.command("release")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option(
    "--policy",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A folder or file of the policy; without any it is policies/.",
)
@options.account()
@click.option("--dry-run", is_flag=True, default=False, help="Show what would be given up, and write nothing.")
@click.option("--yes", is_flag=True, default=False, help="Do not ask, even on a terminal.")
@options.as_json()
def command(
    *, keys: tuple[str, ...], paths: tuple[Path, ...], account: Path | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Give up what is ours: it stays in dbt Cloud as it is, and this repository never touches it again.

    KEY is a channel's name, a recipient (user:7, email:ops@acme.example, slack:C0123456789), an edge
    (user:7|failure|4711) or a webhook (team/name). What the policy still wants is refused: the next apply would take it
    over again.
    """
    policy = load_policy(options.default_paths(paths), account=account)
    found = _look(policy, keys, writing=not dry_run)
    _check(found)
    if not as_json:
        click.echo("\n".join(_lines(found.given, "Would be given up" if dry_run else "Given up")))
    if not dry_run:
        _confirm(yes=yes or as_json)
        found.save(keys)
    if as_json:
        print_json({"result": "success", "exit_code": 0, "released": not dry_run, **_document(found.given)})
    elif not dry_run:
        click.echo("Released. Nothing was written to dbt Cloud.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the keys mean, what of it the policy still wants, and where it is kept."""

    given: GivenUp
    wanted: tuple[str, ...]
    ledger: Ledger
    store: Any

    def save(self, keys: tuple[str, ...]) -> None:
        """Write the ledger without the claims, while no other run can write."""
        from reconciler.model.ledger import LedgerWrite  # noqa: PLC0415 - not needed to show
        from reconciler.plan.giving_up import without  # noqa: PLC0415

        run = run_info()
        what = f"release {' '.join(keys)}"
        write = LedgerWrite(at=run.now.isoformat(), actor=run.actor, commit=run.commit, plan_digest="", what=what)
        with self.store.hold(self.ledger, write=write):
            left = without(self.ledger, self.given)
            self.store.save(left, expected_generation=self.ledger.generation, write=write)


def _look(policy: Policy, keys: tuple[str, ...], *, writing: bool) -> _Found:
    with observe_owned(policy, None, writing=writing) as (observed, store):
        from reconciler.errors import PolicyError  # noqa: PLC0415 - loaded while dbt Cloud answers
        from reconciler.plan.desire import desire  # noqa: PLC0415
        from reconciler.plan.giving_up import give_up, still_wanted  # noqa: PLC0415
        from reconciler.plan.resolve import Recipient, resolve_channels  # noqa: PLC0415

        inventory = observed.observer.inventory()
        desired = desire(policy, inventory)
        if desired.problems:
            raise PolicyError(desired.problems)
        place = (inventory.host, inventory.account_id, policy.manager)
        ledger = store.load(*place, known=inventory.rows.keys() | desired.recipients.keys())
        resolved = resolve_channels(policy.channels, inventory)
        channels = {name: each.key for name, each in resolved.items() if isinstance(each, Recipient)}
        given = give_up(ledger, keys, channels=channels)
        return _Found(given=given, wanted=still_wanted(given, desired), ledger=ledger, store=store)


def _check(found: _Found) -> None:
    if found.given.unknown:
        raise UsageError(
            f"nothing of ours is called {', '.join(found.given.unknown)}; nothing was released",
            next_step="see `dbt-alerts ledger show`: a channel, a recipient, an edge or a webhook",
        )
    if found.wanted:
        more = f" and {len(found.wanted) - _LISTED} more" if len(found.wanted) > _LISTED else ""
        raise Refused(
            f"the policy still wants {', '.join(found.wanted[:_LISTED])}{more}; nothing was released",
            next_step="take it out of the policy and release it before that policy is applied; "
            "or say `release:` in the same change, which needs no such order",
        )


def _confirm(*, yes: bool) -> None:
    """Ask on a terminal; a pipe or CI has nobody to ask."""
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    if asks and not click.confirm("\nGive this up?"):
        raise Refused("you said no; nothing was released")


def _lines(given: GivenUp, what: str) -> Iterator[str]:
    yield f"{what}, and left as they are: {len(given.edges)} edge(s), {len(given.webhooks)} webhook(s)"
    for edge in list(given.edges)[:_LISTED]:
        yield terminal(f"  {edge}")
    if len(given.edges) > _LISTED:
        yield f"  and {len(given.edges) - _LISTED} more"
    for key in given.webhooks:
        yield terminal(f"  webhook {key}")


def _document(given: GivenUp) -> dict[str, Any]:
    return {"edges": [str(edge) for edge in given.edges], "webhooks": list(given.webhooks)}
