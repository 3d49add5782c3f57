"""`dbt-alerts import`: policy files from what is live. Reads dbt Cloud, writes new files, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.cli.console import print_json
from reconciler.cli.live import observe
from reconciler.cli.places import ledger_store
from reconciler.cli.session import load_policy_in_part
from reconciler.errors import UsageError
from reconciler.model.policy import Account, Policy
from reconciler.model.problem import NOWHERE, Problem
from reconciler.model.secret import Reference

if TYPE_CHECKING:
    from reconciler.importing.account import Imported
    from reconciler.importing.files import Layout
    from reconciler.importing.owners import OwnerMap
    from reconciler.importing.standing import Held, Standing
    from reconciler.model.inventory import Inventory

__all__ = ["command", "manager_name", "read_account"]

_ACCOUNT: Final = Account(
    id=Reference("DBT_CLOUD_ACCOUNT_ID"),
    host=Reference("DBT_CLOUD_HOST"),
    token=Reference("DBT_CLOUD_TOKEN"),
    at=NOWHERE,
)


@click.command("import")
@options.paths()
@options.account()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("policies"),
    show_default=True,
    metavar="FOLDER",
    help="Where to write the files; none that is there is touched.",
)
@click.option("--manager", metavar="NAME", help="What this repository is called in the ledger, for a new policy.")
@click.option(
    "--split",
    type=click.Choice(["project", "none"]),
    default="project",
    show_default=True,
    help="A team's file for each project, or one file.",
)
@click.option(
    "--owners",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A map `team: selector` in YAML; the first that matches owns the job, else its project's team does.",
)
@click.option(
    "--from-terraform",
    "terraform",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only what this Terraform state (or `terraform show -json`) holds.",
)
@click.option(
    "--live",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Read live from a snapshot instead of dbt Cloud; it holds no address of a webhook.",
)
@options.as_json()
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    out: Path,
    manager: str | None,
    split: str,
    owners: Path | None,
    terraform: Path | None,
    live: Path | None,
    as_json: bool,
) -> None:
    """Write policy files that say what dbt Cloud does today; `plan` then shows adoptions only.

    PATH is a policy that is there already: its account is read, and only what it does not say is written. Without any
    it is what stands in --out; else the account comes from DBT_CLOUD_HOST, DBT_CLOUD_ACCOUNT_ID and DBT_CLOUD_TOKEN.
    """
    from reconciler.cli.import_files import put_in_place  # noqa: PLC0415 - not needed for `--help`
    from reconciler.cli.import_place import schema_place, whole_policy  # noqa: PLC0415
    from reconciler.cli.import_summary import Done, summary_document, summary_lines  # noqa: PLC0415
    from reconciler.importing.files import Layout  # noqa: PLC0415

    if split == "none" and owners is not None:
        raise UsageError("--split none writes one file, and --owners makes teams: choose one")
    held = _held(terraform)
    owner_map = _owner_map(owners)
    policy = _policy(paths, out, account)
    schema = schema_place(out)
    layout = Layout(split=split == "project", schema=schema.seen)
    found = read_account(
        policy, manager=_manager(policy, manager), layout=layout, owners=owner_map, held=held, live=live
    )
    if found.files:
        put_in_place(out, found.files)
    whole = whole_policy(paths, out, found.files)
    done = Done(found=found, folder=out, policy=whole, account=account, schema=schema.missing, held=held)
    if as_json:
        print_json({"result": "success", "exit_code": 0, **summary_document(done)})
    else:
        click.echo("\n".join(summary_lines(done)))


def _policy(paths: tuple[Path, ...], out: Path, account: Path | None) -> Policy | None:
    """Return the policy that is there; of an account's file alone, what that says; None where nothing is."""
    from reconciler.policy.files import find  # noqa: PLC0415

    there = paths or ((out,) if out.is_dir() and find([out]).files else ())
    if there:
        return load_policy_in_part(there, account=account)
    return load_policy_in_part((account,), account=account) if account is not None else None


def _manager(policy: Policy | None, given: str | None) -> str:
    there = policy.manager if policy is not None else ""
    if there and given not in {None, there}:
        raise UsageError(f"the policy says `manager: {there}`, and --manager says {given}: leave one out")
    name = there or given
    if name is None:
        raise UsageError(
            "there is no policy yet that says who we are",
            next_step="give --manager NAME, what this repository is called in the ledger, such as acme-data-alerts;"
            " where there is a policy, give its folder as PATH instead",
        )
    return manager_name(name)


def manager_name(name: str) -> str:
    """Return the name that was given, if the policy language takes it."""
    from reconciler.policy.documents.file import Document  # noqa: PLC0415

    try:
        Document.model_validate({"manager": name})
    except ValueError:
        raise UsageError(f"--manager {name}: letters, digits, dots, hyphens and underscores, 63 at most") from None
    return name


def read_account(
    policy: Policy | None,
    *,
    manager: str,
    layout: Layout,
    owners: OwnerMap | None,
    held: Held | None,
    live: Path | None,
) -> Imported:
    """Read what dbt Cloud tells today as policy files; of the account that the policy or the environment names."""
    known = policy or Policy(version=1, manager=manager, account=_ACCOUNT, digest="")
    with observe(known, live) as observed:
        from reconciler.importing.account import import_account  # noqa: PLC0415 - loaded while dbt Cloud answers
        from reconciler.importing.models import environments_to_ask  # noqa: PLC0415
        from reconciler.importing.standing import Standing  # noqa: PLC0415
        from reconciler.reconcile import with_models  # noqa: PLC0415

        inventory = observed.observer.inventory()
        if held is None:
            inventory = with_models(inventory, observed.observer, environments_to_ask(inventory))
        standing = Standing() if policy is None else _standing(policy, inventory, observed.host)
        return import_account(
            inventory,
            manager=manager,
            standing=standing,
            layout=layout,
            owners=owners,
            held=held,
            microsoft_teams=observed.teams() if observed.teams is not None and held is None else None,
        )


def _standing(policy: Policy, inventory: Inventory, host: str) -> Standing:
    from reconciler.errors import PolicyError  # noqa: PLC0415
    from reconciler.importing.standing import standing_of  # noqa: PLC0415
    from reconciler.plan.desire import desire  # noqa: PLC0415

    desired = desire(policy, inventory)
    if desired.problems:
        raise PolicyError(desired.problems)
    store = ledger_store(policy, host, os.environ)
    store.look()
    others = store.others(inventory.host, inventory.account_id, policy.manager, known=inventory.rows.keys())
    return standing_of(policy, desired, inventory, others)


def _held(path: Path | None) -> Held | None:
    if path is None:
        return None
    from reconciler.importing.terraform import MAX_BYTES, read_terraform  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"the Terraform state {path} cannot be read: {error.strerror}",
            next_step="make one with `terraform show -json`",
        ) from error
    return read_terraform(str(path), raw)


def _owner_map(path: Path | None) -> OwnerMap | None:
    if path is None:
        return None
    from reconciler.errors import PolicyError  # noqa: PLC0415
    from reconciler.importing.owners import read_owners  # noqa: PLC0415
    from reconciler.policy.files import read_file  # noqa: PLC0415

    raw = read_file(path)
    if isinstance(raw, Problem):
        raise PolicyError([raw], what="the owner map")
    return read_owners(str(path), raw)
