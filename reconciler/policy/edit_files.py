"""Policy files read and written for an edit: their bytes apart from the edit stay, and a file is replaced whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.durable import followed
from reconciler.model.problem import Problem
from reconciler.policy.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Rewrite", "read_text", "texts_of", "write_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A file as it is and as it would be."""

    file: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        return self.before != self.after


def read_text(path: Path) -> str | Problem:
    """Return a file's text as it is: its byte-order mark and line ends stay. A problem where it cannot be read.

    Bytes that are no UTF-8 come as lone surrogates, which every parser of ours refuses.
    """
    raw = read_file(path)
    return raw if isinstance(raw, Problem) else raw.decode("utf-8", "surrogateescape")


def texts_of(files: Iterable[str]) -> dict[str, str]:
    """Return the texts of the files that can be read, by their names as given."""
    read = {file: read_text(Path(file)) for file in files}
    return {file: text for file, text in read.items() if isinstance(text, str)}


def write_text(path: Path, text: str) -> None:
    """Make this the file's text, whole or not at all. Its mode and a link to it stay. Raises OSError."""
    target = followed(path)
    aside = target.with_name(f".{target.name}.new")
    mode = stat.S_IMODE(target.stat().st_mode)
    try:
        _write(aside, text.encode("utf-8", "surrogateescape"), mode)
        aside.replace(target)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def _write(path: Path, raw: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(descriptor)
    path.chmod(mode)
