"""Files that an import writes: never over one that is there, and all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from reconciler.errors import Refused, RuntimeFailure

__all__ = ["put_in_place"]

_LAST: Final = ("channels.yml", "account.yml")
"""Without these the loader refuses the others: half a policy, left by a killed run, is never taken for a whole one."""


def put_in_place(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files below a folder; a new folder appears at once, with everything in it.

    Raises Refused where one of them is there already: then nothing is written. Raises RuntimeFailure where the disk
    does not play along: then nothing is left.
    """
    _refuse_present(folder, files)
    try:
        if folder.exists():
            _into(folder, files)
        else:
            _anew(folder, files)
    except FileExistsError as error:
        raise _present([str(error.filename2 or error.filename)]) from error
    except OSError as error:
        raise RuntimeFailure(
            f"the policy cannot be written to {folder}: {error.strerror}; nothing was left there",
            next_step="give `--out` a folder of yours",
        ) from error


def _refuse_present(folder: Path, files: Iterable[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise _present([str(folder)])
    present = [str(folder / path) for path in files if os.path.lexists(folder / path)]
    if present:
        raise _present(present)


def _present(paths: list[str]) -> Refused:
    listed = ", ".join(paths[:20]) + (f" and {len(paths) - 20} more" if len(paths) > 20 else "")
    return Refused(
        f"an import overwrites nothing, and there is already: {listed}; nothing was written",
        next_step="import into another folder with --out, or move these away",
    )


def _anew(folder: Path, files: Mapping[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _staged(folder.parent, f".{folder.name}.importing-", files) as staging:
        staging.chmod(0o777 & ~_umask())
        try:
            staging.rename(folder)
        except OSError as error:
            if os.path.lexists(folder):
                raise FileExistsError(error.errno, error.strerror, str(folder)) from error
            raise


def _into(folder: Path, files: Mapping[str, str]) -> None:
    """Give each file its name by a link, which fails where a file is; the ones that make it a whole policy last."""
    placed: list[Path] = []
    with _staged(folder, ".importing-", files) as staging:
        try:
            for path in sorted(files, key=lambda each: (_LAST.index(each) if each in _LAST else -1, each)):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(staging / path, target)
                placed.append(target)
        except BaseException:
            for target in placed:
                target.unlink(missing_ok=True)
            for below in {target.parent for target in placed} - {folder}:
                with suppress(OSError):
                    below.rmdir()
            raise


@contextmanager
def _staged(beside: Path, prefix: str, files: Mapping[str, str]) -> Generator[Path]:
    """Yield a hidden folder that holds the files, on disk; it is gone afterwards, unless it was renamed."""
    staging = Path(tempfile.mkdtemp(prefix=prefix, dir=beside))
    try:
        for path, text in files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        yield staging
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(staging)


def _umask() -> int:
    """Return the process's umask: it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
