"""Where output goes: results to standard output, progress and warnings to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from reconciler.render.terminal import Styled

__all__ = ["Progress", "print_json", "print_lines"]

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


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


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
