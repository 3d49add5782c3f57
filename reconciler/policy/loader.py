"""Files → policy. Every problem of every file in one error; nothing is executed, no reference is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy.compile import compile_policy
from reconciler.policy.files import find, read_file
from reconciler.policy.instead import Read, in_place_of_account
from reconciler.policy.parts import read_part
from reconciler.policy.report import Report
from reconciler.policy.yaml_tree import paused_gc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.model.policy import Policy

__all__ = ["load"]


def load(
    paths: Sequence[Path],
    *,
    account_file: Path | None = None,
    text_reader: Callable[[Path], bytes | Problem] = read_file,
) -> Policy:
    """Load the policy from folders and files.

    A folder is searched at any depth; hidden files, `tests/` and `*-baseline.yml` are left out. Where only files are
    named they are checked alone: names that they do not declare are warnings, and `Policy.missing` says what a whole
    policy would need. `account_file` is read whole in place of the file that holds `account`. Raises PolicyError with
    every problem at once, in the order of the files.
    """
    with paused_gc():
        policy, report = _loaded(paths, account_file, text_reader)
    if policy is None or report.errors:
        raise PolicyError(report.errors)
    return policy


def _loaded(
    paths: Sequence[Path], account_file: Path | None, text_reader: Callable[[Path], bytes | Problem]
) -> tuple[Policy | None, Report]:
    """Do the work in a frame of its own: its node trees are gone before the collector looks again."""
    found = find(paths)
    report = Report(partial=found.alone)
    report.extend(found.problems)
    read = [_read(path, text_reader) for path in found.files]
    if account_file is not None:
        read = in_place_of_account(read, _read(account_file, text_reader), report)
    for each in read:
        report.extend(each.problems)
        report.names_unknown |= each.part is None
    parts = [each.part for each in read if each.part is not None]
    root = str(paths[0]) if paths else "."
    return compile_policy(parts, report, partial=found.alone, root=root), report


def _read(path: Path, text_reader: Callable[[Path], bytes | Problem]) -> Read:
    raw = text_reader(path)
    part, problems = (None, [raw]) if isinstance(raw, Problem) else read_part(str(path), raw)
    return Read(path=path, part=part, problems=problems)
