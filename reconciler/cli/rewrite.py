"""Files that a command rewrites: listed, shown as a difference, or written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.errors import ExitCode, PolicyError, RuntimeFailure
from reconciler.escape import terminal
from reconciler.lint.secrets_in_text import without_secrets
from reconciler.policy.editing.files import write_rewrites, write_text

if TYPE_CHECKING:
    from reconciler.model.problem import Problem
    from reconciler.policy.editing.files import Rewrite

__all__ = ["differences", "finish", "listed", "write_all", "write_together"]


def differences(rewrites: Sequence[Rewrite]) -> Iterator[str]:
    """Yield the lines of a unified difference, without the secrets in them: CI keeps what is printed."""
    for each in rewrites:
        before, after = each.before.splitlines(), each.after.splitlines()
        for line in difflib.unified_diff(before, after, each.file, each.file, lineterm=""):
            yield terminal(without_secrets(line))


def write_all(rewrites: Sequence[Rewrite]) -> None:
    """Write the files. Raises RuntimeFailure at the first that cannot be written; it is as it was."""
    for each in rewrites:
        try:
            write_text(Path(each.file), each.after)
        except OSError as error:
            raise RuntimeFailure(
                f"{each.file} cannot be written: {error.strerror or error}",
                next_step="correct its permissions and run the command again: what was written stays",
            ) from error


def write_together(rewrites: Sequence[Rewrite]) -> None:
    """Write files that belong together, all or none. Raises RuntimeFailure; no file is changed then."""
    try:
        write_rewrites(rewrites)
    except OSError as error:
        where = f" in {Path(error.filename).parent}" if error.filename else ""
        raise RuntimeFailure(
            f"the files{where} cannot be written: {error.strerror or error}; nothing was written",
            next_step="correct the permissions, or make room, and run the command again",
        ) from error


def finish(changed: Sequence[Rewrite], problems: Sequence[Problem], *, check: bool) -> int:
    """Return the exit code. Raises PolicyError where files could not be read."""
    if problems:
        raise PolicyError(problems)
    return ExitCode.DIFFERENCES if check and changed else ExitCode.SUCCESS


def listed(changed: Sequence[Rewrite], word: str) -> None:
    """Name the files, each on its line."""
    for each in changed:
        click.echo(terminal(f"{word} {each.file}"))
