"""Files → policy. Every problem of every file in one error; nothing is executed, no reference is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy.compile import compile_policy
from reconciler.policy.files import find, read_file
from reconciler.policy.parts import read_part
from reconciler.policy.report import Report
from reconciler.policy.yaml_tree import paused_gc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.model.policy import Policy
    from reconciler.policy.parts import Part

__all__ = ["load"]


def load(paths: Sequence[Path], *, text_reader: Callable[[Path], bytes | Problem] = read_file) -> Policy:
    """Load the policy from folders and files.

    A folder is searched at any depth; hidden files, `tests/` and `*-baseline.yml` are left out. Where only files are
    named they are checked alone: names that they do not declare are warnings, and `Policy.missing` says what a whole
    policy would need. Raises PolicyError with every problem at once, in the order of the files.
    """
    with paused_gc():
        policy, report = _loaded(paths, text_reader)
    if policy is None or report.errors:
        raise PolicyError(report.errors)
    return policy


def _loaded(paths: Sequence[Path], text_reader: Callable[[Path], bytes | Problem]) -> tuple[Policy | None, Report]:
    """Do the work in a frame of its own: its node trees are gone before the collector looks again."""
    found = find(paths)
    report = Report(partial=found.alone)
    report.extend(found.problems)
    parts = [part for path in found.files if (part := _part(path, text_reader, report))]
    root = str(paths[0]) if paths else "."
    return compile_policy(parts, report, partial=found.alone, root=root), report


def _part(path: Path, text_reader: Callable[[Path], bytes | Problem], report: Report) -> Part | None:
    raw = text_reader(path)
    if isinstance(raw, Problem):
        report.names_unknown = True
        report.extend([raw])
        return None
    part, problems = read_part(str(path), raw)
    report.extend(problems)
    report.names_unknown |= part is None
    return part
