"""Print what lint found, in the form that was asked for, or write it to a file and print the text."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import json_lines, print_json, print_lines, width
from reconciler.cli.lint_look import Files, Seen
from reconciler.cli.saving import save_text
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.lint_fix import Mended
    from reconciler.render.terminal import Styled

__all__ = ["Wanted", "show"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form of the output, the file that it goes to, and the folder that its paths are told from.

    `annotate` adds annotations to the text, for a log that shows them beside the lines of a pull request.
    """

    form: str
    output: Path | None
    annotate: bool
    root: Path
    suppressed: bool = False

    def path(self, file: str) -> str:
        """Return a file as the repository knows it; whole where it is outside."""
        inside = Path(os.path.relpath(os.path.abspath(file), self.root))  # noqa: PTH100 - links are names here
        return inside.as_posix() if inside.parts[:1] != ("..",) else str(Path(os.path.abspath(file)))  # noqa: PTH100


def show(
    seen: Seen,
    files: Files,
    wanted: Wanted,
    *,
    code: ExitCode,
    mended: Mended | None,
    written: Sequence[str] | None,
) -> None:
    """Print the form; with `--output` write it there, and print the text."""
    if wanted.output is not None:
        text = _form(seen, files, wanted, code, mended)
        save_text(wanted.output, text, what="the findings", option="--output")
    if wanted.output is not None or wanted.form == "text":
        _text(seen, mended, written)
        if wanted.annotate:
            click.echo("".join(_form(seen, files, wanted, code, mended, form="github")), nl=False)
    elif wanted.form == "json":
        print_json(_document(seen, code, mended))
    else:
        click.echo("".join(_form(seen, files, wanted, code, mended)), nl=False)


def _form(
    seen: Seen, files: Files, wanted: Wanted, code: ExitCode, mended: Mended | None, *, form: str = ""
) -> Iterable[str]:
    match form or wanted.form:
        case "json":
            return json_lines(_document(seen, code, mended))
        case "sarif":
            return _sarif(seen, files, wanted)
        case "github":
            from reconciler.render.lint.github import annotation_lines  # noqa: PLC0415 - each form loads what it needs

            return (f"{line}\n" for line in annotation_lines(seen.report, path=wanted.path))
        case "junit":
            from reconciler.render.lint.junit import lint_junit  # noqa: PLC0415

            return [lint_junit(seen.report)]
        case _:
            return (f"{line.text.rstrip()}\n" for line in _lines(seen, None))


def _sarif(seen: Seen, files: Files, wanted: Wanted) -> Iterator[str]:
    from reconciler.cli.lint_fix import replacements  # noqa: PLC0415
    from reconciler.render.lint.sarif import sarif_document  # noqa: PLC0415

    fixes = replacements(files, seen.report.findings, seen.sources)
    document = sarif_document(seen.report, path=wanted.path, fixes=fixes, with_suppressed=wanted.suppressed)
    yield json.dumps(document, indent=2) + "\n"


def _document(seen: Seen, code: ExitCode, mended: Mended | None) -> Mapping[str, Any]:
    from reconciler.render.lint.document import lint_document, mended_document  # noqa: PLC0415

    fixed = {} if mended is None else mended_document(mended.findings, mended.refused or {})
    return {"result": code.word, "exit_code": int(code), **lint_document(seen.report), **fixed}


def _lines(seen: Seen, columns: int | None) -> Iterator[Styled]:
    from reconciler.render.lint.text import lint_lines  # noqa: PLC0415

    return lint_lines(seen.report, seen.sources, width=columns)


def _text(seen: Seen, mended: Mended | None, written: Sequence[str] | None) -> None:
    from reconciler.render.lint.text import mended_lines, written_lines  # noqa: PLC0415

    if mended is not None:
        print_lines(mended_lines(mended.findings, mended.files, mended.refused or {}))
    if written is not None:
        print_lines(written_lines(written))
    print_lines(_lines(seen, width()))
