"""Where tests are: in the folders called `tests` below a policy's folder, which the policy itself leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.model.problem import Position, Problem
from reconciler.policy.files import find

__all__ = ["Located", "locate_tests"]

_TESTS: Final = "tests"
_SUFFIXES: Final = frozenset({".yml", ".yaml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The policy's folders and files, and the tests files, each sorted and once.

    `beside` are files of the same folders that were not named: of them only the made-up jobs count.
    """

    policy: tuple[Path, ...]
    tests: tuple[Path, ...]
    beside: tuple[Path, ...]
    problems: tuple[Problem, ...]


def locate_tests(paths: Sequence[Path]) -> Located:
    """Tell policy and tests apart. A folder `tests`, or a file in one, is tests of the policy that holds the folder.

    Any other path is a policy, and its tests are all that lie below it.
    """
    policy: dict[Path, None] = {}
    named: list[Path] = []
    folders: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        folder = _tests_folder(path)
        policy[path if folder is None else folder.parent] = None
        below = [path] if folder is not None else _folders_below(path, problems) if path.is_dir() else ()
        named += below
        folders += below if folder is None else [folder]
    tests, wrong = _files(named)
    around, wrong_around = _files(folders)
    known = {path.resolve() for path in tests}
    return Located(
        policy=tuple(policy),
        tests=tests,
        beside=tuple(path for path in around if path.resolve() not in known),
        problems=tuple(dict.fromkeys((*problems, *wrong, *wrong_around))),
    )


def _files(places: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Return the files at these places; a folder that holds none is no problem."""
    holding = [path for path in places if not path.is_dir() or _holds_files(path)]
    found = find(holding) if holding else None
    return (found.files, found.problems) if found else ((), ())


def _tests_folder(path: Path) -> Path | None:
    """Return the folder `tests` that a path is, or that a file lies in; as it was written, where that names it."""
    if path.is_dir():
        found = path if path.name == _TESTS else path.resolve()
        return found if found.name == _TESTS else None
    parents = (*path.parents, *path.absolute().parents)
    return next((each for each in parents if each.name == _TESTS), None)


def _folders_below(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield the folders `tests` at any depth; links are not followed, except one called `tests` that stays inside."""
    root = folder.resolve()
    waiting = [folder]
    while waiting:
        for path in _inside(waiting.pop(), problems):
            if path.name == _TESTS and path.is_dir():
                if path.resolve().is_relative_to(root):
                    yield path
                else:
                    problems.append(_leaves(path))
            elif path.is_dir() and not path.is_symlink():
                waiting.append(path)


def _inside(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(Path(folder, each.name) for each in os.scandir(folder) if not each.name.startswith("."))
    except OSError as error:
        found = error.strerror or ""
        at = Position(str(folder), 1, 1)
        problems.append(Problem(at=at, message="the folder cannot be read", found=found, fix="correct its permissions"))
        return []


def _holds_files(folder: Path) -> bool:
    waiting = [folder]
    while waiting:
        for path in _inside(waiting.pop(), []):
            if path.suffix in _SUFFIXES:
                return True
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
    return False


def _leaves(path: Path) -> Problem:
    return Problem(
        at=Position(str(path), 1, 1),
        message="a link leaves the policy's folder",
        found="a link",
        expected="links that stay inside the folder",
        fix="copy the tests",
    )
