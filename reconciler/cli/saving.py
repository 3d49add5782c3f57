"""Writing what a command made into the file that its caller named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reconciler.errors import RuntimeFailure

__all__ = ["save_text"]


def save_text(path: Path, pieces: Iterable[str], *, what: str, option: str) -> None:
    """Write the pieces as UTF-8 with plain line ends. Raises RuntimeFailure that names `option` where it cannot be."""
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise RuntimeFailure(
            f"{what} cannot be written to {path}: {error.strerror}",
            next_step=f"give `{option}` a file in a folder of yours",
        ) from error
