"""Write the pages made from the code: `python docs/generate.py`. A test compares them with what is committed."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

import click

from reconciler import errors
from reconciler.cli.main import COMMANDS, app
from reconciler.errors import AlertsError, ExitCode
from reconciler.plan.document_schema import plan_schema
from reconciler.sandbox import start

DOCS: Final = Path(__file__).resolve().parent
MADE_BY: Final = "<!-- made by docs/generate.py: change the code, then run it -->"

_MEANINGS: Final = {
    ExitCode.SUCCESS: "success; differences too, unless asked to signal them",
    ExitCode.FAILURE: "runtime failure: network, API, authentication, internal",
    ExitCode.DIFFERENCES: "differences exist; only with `--detailed-exitcode`, or `--check` (`fmt`, `migrate`)",
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
        DOCS / "reference" / "plan-json.md": plan_json_page(),
        DOCS / "images" / "plan.svg": plan_picture(),
        DOCS / "reference" / "channels.md": channels_page(),
        DOCS / "reference" / "templates.md": templates_page(),
        **rule_pages(),
    }


def channels_page() -> str:
    """Return what each kind of channel takes, answers and proves."""
    sys.path[:0] = [str(DOCS.parent), str(DOCS)]
    from generate_channels import channels_text  # noqa: PLC0415 - it is found only now

    return f"{MADE_BY}\n{channels_text()}"


def templates_page() -> str:
    """Return every name that a template may use, each with an example from a made-up alert."""
    sys.path[:0] = [str(DOCS)]
    from generate_templates import templates_text  # noqa: PLC0415 - it is found only now

    return f"{MADE_BY}\n{templates_text()}"


def rule_pages() -> dict[Path, str]:
    """Return a page for each lint rule, and the table of all. The examples are those of the tests."""
    sys.path[:0] = [str(DOCS.parent), str(DOCS)]
    from generate_rules import rule_texts  # noqa: PLC0415 - it is found only now

    folder = DOCS / "reference" / "rules"
    return {folder / name: f"{MADE_BY}\n{text}" for name, text in rule_texts().items()}


def commands_page() -> str:
    """Return the help of every command, as the terminal shows it."""
    parts = [MADE_BY, "# Commands", "", "```", _help(app, None), "```"]
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        if command is None:
            continue
        parts += ["", f"## {name}", "", "```", _help(command, name), "```"]
        for below, each in command.commands.items() if isinstance(command, click.Group) else ():
            parts += ["", f"### {name} {below}", "", "```", _help(each, f"{name} {below}"), "```"]
    return "\n".join(parts) + "\n"


def _help(command: click.Command, name: str | None) -> str:
    """Return a command's help as it is shown below `dbt-alerts`: what is set there, `-h` for one, holds for all."""
    widths = {"terminal_width": 100, "max_content_width": 100}
    settings = dict(app.context_settings)
    with click.Context(app, info_name="dbt-alerts", **widths, **settings) as top:
        if name is None:
            return app.get_help(top)
        with click.Context(command, info_name=name, parent=top, **widths) as below:
            return command.get_help(below)


_PLAN_PAGE: Final = """\
What `plan --out FILE` and `plan --json` write, and `apply --plan FILE` reads. The JSON Schema (draft 2020-12)
is [`schemas/plan.schema.json`](../../schemas/plan.schema.json); `dbt-alerts schema --plan` prints it. How to
work with saved plans: [saved plans](../guides/saved-plans.md).

The schema is of exactly this format and refuses keys that it does not know. **A program that reads plans must
ignore them:** a later minor may add keys, words and kinds of action; it takes none away and gives none another
meaning. Another major is refused.

`before` and `after` show what is ours and nothing else: no job lists of other people, no secrets, and of a URL
its scheme, host and a fingerprint that is the same for the same URL. They are for reading: nothing of them is
ever written to dbt Cloud.

| reason | is said of |
|---|---|
| wanted | what the policy asks for |
| unwanted | what no rule wants any more |
| dangling | an alert whose job is deleted |
| exclusive | somebody else's alert on a channel that the policy declares its own alone |
| already-there | what is wanted and live already: from now on it is ours |
| released | what the policy gives up: it stays as it is |
| gone | what is neither wanted nor there: only its claim goes |
| outdated | an entry of the ledger whose team, channel or protection changed |
| taken-away | drift: somebody removed what is ours |
| altered | drift: somebody changed a setting of ours |
| secret-lost | a webhook whose secret was lost before it ever sent anything |
"""


def plan_json_page() -> str:
    """Return what stands in a plan's document: every object of its schema, key by key."""
    definitions = plan_schema()["$defs"]
    parts = [MADE_BY, "# The plan as JSON", "", _PLAN_PAGE]
    for name, definition in definitions.items():
        if "properties" not in definition:
            parts += [f"## {name}", "", f"One of {_kind(definition).replace(' or ', ', ')}.", ""]
            continue
        parts += [f"## {name}", "", definition["description"], "", "| key | is | means |", "|---|---|---|"]
        parts += [_key_row(key, item, definition["required"]) for key, item in definition["properties"].items()]
        parts.append("")
    return "\n".join(parts)


def _key_row(key: str, item: Mapping[str, Any], required: Sequence[str]) -> str:
    optional = "" if key in required else " (not always there)"
    return f"| `{key}`{optional} | {_kind(item)} | {item.get('description', '')} |"


def _kind(item: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one form of type each
    """Return a schema's type in a few words."""
    if "$ref" in item:
        name = str(item["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name})"
    if "const" in item:
        return f"`{json.dumps(item['const'])}`"
    if "enum" in item:
        return ", ".join(f"`{word}`" for word in item["enum"])
    if "oneOf" in item:
        return " or ".join(_kind(each) for each in item["oneOf"])
    if item["type"] == "array":
        return f"list of {_kind(item['items'])}"
    if "properties" in item:
        return f"object: {', '.join(f'`{name}`' for name in item['properties'])}"
    return " or ".join(item["type"]) if isinstance(item["type"], list) else str(item["type"])


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
