"""The list of what the language's page states is held to the page, sentence by sentence, and to the tests it names.

A changed or new sentence is red here until the list has it in the same words, with a test that proves it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "policy-language.md"
LIST: Final = ROOT / "tests" / "cases" / "language" / "rules.yml"
RULES: Final[list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(LIST.read_text(encoding="utf-8"))
CASES: Final = (ROOT / "tests" / "cases" / "policy", ROOT / "tests" / "cases" / "lint")

_COMMENT: Final = re.compile(r"(?:^|\s)#\s+(.*)$")
_SEPARATOR: Final = re.compile(r"\|[-|]+\|")
_BETWEEN: Final = re.compile(r"[\s|]*")


def stated(page: str) -> str:
    """Return what the page states as one line: its prose, its tables, and the comments of its examples."""
    return " ".join(" ".join(_statements(page.splitlines())).split())


def _statements(lines: Sequence[str]) -> Iterator[str]:
    in_example = False
    for line in lines:
        if line.startswith("```"):
            in_example = not in_example
        elif in_example:
            yield from _COMMENT.findall(line)
        elif not line.startswith("#") and not _SEPARATOR.fullmatch(line):
            yield line


def first_difference(text: str, quotes: Sequence[str]) -> str:
    """Return where the quotes, one after the other, stop being the text; nothing where they are all of it."""
    at = 0
    for quote in quotes:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if not text.startswith(quote, at):
            return f"the page says:  {text[at : at + 160]}\nthe list says:  {quote[:160]}"
        at += len(quote)
    rest = text[at:].strip(" |")
    return f"the list ends, and the page goes on:  {rest[:160]}" if rest else ""


@cache
def node_ids_of(file: str) -> frozenset[str]:
    """Return the node ids of a test file, without parameters."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(f"{file}::{name}" for name in _names(tree.body, ""))


def _names(nodes: Sequence[ast.stmt], prefix: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name


def is_there(node_id: str) -> bool:
    """Tell whether there is such a test, and where an example is named such an example."""
    test, _, example = node_id.removesuffix("]").partition("[")
    file = test.partition("::")[0]
    found = (ROOT / file).is_file() and test in node_ids_of(file)
    return found and (not example or any(True for folder in CASES for _ in folder.glob(f"**/{example}.yml")))


def test_every_sentence_of_the_page_is_in_the_list() -> None:
    found = first_difference(stated(PAGE.read_text(encoding="utf-8")), [rule["says"].strip() for rule in RULES])
    assert not found, f"docs/policy-language.md and tests/cases/language/rules.yml differ\n{found}"


def test_every_test_that_the_list_names_is_there() -> None:
    assert [node_id for rule in RULES for node_id in rule.get("proved_by", ()) if not is_there(node_id)] == []


def test_every_rule_has_a_test_or_says_why_not() -> None:
    for rule in RULES:
        assert rule.keys() in ({"says", "proved_by"}, {"says", "why"}), rule
        assert rule.get("proved_by") or rule.get("why"), rule


@pytest.mark.parametrize(
    ("page", "quotes", "said"),
    [
        ("# Title\n\nOne.\nTwo.\n", ["One.", "Two."], ""),
        ("One. Two.\n", ["One."], "the page goes on:  Two."),
        ("One. Three.\n", ["One.", "Two."], "the page says:  Three."),
        ("One.\n", ["One.", "Two."], "the list says:  Two."),
        ("One more.\n", ["One."], "the page says:  One more."),
        ("| a | b |\n|---|---|\n| c | d |\n", ["a | b", "c | d"], ""),
        ('```yaml\nx: "#one"  # Two\n# Three\n```\n', ["Two", "Three"], ""),
    ],
)
def test_a_difference_is_found_where_it_is(page: str, quotes: list[str], said: str) -> None:
    found = first_difference(stated(page), quotes)
    assert said in found
    assert bool(said) is bool(found)


@pytest.mark.parametrize(
    "node_id",
    [
        "tests/scenarios/test_language_page_is_proved.py::test_that_is_not_there",
        "tests/scenarios/test_gone.py::test_every_rule_has_a_test_or_says_why_not",
        "tests/policy/test_policy_cases.py::test_bad_files_are_answered_as_expected[meaning/gone]",
    ],
)
def test_a_test_that_is_not_there_is_noticed(node_id: str) -> None:
    assert not is_there(node_id)
