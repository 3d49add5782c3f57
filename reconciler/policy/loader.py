"""Files → policy. Every problem of every file in one error; nothing is executed, no reference is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import PolicyError
from reconciler.policy.compiling.policy import compile_policy
from reconciler.policy.files import find, read_file
from reconciler.policy.instead import in_place_of_account
from reconciler.policy.reader import LIMITS, Reader
from reconciler.policy.report import Report
from reconciler.policy.yaml_tree import paused_gc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.policy import Policy
    from reconciler.model.problem import Problem
    from reconciler.policy.reader import Limits, TextReader

__all__ = ["load"]


def load(
    paths: Sequence[Path],
    *,
    account_file: Path | None = None,
    text_reader: TextReader = read_file,
    limits: Limits = LIMITS,
) -> Policy:
    """Load the policy from folders and files.

    A folder is searched at any depth; hidden files, `tests/` and `*-baseline.yml` are left out. Where only files are
    named they are checked alone: names that they do not declare are warnings, and `Policy.missing` says what a whole
    policy would need. `account_file` is read whole in place of the file that holds `account`. Raises PolicyError with
    every problem at once, in the order of the files; what that file left out is among them, for it may be why.
    """
    with paused_gc():
        policy, report, left_out = _loaded(paths, account_file, Reader(text_reader, limits))
    if policy is None or report.errors:
        raise PolicyError([*left_out, *report.errors])
    return policy


def _loaded(
    paths: Sequence[Path], account_file: Path | None, reader: Reader
) -> tuple[Policy | None, Report, tuple[Problem, ...]]:
    """Do the work in a frame of its own: its node trees are gone before the collector looks again."""
    found = find(paths)
    report = Report(partial=found.alone)
    report.extend(found.problems)
    own = reader.read(account_file) if account_file is not None else None
    read = reader.read_all(found.files)
    if own is not None:
        read = in_place_of_account(read, own, report)
    left_out = report.warnings if own is not None else ()
    for each in read:
        report.extend(each.problems)
        report.names_unknown |= each.part is None
    parts = [each.part for each in read if each.part is not None]
    root = str(paths[0]) if paths else "."
    return compile_policy(parts, report, partial=found.alone, root=root), report, left_out
