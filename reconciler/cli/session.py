"""What a command needs before it can work: the policy, who runs it, live, the ledger. Opened here, used there."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem, Severity
from reconciler.policy import load
from reconciler.render.problems import problem_lines

if TYPE_CHECKING:
    from reconciler.model.policy import Policy
    from reconciler.reconcile import RunInfo

__all__ = ["load_policy", "load_policy_in_part", "load_policy_with_days", "run_info"]


def load_policy(paths: tuple[Path, ...], *, account: Path | None = None) -> Policy:
    """Load the policy and print its warnings. Raises PolicyError with every problem of every file.

    A name that no file declares is one, also where only files are named: who is told cannot be worked out without it.
    `account` is what `options.account()` gave: the file to read in place of the one that holds `account`.
    """
    policy = load(paths, account_file=account)
    if policy.undeclared:
        raise PolicyError([replace(each, severity=Severity.ERROR, fix=_elsewhere(each)) for each in policy.undeclared])
    _print_warnings(policy)
    return policy


def load_policy_in_part(paths: tuple[Path, ...], *, account: Path | None = None) -> Policy:
    """Load a policy for a command that asks for its account, not for who is told: one file of it will do."""
    policy = load(paths, account_file=account)
    _print_warnings(policy)
    return policy


def _print_warnings(policy: Policy) -> None:
    for line in problem_lines(policy.warnings):
        click.echo(line, err=True)


def _elsewhere(problem: Problem) -> str:
    return f"{problem.fix}; if another file declares it, name that file too, or the policy's folder"


def load_policy_with_days(paths: tuple[Path, ...], *, account: Path | None = None) -> Policy:
    """Load the policy for a command that counts days: a calendar of an unknown country is a problem of the policy too.

    `plan` and `apply` do not count days, and do without the library of holidays, which takes 0.3 s to load.
    """
    from reconciler.routing.days import calendar_problems  # noqa: PLC0415

    policy = load_policy(paths, account=account)
    problems = calendar_problems(policy)
    if problems:
        raise PolicyError(problems)
    return policy


def run_info(*, from_snapshot: bool = False, environ: Mapping[str, str] = os.environ) -> RunInfo:
    """Say who runs this and from which commit, as CI tells it, else as git and the system do."""
    from reconciler.reconcile import RunInfo  # noqa: PLC0415 - loaded while dbt Cloud answers

    return RunInfo(
        actor=environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or _login(),
        commit=environ.get("GITHUB_SHA") or environ.get("CI_COMMIT_SHA") or _head(),
        now=datetime.now(UTC),
        from_snapshot=from_snapshot,
        clock=lambda: datetime.now(UTC),
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _head() -> str:
    """Return the commit of the working directory; nothing where there is no git or no commit."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - git is found where the user's shell finds it
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
