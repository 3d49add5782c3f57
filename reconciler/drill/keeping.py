"""Where evidence is kept: a file beside the ledger, appended to by whoever comes, each line on disk when it returns."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self

from reconciler.drill.chain import LONGEST_LINE, START, Broken, chained, evidence_in, linked, tip_of, verify
from reconciler.errors import RuntimeFailure
from reconciler.model.evidence import Evidence

__all__ = ["MOST_READ", "EvidenceFile", "EvidenceStore", "Gathering"]

MOST_READ: Final = 16 * 1024 * 1024
"""Bytes read for a report, from the end: some 40,000 records."""


class EvidenceStore(Protocol):
    """A chain of evidence that only grows. All four raise RuntimeFailure, or LedgerError for a branch.

    `pause` are the seconds that two additions are to lie apart: each costs a file nothing, a branch a push.
    """

    pause: float

    def append(self, found: Sequence[Evidence]) -> None:
        """Add these, in order, after whatever is there by then."""
        ...

    def read(self) -> tuple[Evidence, ...]:
        """Return the newest evidence, oldest first; nothing where there is none yet."""
        ...

    def verify(self) -> tuple[Broken, ...]:
        """Return what is not as it was written."""
        ...

    def tip(self) -> str:
        """Return the hash of the last readable line; nothing where there is none."""
        ...


class Gathering:
    """Keeps evidence as it comes, at the store's pace; what has gathered is added at the end, however that comes."""

    def __init__(self, store: EvidenceStore, *, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._monotonic = monotonic
        self._gathered: list[Evidence] = []
        self._added = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._add()

    def keep(self, found: Evidence) -> None:
        self._gathered.append(found)
        if self._monotonic() - self._added >= self._store.pause:
            self._add()

    def _add(self) -> None:
        """Add what has gathered. What could not be added is not tried again: the store has tried."""
        gathered = tuple(self._gathered)
        self._gathered.clear()
        self._store.append(gathered)
        self._added = self._monotonic()


class EvidenceFile:
    """Keeps evidence in one file of lines, readable by its owner only. Writers wait for each other."""

    pause: float = 0.0

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return f"the evidence {self.path}"

    def append(self, found: Sequence[Evidence]) -> None:
        """Add lines and wait until they are on disk. What a killed writer left half-written is taken away first."""
        if not found:
            return
        try:
            with self._locked() as file:
                end = _healed(file)
                file.seek(max(0, end - 2 * LONGEST_LINE))
                lines = b"".join(chained(found, after=tip_of(file.read())))
                file.seek(0, os.SEEK_END)
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable("written", error) from error

    def read(self) -> tuple[Evidence, ...]:
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - MOST_READ))
                return evidence_in(file.read(MOST_READ))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unusable("read", error) from error

    def verify(self) -> tuple[Broken, ...]:
        """Read the file line by line, whatever its size. A last line without its end was never evidence."""
        try:
            with self.path.open("rb") as file:
                return tuple(verify(line for line in _bounded(file) if line.endswith(b"\n")))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unusable("read", error) from error

    def tip(self) -> str:
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * LONGEST_LINE))
                return _hash(tip_of(file.read()))
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._unusable("read", error) from error

    @contextmanager
    def _locked(self) -> Generator[BinaryIO]:
        """Hold the file itself: it is never replaced, and the kernel lets go with a process that dies."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield file

    def _unusable(self, what: str, error: OSError) -> RuntimeFailure:
        return RuntimeFailure(
            f"{self} cannot be {what}: {error.strerror}",
            next_step="let this run read and write there, on a file system that has locks",
        )


def _hash(tip: str) -> str:
    return "" if tip == START else tip


def _bounded(file: BinaryIO) -> Generator[bytes]:
    """Yield lines; of one that is too long, a piece that no record is, and the rest skipped."""
    while line := file.readline(LONGEST_LINE + 2):
        yield line if line.endswith(b"\n") or len(line) < LONGEST_LINE + 2 else line + b"\n"
        while not line.endswith(b"\n") and (line := file.readline(LONGEST_LINE)):
            pass


def _healed(file: BinaryIO) -> int:
    """Complete or take away a last line without its end, and return the file's size then.

    A whole record whose newline alone is missing stays: it may have been read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * LONGEST_LINE))
    torn = file.read().rpartition(b"\n")[2]
    if not torn:
        return size
    try:
        linked(torn)
    except ValueError:
        start = size - len(torn)
        file.truncate(start)
        return start
    file.seek(0, os.SEEK_END)
    return size + file.write(b"\n")
