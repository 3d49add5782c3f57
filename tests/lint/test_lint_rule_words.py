"""What a person reads of twelve guardrails, beside the message: what was found, what is expected, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.lint.audience import Audience
from reconciler.lint.rule import Found, Looked
from reconciler.model.lint import RuleSetting
from reconciler.model.policy import Policy
from reconciler.model.problem import NOWHERE
from reconciler.policy import load
from reconciler.policy.files import find
from tests.lint.cases import CASES, TODAY, Case, all_cases, rule_called

RULES = (
    "critical-must-page",
    "actionable-alert",
    "duplicate-delivery",
    "mixed-severity-channel",
    "max-recipients",
    "hours-on-critical",
    "native-bypasses",
    "timeout-untold",
    "escalation-repeats",
    "escalation-has-end",
    "direct-to-vendor",
    "all-jobs-webhook",
)
ROOT = Path(__file__).parents[2]


def _judged(rule_id: str, policy: Policy) -> list[Found]:
    setting = policy.rules.get(rule_id) or RuleSetting(at=NOWHERE)
    return list(rule_called(rule_id).judge(Looked(policy=policy, today=TODAY, setting=setting)))


def _shown(found: Found) -> str:
    return f"{found.subject}\n  found: {found.found}\n  expected: {found.expected}\n  fix: {found.fix}"


@pytest.mark.parametrize("rule_id", RULES)
def test_what_is_found_and_what_to_do(rule_id: str, snapshot: SnapshotAssertion) -> None:
    told = {
        case.stem: [_shown(found) for found in _judged(rule_id, load([case.path, CASES / "account.yml"]))]
        for case in _without_live(rule_id)
    }
    assert "\n\n".join("\n".join([stem, *found]) for stem, found in told.items()) == snapshot


def _without_live(rule_id: str) -> list[Case]:
    return [case for case in all_cases() if case.rule == rule_id and case.is_bad and case.live is None]


@pytest.mark.parametrize("rule_id", RULES)
def test_a_file_checked_alone_shows_nothing_that_the_whole_policy_does_not(rule_id: str) -> None:
    whole = {found.subject for found in _judged(rule_id, load([ROOT / "policies"]))}
    for path in find([ROOT / "policies"]).files:
        assert {found.subject for found in _judged(rule_id, load([path]))} <= whole


@pytest.mark.parametrize("rule_id", RULES)
def test_the_shared_audience_changes_nothing(rule_id: str) -> None:
    policy = load([ROOT / "policies"])
    looked = Looked(policy=policy, today=TODAY, setting=RuleSetting(at=NOWHERE))
    rule = rule_called(rule_id)
    shared = Looked(policy=policy, today=TODAY, setting=looked.setting, audience=Audience(policy))
    assert list(rule.judge(shared)) == list(rule.judge(looked))


@pytest.mark.parametrize("rule_id", RULES)
def test_the_example_company_is_told_of_nothing_worse_than_info(rule_id: str) -> None:
    found = _judged(rule_id, load([ROOT / "policies"]))
    assert not found or rule_called(rule_id).level == "info"
