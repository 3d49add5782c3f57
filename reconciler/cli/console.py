"""Where output goes: results to standard output, progress and warnings to standard error."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reconciler.render.terminal import Styled

__all__ = ["Progress", "json_lines", "print_json", "print_lines", "width"]

_compact = json.JSONEncoder(ensure_ascii=False).encode

_CLICK_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "green": {"fg": "green"},
    "red": {"fg": "red"},
    "yellow": {"fg": "yellow"},
    "magenta": {"fg": "magenta"},
}


def print_lines(lines: Iterable[Styled], *, err: bool = False) -> None:
    """Print styled lines; colours only on a terminal, and never where NO_COLOR is set."""
    for line in lines:
        click.secho(line.text.rstrip(), err=err, **_CLICK_STYLES.get(line.style, {}))


def width() -> int | None:
    """Return the terminal's columns to wrap at; None for a pipe or a file, where a line is a line."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_json(document: Mapping[str, Any]) -> None:
    sys.stdout.writelines(json_lines(document))
    sys.stdout.flush()


def json_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a document as JSON text, piece by piece: a key on each line, and each entry of a list on a line of its own.

    A plan of 50,000 actions is 20 MB of text that is never in memory, and json's own indentation is three times slower.
    """
    yield from _object(document, "\n")
    yield "\n"


def _object(document: Mapping[str, Any], newline: str) -> Iterator[str]:
    separator = f"{{{newline}  "
    for key, value in document.items():
        yield f"{separator}{_compact(key)}: "
        yield from _value(value, f"{newline}  ")
        separator = f",{newline}  "
    yield newline + "}"


def _value(value: object, newline: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield from _object(value, newline)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        separator = f"[{newline}  "
        for entry in value:
            yield f"{separator}{_compact(entry)}"
            separator = f",{newline}  "
        yield newline + "]"
    else:
        yield _compact(value)


class Progress:
    """One line on standard error that says what is going on; on a terminal it is rewritten in place."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = False

    def __call__(self, text: str) -> None:
        if not self._live:
            return
        click.echo(f"\r\x1b[2K{text[:100]}", err=True, nl=False)
        self._shown = True

    def done(self) -> None:
        """Clear the line, so that what follows starts clean."""
        if self._shown:
            click.echo("\r\x1b[2K", err=True, nl=False)
            self._shown = False
