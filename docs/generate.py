"""Write the pages made from the code: `python docs/generate.py`. A test compares them with what is committed."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from reconciler import errors
from reconciler.cli.main import COMMANDS, app
from reconciler.errors import AlertsError, ExitCode
from reconciler.sandbox import start

DOCS: Final = Path(__file__).resolve().parent
MADE_BY: Final = "<!-- made by docs/generate.py: change the code, then run it -->"

_MEANINGS: Final = {
    ExitCode.SUCCESS: "success; differences too, unless asked to signal them",
    ExitCode.FAILURE: "runtime failure: network, API, authentication, internal",
    ExitCode.DIFFERENCES: "differences exist; only with `--detailed-exitcode`",
    ExitCode.POLICY: "the policy is wrong",
    ExitCode.REFUSED: "refused: guard, protection, conflict; `plan` too, after printing everything",
    ExitCode.STALE: "stale or unapproved plan",
    ExitCode.PARTLY: "partly done: some actions failed, or items are blocked; safe to run again",
    ExitCode.USAGE: "usage error",
    ExitCode.INTERRUPTED: "interrupted",
}


def pages() -> dict[Path, str]:
    """Return every generated file and its text."""
    return {
        DOCS / "reference" / "commands.md": commands_page(),
        DOCS / "reference" / "exit-codes.md": exit_codes_page(),
        DOCS / "images" / "plan.svg": plan_picture(),
    }


def commands_page() -> str:
    """Return the help of every command, as the terminal shows it."""
    parts = [MADE_BY, "# Commands", "", "```", _help(app, None), "```"]
    for name in COMMANDS:
        command = import_module(f"reconciler.cli.{name}").command
        parts += ["", f"## {name}", "", "```", _help(command, name), "```"]
    return "\n".join(parts) + "\n"


        for below, each in command.commands.items() if isinstance(command, click.Group) else ():
            parts += ["", f"### {name} {below}", "", "```", _help(each, f"{name} {below}"), "```"]
def _help(command: click.Command, name: str | None) -> str:
    """Return a command's help as it is shown below `dbt-alerts`: what is set there, `-h` for one, holds for all."""
    widths = {"terminal_width": 100, "max_content_width": 100}
    settings = dict(app.context_settings)
    with click.Context(app, info_name="dbt-alerts", **widths, **settings) as top:
        if name is None:
            return app.get_help(top)
        with click.Context(command, info_name=name, parent=top, **widths) as below:
            return command.get_help(below)


def exit_codes_page() -> str:
    """Return the exit codes, which one wins, and the tree of errors."""
    rows = [f"| {int(code)} | `{code.word}` | {_MEANINGS[code]} |" for code in ExitCode]
    order = sorted(ExitCode, key=lambda code: [errors.worst([code, other]) for other in ExitCode].count(code))
    winners = ", ".join(str(int(code)) for code in reversed(order))
    tree = inspect.getdoc(errors) or ""
    return "\n".join(
        [
            MADE_BY,
            "# Exit codes and errors",
            "",
            "| code | word in JSON | meaning |",
            "|---|---|---|",
            *rows,
            "",
            f"If there are several, the first of {winners}. `./run` on a machine without Python exits 69.",
            "",
            "## Errors",
            "",
            *(f"- **{each.__name__}** ({int(each.exit_code)}): {_first_line(each)}" for each in _errors(AlertsError)),
            "",
            "```",
            tree.partition("\n\n")[2].rstrip(),
            "```",
            "",
        ]
    )


def _errors(root: type[AlertsError]) -> Iterator[type[AlertsError]]:
    for error in root.__subclasses__():
        if error.__module__ == errors.__name__:
            yield error
            yield from _errors(error)


def _first_line(error: type[AlertsError]) -> str:
    return (inspect.getdoc(error) or "").splitlines()[0]


_COLOURS: Final = {"+": "#3fb950", "-": "#f85149", "~": "#d29922", "!": "#bc8cff", "=": "#8b949e"}
_LINE_HEIGHT: Final = 19


def plan_picture() -> str:
    """Return the example company's first plan on a fresh sandbox as an SVG of a terminal, without the relay's part."""
    lines = _plan_lines()
    height = _LINE_HEIGHT * (len(lines) + 3) + 20
    width = 60 + round(8.4 * max(len(line) for line in lines))
    text = "\n".join(_svg_line(place, line) for place, line in enumerate(["$ dbt-alerts plan", "", *lines]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' aria-label="A plan in the terminal">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">\n'
        f"{text}\n</g>\n</svg>\n"
    )


def _svg_line(place: int, line: str) -> str:
    sign = line[2:3] if line.startswith("  ") else ""
    heading = bool(line) and not line.startswith(" ")
    colour = _COLOURS.get(sign, "#e6edf3" if heading else "#8b949e")
    weight = ' font-weight="bold"' if heading else ""
    text = escape(line).replace(" ", chr(160))
    return f'<text x="24" y="{34 + place * _LINE_HEIGHT}" fill="{colour}"{weight}>{text}</text>'


def _plan_lines() -> list[str]:
    """Plan for real, in a process of its own, and leave out what is too long for a picture."""
    with start(seed=1) as sandbox, tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DBT_CLOUD_HOST": sandbox.url,
            "DBT_CLOUD_ACCOUNT_ID": str(sandbox.account_id),
            "DBT_CLOUD_TOKEN": sandbox.token,
            "DBT_ALERTS_SANDBOX_FOLDER": folder,
        }
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "reconciler", "plan", str(DOCS.parent / "policies")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        shown = done.stdout.replace(sandbox.url.partition("//")[2], "ab123.us1.dbt.com")
    before, _, rest = shown.partition("Relay (pending)")
    end = [line for line in rest.rstrip().rsplit("\n\n", 1)[1].splitlines() if " · " not in line]
    return [*before.splitlines(), *end]


def main() -> None:
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
