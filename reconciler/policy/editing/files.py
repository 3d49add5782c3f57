"""Policy files read and written for an edit: their bytes apart from the edit stay, and a file is replaced whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.durable import followed
from reconciler.errors import RuntimeFailure
from reconciler.model.problem import Problem
from reconciler.policy.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Rewrite", "read_text", "texts_of", "write_rewrites", "write_text"]


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
    _replace({path: text})


def write_rewrites(rewrites: Sequence[Rewrite]) -> None:
    """Write files that belong together: all are written out beside their places before the first is replaced.

    Raises RuntimeFailure where a file is not any more what was read, OSError where one cannot be written; no file is
    changed then.
    """
    for each in rewrites:
        if read_text(Path(each.file)) != each.before:
            raise RuntimeFailure(
                f"{each.file} was changed by somebody else meanwhile; nothing was written",
                next_step="run the command again",
            )
    _replace({Path(each.file): each.after for each in rewrites})


def _replace(texts: Mapping[Path, str]) -> None:
    """Replace files. What was written aside never stays, not even after an interrupt."""
    asides: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            target = followed(path)
            aside = target.with_name(f".dbt-alerts-{os.getpid()}-{len(asides)}.new")  # two commands may run at once
            asides[aside] = target
            _write(aside, text.encode("utf-8", "surrogateescape"), stat.S_IMODE(target.stat().st_mode))
        for aside, target in asides.items():
            aside.replace(target)
    finally:
        for aside in asides:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def _write(path: Path, raw: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(descriptor)
    path.chmod(mode)
