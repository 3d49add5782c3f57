"""A secret in a file of its own: 0600, whole or not at all, never over a file that is not this webhook's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from reconciler.durable import replace_private, write_private
from reconciler.errors import Refused, RuntimeFailure
from reconciler.model.secret import Secret
from reconciler.secrets.receipt import fingerprint

__all__ = ["FileSink"]

_OWNER: Final = ".owner"


class FileSink:
    """Keeps the secret of webhook `name` in `target`; `target.owner` beside it says whose it is.

    The file holds the secret and nothing else, not even a newline: it is the HMAC key as it stands.
    """

    def __init__(self, target: Path, *, name: str) -> None:
        self.target = target
        self._name = name
        self._owner = target.with_name(target.name + _OWNER)

    def probe(self) -> None:
        """Make the folder, and a file in it that is removed again. Refuses a target that somebody else uses."""
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._refuse_foreign()
            probe = self.target.with_name(f".{self.target.name}.probe")
            write_private(probe, "")
            probe.unlink()
        except OSError as error:
            raise self._failure("cannot be written", error) from error

    def store(self, secret: Secret) -> str:
        """Write the owner first: a run that dies in between leaves nothing that the next one may not replace."""
        self._refuse_foreign()
        try:
            replace_private(self._owner, self._name)
            replace_private(self.target, secret.reveal())
        except OSError as error:
            raise self._failure("cannot be written", error) from error
        return f"file:{self.target}#{fingerprint(secret)}"

    def confirm(self, receipt: str) -> bool:
        """Read the file back and compare."""
        try:
            found = Secret(self.target.read_text(encoding="utf-8"))
        except OSError as error:
            raise self._failure("cannot be read back", error) from error
        return receipt == f"file:{self.target}#{fingerprint(found)}"

    def _refuse_foreign(self) -> None:
        if not os.path.lexists(self.target):
            return
        if self.target.is_file() and not self.target.is_symlink() and self._owner_found() == self._name:
            return
        raise Refused(
            f"the secret of webhook {self._name} would overwrite {self.target}, which is not its file",
            next_step="move that file away, or give the webhook another `secret_sink: {path: …}`",
        )

    def _owner_found(self) -> str | None:
        try:
            return self._owner.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _failure(self, what: str, error: OSError) -> RuntimeFailure:
        return RuntimeFailure(
            f"the secret sink of webhook {self._name}, {self.target}, {what}: {error.strerror}",
            next_step="make its folder writable for this run, then run again",
        )
