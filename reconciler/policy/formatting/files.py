"""The policy files under some paths, and their calm form. Files that are not right as YAML are told, not touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.model.problem import Position, Problem
from reconciler.policy.editing.files import Rewrite, read_text
from reconciler.policy.files import find
from reconciler.policy.formatting.format import formatted
from reconciler.policy.yaml_tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["LARGEST", "format_files"]

LARGEST: Final = 2 * 1024 * 1024
"""Characters of the longest file that is formatted: some ten seconds. Other commands read eight times that."""


def format_files(paths: Sequence[Path]) -> tuple[list[Rewrite], list[Problem]]:
    """Return each policy file under the paths with its calm form, and what is wrong with those that have none."""
    found = find(paths)
    looked = [each for path in found.files for each in _looked_at(path)]
    rewrites = [each for each in looked if isinstance(each, Rewrite)]
    return rewrites, [*found.problems, *(each for each in looked if isinstance(each, Problem))]


def _looked_at(path: Path) -> Iterator[Rewrite | Problem]:
    text = read_text(path)
    if isinstance(text, Problem):
        yield text
        return
    if len(text) > LARGEST:
        yield _too_long(path, text)
        return
    tree, problems = parse(str(path), text.encode("utf-8", "surrogateescape"))
    yield from problems
    if not problems:
        after = formatted(text)
        same, wrong = parse(str(path), after.encode("utf-8"))
        if wrong or same.data != tree.data:
            yield _would_change(path)
        else:
            yield Rewrite(file=str(path), before=text, after=after)


def _would_change(path: Path) -> Problem:
    return Problem(
        at=Position(str(path), 1, 1),
        message="the file cannot be formatted without a change of what it means",
        found="a layout that `fmt` does not know",
        fix="leave it as it is, and tell us: this is a bug",
    )


def _too_long(path: Path, text: str) -> Problem:
    return Problem(
        at=Position(str(path), 1, 1),
        message="the file is too long to be formatted; the other commands read it as it is",
        found=f"{len(text):,} characters",
        expected=f"at most {LARGEST:,}",
        fix="split it into several files, or give `fmt` the paths of the others",
    )
