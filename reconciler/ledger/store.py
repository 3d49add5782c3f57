"""The ledger in one file: whole or not at all, one writer at a time, never over somebody else's."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from reconciler.durable import replace_private
from reconciler.errors import LedgerError
from reconciler.ledger.codec import encode
from reconciler.ledger.reading import LOG_LENGTH, read_ledger, refuse_another
from reconciler.ledger.redaction import Redaction
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import Ledger, LedgerWrite, Others

__all__ = ["FileStore"]


class FileStore:
    """Keeps one manager's ledger of one account in one file, readable by its owner only: it holds addresses.

    With a redaction they are hashed, or read where they are.
    """

    def __init__(self, path: Path, *, redaction: Redaction | None = None) -> None:
        self.path = path
        self._redaction = redaction
        self._looked: bytes | None = None
        self._has_looked = False

    def __str__(self) -> str:
        return f"the ledger {self.path}"

    def others(
        self,
        host: str,  # noqa: ARG002 - the port's signature
        account_id: int,  # noqa: ARG002
        manager: str,  # noqa: ARG002
        *,
        known: Collection[RecipientKey] = (),  # noqa: ARG002
    ) -> Others:
        """Return that nothing is known: a file serves one manager."""
        return Others()

    def lease(self, host: str, account_id: int) -> None:
        """Return None: a file is held by a lock of the kernel, which goes with its process."""

    def unlock(self, host: str, account_id: int, *, write: LedgerWrite, vouched: str | None = None) -> None:
        """Break nothing: there is no lease."""

    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:  # noqa: ARG002 - the port's signature
        """Keep other runs on this file out until the block ends; the kernel lets go with a process that dies.

        Raises LedgerError where another run holds the file, or wrote it since `ledger` was loaded.
        """
        holding = self._hold()
        try:
            found = self._read()
            self._compare(0 if found is None else found.generation, ledger.generation)
            yield
        finally:
            os.close(holding)

    def _hold(self) -> int:
        beside = self._file.with_name(f".{self._file.name}.lock")
        try:
            beside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise LedgerError(
                    f"another run holds the ledger {self.path}", next_step="wait until it has ended, then run again"
                ) from error
            raise self._unusable(error) from error
        return descriptor

    def _unusable(self, error: OSError) -> LedgerError:
        return LedgerError(
            f"the folder of the ledger {self.path} cannot be used: {error.strerror}",
            next_step="let this run write there, on a file system that has locks",
        )

    def look(self) -> None:
        """Fix what the next `load` shows; a look that no load has used yet stands. Raises LedgerError."""
        if self._has_looked:
            return
        self._looked, self._has_looked = self._content(), True

    def load(
        self,
        host: str,
        account_id: int,
        manager: str,
        *,
        known: Collection[RecipientKey] = (),
    ) -> Ledger:
        """Return the ledger as it is, or as the `look` before this saw it; an empty one where there is no file.

        Raises LedgerError for a file that cannot be read, Refused for another account's or manager's.
        """
        content = self._looked if self._has_looked else self._content()
        self._looked, self._has_looked = None, False
        found = self._decoded(content, known)
        wanted = Ledger(host=host, account_id=account_id, manager=manager)
        if found is None:
            return wanted
        refuse_another(found, wanted, f"{self}")
        return found

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        """Write the ledger as the generation after `expected_generation` and return it, with `write` in its log.

        Raises LedgerError if the file is at another generation or cannot be written: then it is as it was.
        """
        with self._locked():
            found = self._read()
            if found is not None:
                refuse_another(found, ledger, f"{self}")
            self._compare(0 if found is None else found.generation, expected_generation)
            saved = replace(ledger, generation=expected_generation + 1, log=(*ledger.log, write)[-LOG_LENGTH:])
            self._replace(encode(saved, self._redaction))
        return saved

    def _compare(self, found: int, expected: int) -> None:
        if found != expected:
            raise LedgerError(
                f"the ledger {self.path} is at generation {found}, not {expected}: another run wrote it meanwhile",
                next_step="run again: it plans from the ledger as it is now",
            )

    def _read(self) -> Ledger | None:
        return self._decoded(self._content())

    def _decoded(self, content: bytes | None, known: Collection[RecipientKey] = ()) -> Ledger | None:
        if content is None:
            return None
        return read_ledger(content, f"{self}", self._redaction, known=known)

    def _content(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be read: {error.strerror}", next_step="let this run read it"
            ) from error

    @property
    def _file(self) -> Path:
        """Where the ledger really is: a link to a folder that is kept stays a link."""
        return self.path.resolve()

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the folder's lock. The kernel lets it go with the process, so a killed run leaves nothing behind."""
        try:
            folder = _lock(self._file.parent)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield
        finally:
            os.close(folder)

    def _replace(self, text: str) -> None:
        try:
            replace_private(self._file, text)
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be written: {error.strerror}",
                next_step="make room for it, or its folder writable, then run again",
            ) from error


def _lock(folder: Path) -> int:
    """Return the open folder, locked; made if there is none. Waits for whoever holds it: a write takes no time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
