"""What unproved-channel advises: a code where the message was taken, another test where it failed."""

from __future__ import annotations

from pathlib import Path

from tests.lint.cases import all_cases, findings_of


def test_a_message_that_was_taken_needs_its_code_and_not_another_test(tmp_path: Path) -> None:
    case = next(each for each in all_cases() if str(each) == "unproved-channel/bad-taken-is-not-proved")
    fixes = {each.subject: each.fix for each in findings_of(case, tmp_path / "policy")}
    assert "`dbt-alerts alert-test confirm CODE --channel oncall`" in fixes["channel oncall"]
    assert "excuse it on its line" in fixes["channel oncall"]
    assert "`dbt-alerts alert-test deliver --channel data-team`" in fixes["channel data-team"]
