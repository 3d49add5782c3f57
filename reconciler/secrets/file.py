"""Secrets in a file of their own: 0600, whole or not at all, never over a file that is not this webhook's."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from reconciler.durable import replace_private, write_private
from reconciler.errors import Refused, RuntimeFailure
from reconciler.model.secret import Secret
from reconciler.secrets.holder import Holder
from reconciler.secrets.receipt import fingerprint, fingerprint_of

__all__ = ["FileSink"]

_OWNER: Final = ".owner"


class FileSink:
    """Keeps the secrets of one webhook in `target`; `target.owner` beside it says of which one, on which account.

    A webhook has one secret, and the file holds that and nothing else, not even a newline: it is the HMAC key as it
    stands. While it is rotated, and until the old secret is taken out, there is one on each line, the newest first.
    """

    def __init__(self, target: Path, *, holder: Holder) -> None:
        self.target = target
        self._holder = holder
        self._name = holder.key
        self._owner = target.with_name(target.name + _OWNER)

    def probe(self) -> None:
        """Make the folder, and a file in it that is removed again. Refuses a target that somebody else uses."""
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._refuse_foreign()
            self._refuse_open_folder()
            probe = self.target.with_name(f".{self.target.name}.probe")
            write_private(probe, "")
            probe.unlink()
        except OSError as error:
            raise self._failure("cannot be written", error) from error

    def probe_rotation(self) -> None:
        """Prove the same, and that what is there can be read: it must be kept."""
        self.probe()
        self._kept()

    def store(self, secret: Secret) -> str:
        return self._replaced([secret.reveal()], secret)

    def add(self, secret: Secret) -> str:
        """Put it before those that are there."""
        new = secret.reveal()
        return self._replaced([new, *(old for old in self._kept() if old != new)], secret)

    def retire(self, receipt: str) -> None:
        """Take out the secret of that receipt; what is not there is out."""
        gone = fingerprint_of(receipt)
        kept = self._kept()
        left = [each for each in kept if fingerprint(Secret(each)) != gone]
        if left and left != kept:
            self._write(left)

    def confirm(self, receipt: str) -> bool:
        """Read the file back and compare."""
        return receipt in {self._receipt(Secret(each)) for each in self._kept()}

    def _replaced(self, secrets: list[str], new: Secret) -> str:
        if new.reveal().splitlines() != [new.reveal()]:
            raise RuntimeFailure(
                f"dbt Cloud gave webhook {self._name} a secret that is not one line: a file cannot hold it",
                next_step="take the `command` sink for this webhook",
            )
        self._refuse_foreign()
        self._write(secrets)
        return self._receipt(new)

    def _write(self, secrets: list[str]) -> None:
        """Write the owner first: a run that dies in between leaves nothing that the next one may not replace."""
        try:
            replace_private(self._owner, self._holder.note)
            replace_private(self.target, "\n".join(secrets))
        except OSError as error:
            raise self._failure("cannot be written", error) from error

    def _kept(self) -> list[str]:
        """Return the secrets that are there, newest first; none where there is no file yet."""
        self._refuse_foreign()
        return self._lines()

    def _lines(self) -> list[str]:
        try:
            return [line for line in self.target.read_text(encoding="utf-8").splitlines() if line]
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            return []
        except OSError as error:
            raise self._failure("cannot be read", error) from error

    def _receipt(self, secret: Secret) -> str:
        return f"file:{self.target}#{fingerprint(secret)}"

    def _refuse_foreign(self) -> None:
        """Refuse a file of anybody else: another program's, another webhook's, or this webhook's on another account."""
        if not os.path.lexists(self.target):
            return
        note = self._owner_found() if self.target.is_file() and not self.target.is_symlink() else ""
        if note == self._holder.note or (note == self._name and self._receipted()):
            return
        raise self._foreign(note)

    def _receipted(self) -> bool:
        """Tell whether our ledger has a receipt for what is there: a note of former days says nothing of an account."""
        return any(fingerprint(Secret(each)) in self._holder.known for each in self._lines())

    def _foreign(self, note: str) -> Refused:
        ours = f"the secret of webhook {self._name} of {self._holder.account}"
        if note.partition("\n")[0] != self._name:
            return Refused(
                f"{ours} would overwrite {self.target}, which is not its file",
                next_step="move that file away, or give the webhook another `secret_sink: {path: …}`",
            )
        found = ", ".join("".join(filter(str.isprintable, line)) for line in note.splitlines()[1:])
        whose = f"the one of {found}" if found else "that of an account that its note does not name"
        return Refused(
            f"{ours} would overwrite {self.target}, which holds {whose}",
            next_step="give each account a sink of its own (docs/guides/several-accounts.md); "
            "if nothing reads that secret any more, move the file away",
        )

    def _refuse_open_folder(self) -> None:
        """Refuse a folder in which every user may replace files: who can do that can choose the secret."""
        mode = self.target.parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise Refused(
                f"every user of this machine may replace files in {self.target.parent}, the secret of webhook "
                f"{self._name} among them",
                next_step=f"take that right away: chmod o-w {self.target.parent}",
            )

    def _owner_found(self) -> str:
        try:
            return self._owner.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def _failure(self, what: str, error: OSError) -> RuntimeFailure:
        return RuntimeFailure(
            f"the secret sink of webhook {self._name}, {self.target}, {what}: {error.strerror}",
            next_step="make its folder writable for this run, then run again",
        )
