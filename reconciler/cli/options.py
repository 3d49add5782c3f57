"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from reconciler.errors import UsageError

__all__ = ["account", "allow", "as_json", "default_paths", "live", "parse_allow", "paths", "repair_drift"]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_GUARDS_WITH_ALLOWANCE: Final = ("prune", "empty-team", "coverage", "widen", "visibility", "rearm")


def paths() -> Decorator:
    """PATH…: folders or files of the policy; `policies/` in the working directory without any."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")


def default_paths(given: tuple[Path, ...]) -> tuple[Path, ...]:
    return given or (Path("policies"),)


def account() -> Decorator:
    """Offer `--account FILE`, on every command that loads a policy, as the parameter `account: Path | None`.

    It goes on to `session.load_policy(options.default_paths(paths), account=account)`, and nowhere else: FILE is read
    whole in place of the policy's file that holds `account`. A command that prints what to run next repeats it.
    """
    return click.option(
        "--account",
        type=click.Path(path_type=Path, dir_okay=False),
        default=None,
        metavar="FILE",
        help="Read FILE in place of the policy's file that holds `account`: the same policy for another account.",
    )


def as_json() -> Decorator:
    return click.option("--json", "as_json", is_flag=True, default=False, help="Print JSON instead of text.")


def live(*, note: str = "") -> Decorator:
    """Offer `--live FILE`. `note` says what that means for this command."""
    return click.option(
        "--live",
        type=click.Path(path_type=Path, dir_okay=False),
        default=None,
        metavar="FILE",
        help=f"Read live from a snapshot instead of dbt Cloud{note}.",
    )


def repair_drift() -> Decorator:
    return click.option(
        "--repair-drift",
        is_flag=True,
        default=False,
        help="Also undo what others changed of ours: edges taken away, settings altered.",
    )


def allow() -> Decorator:
    return click.option(
        "--allow",
        multiple=True,
        metavar="GUARD=N",
        help="Let a guard pass, with the exact number it names: prune=7, coverage=1, empty-team=finance.",
    )


def parse_allow(values: tuple[str, ...]) -> frozenset[str]:
    """Check the shape of `--allow` values. Raises UsageError for a guard that does not exist or cannot be allowed."""
    for value in values:
        guard, equals, amount = value.partition("=")
        if guard not in _GUARDS_WITH_ALLOWANCE:
            raise UsageError(f"--allow {value}: no such guard; it is one of {', '.join(_GUARDS_WITH_ALLOWANCE)}")
        if not equals or not amount or (guard != "empty-team" and not amount.isdigit()):
            form = f"{guard}={'NAME' if guard == 'empty-team' else 'N'}"
            raise UsageError(f"--allow {value}: write {form}, and --allow again for each further guard")
    return frozenset(values)
