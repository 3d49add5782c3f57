"""Every rule of the language is there: its module, its place in the table, its page, a bad and a good example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from reconciler.lint.own import OWN_RULES
from reconciler.lint.registry import LATER, RULES, why
from reconciler.lint.rule import Rule
from reconciler.model.lint import LintLevel
from reconciler.policy.documents.file import RuleId
from tests.lint.cases import all_cases, rule_called

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policy-language.md").read_text(encoding="utf-8")

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_every_word_of_rules_has_a_rule_or_comes_later() -> None:
    assert {*(rule.id for rule in RULES), *LATER} == set(get_args(RuleId))


def test_the_rules_stand_in_the_order_of_the_page() -> None:
    table = [line for line in PAGE.splitlines() if line.startswith("| ")]
    ids = get_args(RuleId)
    order = [word for line in table for word in re.findall(r"[a-z-]+", line.split("|")[1]) if word in ids]
    assert [rule.id for rule in RULES] == [word for word in order if word not in LATER]


def test_no_rule_has_the_name_of_what_lint_finds_by_itself() -> None:
    assert {rule.id for rule in RULES}.isdisjoint(own.id for own in OWN_RULES)


def test_default_levels_are_those_of_the_page() -> None:
    (sentence,) = re.findall(r"Default level `error`: (.*?); `info`: (.*?); else `warn`", PAGE)
    errors, infos = (re.findall(r"[a-z-]+", part) for part in sentence)
    for rule in RULES:
        wanted = LintLevel.ERROR if rule.id in errors else LintLevel.INFO if rule.id in infos else LintLevel.WARN
        assert rule.level is wanted, rule.id


@each_rule
def test_a_rule_stands_in_the_module_of_its_name_which_says_why(rule: Rule) -> None:
    assert rule_called(rule.id) is rule
    assert len(why(rule).split("\n\n")) >= 2


@each_rule
def test_a_rule_has_a_page_and_examples_of_both_kinds(rule: Rule) -> None:
    assert (ROOT / "docs" / "reference" / "rules" / f"{rule.id}.md").exists()
    kinds = {case.is_bad for case in all_cases() if case.rule == rule.id and case.path.is_file()}
    assert kinds == {True, False}


@each_rule
def test_a_rule_that_looks_at_live_says_so(rule: Rule) -> None:
    """Else an excuse or a baseline's entry that only live needs would be called needless."""
    looks = any(case.live is not None for case in all_cases() if case.rule == rule.id)
    assert looks == (rule.needs_live or rule.more_with_live)


def test_every_example_belongs_to_a_rule() -> None:
    assert {case.rule for case in all_cases()} == {rule.id for rule in RULES}
