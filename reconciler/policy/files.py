"""Which files are the policy, and reading them: untrusted names in an untrusted folder."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.model.problem import Position, Problem
from reconciler.policy.text import MAX_BYTES, problem_with_size

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BASELINES", "Found", "find", "read_file"]

_SUFFIXES: Final = frozenset({".yml", ".yaml"})
BASELINES: Final = ("-baseline.yml", "-baseline.yaml")
"""How the names of baselines end: no part of the policy, and all that `rules:` may name."""
_TESTS: Final = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The files to read, sorted, each once. `alone`: only single files were named, so the policy may be incomplete."""

    files: tuple[Path, ...]
    problems: tuple[Problem, ...]
    alone: bool


def find(paths: Sequence[Path]) -> Found:
    """Look for policy files under folders; take files that are named as they are."""
    search = _Search()
    for path in paths:
        search.given(path)
    if not search.files and not search.problems:
        where = Path(paths[0]) if paths else Path()
        expected = "at least one file *.yml or *.yaml that is not hidden, under tests/ or a baseline"
        fix = "write policies/account.yml, or name the folder of your policy"
        search.problem(where, "no policy file is here", found="an empty folder", expected=expected, fix=fix)
    alone = not search.folder_given
    return Found(files=tuple(search.files.values()), problems=tuple(search.problems), alone=alone)


class _Search:
    def __init__(self) -> None:
        self.files: dict[Path, Path] = {}
        self.problems: list[Problem] = []
        self.folder_given = False
        self._folders: set[Path] = set()

    def problem(self, path: Path, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        at = Position(str(path), 1, 1)
        self.problems.append(Problem(at=at, message=message, found=found, expected=expected, fix=fix))

    def given(self, path: Path) -> None:
        """Look through a folder, take a file, or say that there is neither."""
        try:
            if path.is_dir():
                self.folder_given = True
                self.folder(path, path.resolve())
            elif path.exists():
                self.take(path)
            else:
                self.problem(path, "there is no such file or folder", found="nothing", fix=_no_such(path))
        except OSError as error:
            found = error.strerror or type(error).__name__
            self.problem(path, "the path cannot be read", found=found, fix="correct the path, or its permissions")

    def take(self, path: Path) -> None:
        self.files.setdefault(path.resolve(), path)

    def folder(self, folder: Path, root: Path) -> None:
        """Look through a folder and all below it, in the order of names, links last. No depth is too deep."""
        waiting = [folder]
        while waiting:
            path = waiting.pop()
            try:
                waiting += self._inside(path) if path is folder else self._entry(path, root)
            except OSError as error:
                found = error.strerror or ""
                self.problem(path, "the folder cannot be read", found=found, fix="correct its permissions")

    def _inside(self, folder: Path) -> list[Path]:
        """Return what a folder holds, the last first; nothing for one that was seen before, whatever links say."""
        real = folder.resolve()
        if real in self._folders:
            return []
        self._folders.add(real)
        entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name), reverse=True)
        return [Path(folder, entry.name) for entry in entries if not entry.name.startswith(".")]

    def _entry(self, path: Path, root: Path) -> list[Path]:
        """Take a policy file, or return what is inside a folder."""
        is_policy = path.suffix in _SUFFIXES and not path.name.endswith(BASELINES)
        if path.is_symlink() and not self._stays_inside(path, root, matters=is_policy or path.is_dir()):
            return []
        if path.is_dir():
            if is_policy:
                self.problem(path, "a folder is named like a policy file", found="a folder", fix="rename the folder")
            return [] if is_policy or path.name == _TESTS else self._inside(path)
        if is_policy:
            self.take(path)
        return []

    def _stays_inside(self, path: Path, root: Path, *, matters: bool) -> bool:
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            if path.suffix in _SUFFIXES:
                self.problem(path, "the link leads nowhere", found="a link without a target", fix="delete the link")
            return False
        if target.is_relative_to(root):
            return True
        if matters:
            expected = "links that stay inside the folder"
            self.problem(
                path, "a link leaves the policy's folder", found="a link", expected=expected, fix="copy the file"
            )
        return False


def read_file(path: Path) -> bytes | Problem:
    """Return the bytes of a regular file of bearable size, or what is in the way. Never waits for a pipe."""
    at = Position(str(path), 1, 1)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return _unreadable(at, error)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return _no_file(at)
    with os.fdopen(descriptor, "rb") as stream:
        if status.st_size > MAX_BYTES:
            return problem_with_size(str(path), status.st_size)
        try:
            return stream.read(MAX_BYTES + 1)
        except OSError as error:
            return _unreadable(at, error)


def _no_file(at: Position) -> Problem:
    return Problem(
        at=at,
        message="this is not a file",
        found="a folder, pipe, socket or device",
        expected="a file of text",
        fix="rename it, or move it out of the policy",
    )


def _unreadable(at: Position, error: OSError) -> Problem:
    if error.errno == errno.ENXIO:  # what opening a socket answers
        return _no_file(at)
    if isinstance(error, FileNotFoundError):
        return Problem(at=at, message="there is no such file", found="nothing", fix="correct the path")
    return Problem(
        at=at,
        message="the file cannot be read",
        found=error.strerror or type(error).__name__,
        expected="a readable file",
        fix="correct its permissions, or delete it",
    )


def _no_such(path: Path) -> str:
    """Say what to do: without any PATH the folder `policies` was looked for, and there is no policy yet."""
    if path != Path("policies"):
        return "correct the path"
    return "name the folder of your policy, write policies/alerts.yml, or run `dbt-alerts import --manager NAME`"
