"""Where output goes: results to standard output, progress and warnings to standard error."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from reconciler.render.terminal import Styled

__all__ = ["Progress", "json_lines", "open_streams", "print_json", "print_lines", "width"]

_encoded = json.JSONEncoder(ensure_ascii=False).encode
_UNSEEN: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What JSON leaves as it is, and a terminal obeys or no encoding takes."""
_BEYOND_ASCII: Final = re.compile("[^\x00-\x7f]")

_BATCH: Final = 500
"""Lines that are written at once: a call for each of 100,000 takes a second."""

_CLICK_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "green": {"fg": "green"},
    "red": {"fg": "red"},
    "yellow": {"fg": "yellow"},
    "magenta": {"fg": "magenta"},
}


def open_streams() -> None:
    """Let every later print end as it should: a stream that was closed leads nowhere, none minds a character."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for all of the process
        elif isinstance(stream, io.TextIOWrapper) and mode == "w":
            stream.reconfigure(errors="backslashreplace")


def print_lines(lines: Iterable[Styled], *, err: bool = False) -> None:
    """Print styled lines; colours only on a terminal, and never where NO_COLOR is set."""
    waiting = iter(lines)
    while batch := [_coloured(line) for line in islice(waiting, _BATCH)]:
        click.echo("\n".join(batch), err=err)


def _coloured(line: Styled) -> str:
    text = line.text.rstrip()
    return click.style(text, **_CLICK_STYLES[line.style]) if line.style in _CLICK_STYLES else text


def width() -> int | None:
    """Return the terminal's columns to wrap at; None for a pipe or a file, where a line is a line."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_json(document: Mapping[str, Any]) -> None:
    """Print a document on standard output, in whatever encoding that has. Raises OSError where nobody reads it."""
    narrow = (sys.stdout.encoding or "utf-8").lower().replace("-", "").replace("_", "") not in {"utf8", "utf8sig"}
    lines = json_lines(document)
    sys.stdout.writelines(map(_narrowed, lines) if narrow else lines)
    sys.stdout.flush()


def _narrowed(text: str) -> str:
    return text if text.isascii() else _BEYOND_ASCII.sub(_code, text)


def _code(found: re.Match[str]) -> str:
    """Return a character as JSON escapes it: one code, or two beyond the first plane."""
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _compact(value: object) -> str:
    text = _encoded(value)
    return text if text.isascii() and "\x7f" not in text else _UNSEEN.sub(_code, text)


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
