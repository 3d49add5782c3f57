"""What a person reads of the guardrails that look at live, or at single texts, beside the message: each bad example."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.lint import Finding
from tests.lint.cases import all_cases, findings_of
from tests.lint.test_lint_rule_words import RULES as WITHOUT_LIVE

RULES = sorted({case.rule for case in all_cases()} - set(WITHOUT_LIVE))


def _shown(found: Finding) -> str:
    about = f"\n  about: {found.about}" if found.about else ""
    return f"{found.subject}{about}\n  found: {found.found}\n  expected: {found.expected}\n  fix: {found.fix}"


@pytest.mark.parametrize("rule_id", RULES)
def test_what_is_found_and_what_to_do(rule_id: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    cases = [case for case in all_cases() if case.rule == rule_id and case.is_bad]
    told = {case.stem: map(_shown, findings_of(case, tmp_path / case.stem)) for case in cases}
    assert "\n\n".join("\n".join([stem, *found]) for stem, found in told.items()) == snapshot
