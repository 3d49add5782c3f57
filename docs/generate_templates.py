"""The page of the names that templates may use, made from the vocabulary and from made-up alerts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reconciler.alerts.synthetic.alerts import every_synthetic_alert
from reconciler.alerts.words.view import view
from reconciler.alerts.words.vocabulary import NAMES, TABLES, kind_of, named

_TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
_PART: Final = re.compile(r"\bpart\(\"([a-z_]+)\"\)")
_LONGEST: Final = 70
_INTRO: Final = """\
# The names of templates

A template of a message sees one alert, by these names and no others: a name that is not on this page is an error
while a template is checked, and cannot come to be by accident. Every name is always there; what is not known is
`none`, empty, or a list of nothing. Text is as it came and is escaped for the medium where it is printed.
How to write a template: [the guide](../guides/templates.md).

`dbt-alerts render` shows a message with the names of a real run. The examples here are of made-up alerts.
"""


def templates_text() -> str:
    """Return the page."""
    examples = _examples()
    parts = [_INTRO, "## An alert", "", *_table(NAMES, examples), ""]
    for title, table in TABLES.items():
        parts += [f"## A {title}", "", *_table(table, _examples_of(title, examples)), ""]
    parts += [
        "## Parts",
        "",
        "What the base template of each kind of channel says, and compose puts into a message.",
        "",
    ]
    parts += ["| kind | parts |", "|---|---|", *_parts()]
    return "\n".join(parts) + "\n"


def _examples() -> dict[str, Any]:
    """Return for each name the first value that says something."""
    found: dict[str, Any] = {}
    for _, alert in every_synthetic_alert():
        for name, value in named(view(alert)):
            if value not in (None, "", [], False) and not found.get(name):
                found[name] = value
            found.setdefault(name, value)
    return found


def _examples_of(title: str, examples: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in examples.values():
        for each in value if isinstance(value, list) else [value]:
            if kind_of(each) == title:
                found |= {
                    name: inner for name, inner in each.items() if inner not in (None, "", []) or name not in found
                }
    return found


def _table(names: Mapping[str, str], examples: Mapping[str, Any]) -> Iterator[str]:
    yield "| name | is | means | for example |"
    yield "|---|---|---|---|"
    for name, meaning in names.items():
        value = examples[name]
        yield f"| `{name}` | {_kind(value)} | {meaning} | {_shown(value)} |"


def _kind(value: Any) -> str:  # noqa: ANN401
    kind = kind_of(value) or "text"
    return re.sub(r"\b(time|length|thing)(s?)\b", r"[\1\2](#a-\1)", kind)


def _shown(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"`{short.replace('|', chr(92) + '|')}`" if value not in (None, "", []) else ""


def _parts() -> Iterator[str]:
    for folder in sorted(_TEMPLATES.iterdir()):
        base = folder / "base.j2"
        if base.is_file():
            found = dict.fromkeys(_PART.findall(base.read_text(encoding="utf-8")))
            yield f"| {folder.name} | {', '.join(f'`{each}`' for each in found)} |"
