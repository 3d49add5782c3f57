"""Every example of every rule; how they are written is told in `cases.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import Case, all_cases, check_case


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_a_rule_finds_what_its_example_expects(case: Case, tmp_path: Path) -> None:
    check_case(case, tmp_path)
