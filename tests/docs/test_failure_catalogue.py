"""The page of failures names every test of the catalogue, and every failure of the list has its row."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.interleaving.scenarios import SCENARIOS

ROOT: Final = Path(__file__).resolve().parents[2]
FAILURES: Final = 20
"""How many the catalogue was asked for; more may come."""

pytestmark = pytest.mark.docs


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def catalogued_tests() -> set[str]:
    bodies = [ast.parse(path.read_text(encoding="utf-8")).body for path in (ROOT / "tests/catalogue").glob("test_*.py")]
    found = {each.name for body in bodies for each in body if isinstance(each, ast.FunctionDef)}
    return {name for name in found if name.startswith("test_")}


def rows() -> list[str]:
    lines = [line for line in page("failure-catalogue.md").splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith("| failure ")]


def test_every_test_is_on_the_page_and_every_name_on_the_page_is_a_test() -> None:
    named = set(re.findall(r"`(test_\w+)`", page("failure-catalogue.md")))
    assert named == catalogued_tests()


def test_every_failure_has_four_cells_and_a_test() -> None:
    assert len(rows()) >= FAILURES
    for row in rows():
        failure, seen, here, test = (cell.strip() for cell in row.strip("|").split(" | "))
        assert failure
        assert seen
        assert here
        assert test.startswith("`test_"), failure


def test_the_page_of_interleavings_has_a_row_for_every_scenario() -> None:
    text = page("interleavings.md")
    assert [each.name for each in SCENARIOS if f"| {each.name} |" not in text] == []
