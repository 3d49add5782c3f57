"""Files that must outlive a run: where they may be (design §8), and how they are written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from reconciler.errors import Refused

__all__ = [
    "DURABLE",
    "check_durable",
    "durable_folders",
    "followed",
    "replace_private",
    "replaceable",
    "save_private",
    "write_private",
]

DURABLE: Final = "DBT_ALERTS_DURABLE"
_UNSET: Final = frozenset({"", "0", "false", "no"})


def durable_folders(environ: Mapping[str, str]) -> list[Path]:
    """Return the places that the operator names as kept, with links followed."""
    return [Path(each).resolve() for each in environ.get(DURABLE, "").split(os.pathsep) if each.strip()]


def check_durable(path: Path, environ: Mapping[str, str]) -> None:
    """Refuse a ledger or sink path that would vanish with a CI runner. Links are followed before it is judged.

    A removal that was expected and a secret that was returned once must not be lost with the machine that saw them.
    """
    if environ.get("CI", "").strip().casefold() in _UNSET:
        return
    folders = durable_folders(environ)
    if any(path.resolve().is_relative_to(folder) for folder in folders):
        return
    named = ", ".join(str(each) for each in folders) or "none"
    raise Refused(
        f"in CI, {path} would be lost with the runner: it is in no folder that {DURABLE} names (named: {named})",
        next_step=f"set {DURABLE} to the folder that is kept, or take the `command` sink for a secret",
    )


def replace_private(path: Path, text: str | Iterable[str]) -> None:
    """Make this the file's text: whole or not at all, 0600, on disk when it returns. One writer at a time.

    A large text may come in pieces. A link is replaced by a file; who wants it followed resolves it first. Raises
    OSError; then the file is as it was.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        write_private(aside, text)
        aside.replace(path)
        _sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def replaceable(path: Path) -> bool:
    """Tell whether a path is, or would be, a file; a device or a pipe is not replaced."""
    return path.is_file() or not path.exists()


def save_private(path: Path, text: str | Iterable[str]) -> None:
    """Save what a user asked for: a file is replaced whole, links kept; a device or a pipe is written into."""
    if replaceable(path):
        replace_private(followed(path), text)
        return
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines([text] if isinstance(text, str) else text)


def followed(path: Path) -> Path:
    """Return where a path leads. Raises OSError for links that lead in a circle, in every version of Python."""
    try:
        return path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def write_private(path: Path, text: str | Iterable[str]) -> None:
    """Write a new file that only its owner may read, instead of one that a killed run left behind."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines([text] if isinstance(text, str) else text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable: without it a power cut may bring the old file back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
