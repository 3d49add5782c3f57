"""Baseline files: what a rule found before it was switched on. As untrusted as every file of a policy folder.

production-job-covered:
  - job 101  # Finance, Production, Month Close

The comment says what the entry is about when it is written. It is for people: whatever stands there stays, as long as
the entry does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from reconciler.lint.baseline import Baseline
from reconciler.model.problem import Position, Problem
from reconciler.policy.files import BASELINES, read_file
from reconciler.policy.text import decode, quoted, visible
from reconciler.policy.words import shown
from reconciler.policy.yaml_tree import parse, position

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ruamel.yaml.nodes import Node

    from reconciler.model.lint import RuleSetting

__all__ = ["Baselines", "baseline_text", "read_baselines"]

_HEADER: Final = (
    "# What lint found before a rule was switched on: counted, and no error. Take away what is mended;",
    "# `dbt-alerts lint --write-baseline` writes this file again, and keeps the comments beside its entries.",
)
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_NOT_TEXT: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_COMMENT: Final = re.compile(r"[ \t]+(#.*)$")
_LONGEST: Final = 100
"""Characters of a comment that is written beside an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """The baselines that can be read, by the rule that names them; the files; and what is wrong with the others."""

    by_rule: Mapping[str, Baseline]
    files: Mapping[str, Path]
    problems: tuple[Problem, ...]


def read_baselines(rules: Mapping[str, RuleSetting], roots: Sequence[Path]) -> Baselines:
    """Read the baselines that rules name. Each lies below the policy's folder; one that is not there is empty.

    `roots` are the folders and files of the policy, as they were given.
    """
    by_rule: dict[str, Baseline] = {}
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    read: dict[Path, Baseline | list[Problem]] = {}
    for rule, setting in rules.items():
        if setting.baseline is None:
            continue
        path = _path_of(setting.baseline, setting.at, roots)
        if isinstance(path, Problem):
            problems.append(path)
            continue
        if path not in read:
            read[path] = _read(path)
            problems += found if isinstance(found := read[path], list) else []
        if isinstance(found := read[path], Baseline):
            by_rule[rule], files[rule] = found, path
    return Baselines(by_rule=by_rule, files=files, problems=tuple(problems))


def _path_of(name: str, at: Position, roots: Iterable[Path]) -> Path | Problem:
    """Return where a baseline is: beside the file that names it, or further down, never outside the policy."""
    path = Path(at.file).parent / name
    folders = [root if root.is_dir() else root.parent for root in roots]
    try:
        stays = any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)
        path.exists()
    except (OSError, RuntimeError, ValueError):  # a circle of links, or a name that no system takes
        stays = False
    if Path(name).is_absolute() or not stays:
        expected = "a file in the policy's folder, named from the file that says so"
        return _problem(at, "the baseline is outside the policy's folder", name, expected, "move it into the folder")
    if not path.name.endswith(BASELINES):
        expected = "a name that ends in `-baseline.yml`: any other would be read as a part of the policy"
        return _problem(at, "this is no name for a baseline", name, expected, "write `guardrails-baseline.yml`")
    return path


def _problem(at: Position, message: str, found: str, expected: str, fix: str) -> Problem:
    return Problem(at=at, message=message, found=shown(found), expected=expected, fix=fix)


def _read(path: Path) -> Baseline | list[Problem]:
    if not path.exists() and not path.is_symlink():
        return Baseline(file=str(path))
    raw = read_file(path)
    if isinstance(raw, Problem):
        return [raw]
    tree, problems = parse(str(path), raw)
    if problems:
        return problems
    entries: dict[str, dict[str, Position]] = {}
    for key, value in tree.root.value if tree.root is not None else ():
        items = value.value if isinstance(value, SequenceNode) else [value]
        wrong = [item for item in items if not isinstance(item, ScalarNode)]
        if wrong:
            return [_not_an_entry(position(str(path), wrong[0]), wrong[0])]
        entries[key.value] = {item.value: position(str(path), item) for item in reversed(items)}
    return Baseline(file=str(path), entries={rule: dict(reversed(held.items())) for rule, held in entries.items()})


def _not_an_entry(at: Position, node: Node) -> Problem:
    found = "keys and values" if isinstance(node, MappingNode) else "a list"
    fix = "let `dbt-alerts lint --write-baseline` write the file"
    return _problem(
        at, "an entry of a baseline is a text", found, "`rule-id:` with a list of texts such as job 101", fix
    )


def baseline_text(
    entries: Mapping[str, Collection[str]], *, before: str = "", about: Mapping[tuple[str, str], str] | None = None
) -> str:
    """Return a baseline file with these subjects by rule, sorted. Comments at its head and beside entries stay.

    `about` says by rule and subject what an entry is about, in words that may be hostile: they become its comment,
    where it has none.
    """
    said = {entry: f"# {_short(visible(text))}" for entry, text in (about or {}).items() if text}
    comments = said | _comments(before)
    lines = [*(_head(before) or _HEADER)]
    for rule in sorted(entries):
        if entries[rule]:
            lines.append(f"{_scalar(rule)}:{_beside(comments, (rule, ''))}")
            lines += [
                f"  - {_scalar(each)}{_beside(comments, (rule, each))}" for each in sorted(entries[rule], key=_key)
            ]
    return "\n".join(lines) + "\n"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _key(subject: str) -> list[tuple[bool, int, str]]:
    """Sort as people count: job 9 before job 10."""
    return [
        (piece.isdecimal(), int(piece) if piece.isdecimal() and len(piece) < 20 else 0, piece)
        for piece in re.split(r"([0-9]+)", subject)
    ]


def _scalar(subject: str) -> str:
    is_plain = _PLAIN.fullmatch(subject) and subject.lower() not in _NOT_TEXT
    return subject if is_plain else quoted(subject)


def _beside(comments: Mapping[tuple[str, str], str], entry: tuple[str, str]) -> str:
    return f"  {comments[entry]}" if entry in comments else ""


def _head(text: str) -> list[str]:
    """Return the comment lines that a file begins with."""
    lines = text.removeprefix("\ufeff").splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return lines[:end]


def _comments(text: str) -> dict[tuple[str, str], str]:
    """Return the comments at the end of lines, by rule and subject; beside a rule the subject is empty."""
    decoded = decode("", text.encode("utf-8", "surrogatepass"))
    tree, problems = parse("", text.encode("utf-8", "surrogatepass"))
    if problems or tree.root is None or not isinstance(decoded, str):
        return {}
    lines = re.split(r"\r\n|\r|\n", decoded)
    found: dict[tuple[str, str], str] = {}
    for key, value in tree.root.value:
        items = value.value if isinstance(value, SequenceNode) else [value]
        places = [((key.value, item.value), item) for item in items if isinstance(item, ScalarNode)]
        in_line = not isinstance(value, SequenceNode) or value.flow_style
        for entry, node in [((key.value, ""), key), *(() if in_line else places)]:
            after = lines[node.end_mark.line][node.end_mark.column + (1 if node is key else 0) :]
            comment = _COMMENT.match(after)
            if comment:
                found[entry] = comment[1].rstrip()
    return found
