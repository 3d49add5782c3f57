"""Reading the files of a policy one after the other, within what a whole policy may hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.model.problem import Position, Problem
from reconciler.policy.parts import read_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.policy.parts import Part

__all__ = ["LIMITS", "Limits", "Read", "Reader", "TextReader"]

TextReader = Callable[[Path], bytes | Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much all files together may be: `size` in bytes, `values` in keys and values, which take 300 bytes each."""

    files: int = 10_000
    size: int = 64 * 1024 * 1024
    values: int = 1_500_000
    problems: int = 5_000


LIMITS: Final = Limits()
"""A company of 10,000 jobs has 500 files, 5 MB and 300,000 keys and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file that was read: what it holds, None when nothing of it could be read, and what is wrong with it."""

    path: Path
    part: Part | None
    problems: Sequence[Problem]


class Reader:
    """Reads files and counts what they hold together."""

    def __init__(self, text_reader: TextReader, limits: Limits) -> None:
        self._text_reader = text_reader
        self._limits = limits
        self._files = 0
        self._size = 0
        self._values = 0
        self._problems = 0

    def read_all(self, paths: Sequence[Path]) -> list[Read]:
        """Read one file after the other; the last says so where a limit was passed and the rest was not read."""
        read: list[Read] = []
        for path in paths:
            read.append(self.read(path))
            beyond = self._beyond(str(path))
            if beyond is not None:
                return [*read[:-1], Read(path=path, part=None, problems=[*read[-1].problems, beyond])]
        return read

    def read(self, path: Path) -> Read:
        raw = self._text_reader(path)
        self._files += 1
        if isinstance(raw, Problem):
            self._problems += 1
            return Read(path=path, part=None, problems=[raw])
        self._size += len(raw)
        part, problems = read_part(str(path), raw)
        self._values += part.tree.size if part is not None else 0
        self._problems += sum(1 for problem in problems if problem.message)
        return Read(path=path, part=part, problems=problems)

    def _beyond(self, file: str) -> Problem | None:
        most = self._limits
        for count, limit, unit in (
            (self._files, most.files, "files"),
            (self._size, most.size, "bytes"),
            (self._values, most.values, "keys and values"),
            (self._problems, most.problems, "problems"),
        ):
            if count > limit:
                return _too_much(file, f"{count:,} {unit}", f"{limit:,} {unit}")
        return None


def _too_much(file: str, found: str, most: str) -> Problem:
    return Problem(
        at=Position(file, 1, 1),
        message="this is too much for one policy: the files after this one are not read",
        found=f"{found} up to this file",
        expected=f"at most {most} in all files together",
        fix="name the folder that holds the policy and nothing else; correct what was found so far",
    )
