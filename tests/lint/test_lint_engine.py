"""The engine: levels, excuses, baselines, and what is said of those that are not needed any more."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from reconciler.lint.baseline import Baseline
from reconciler.lint.engine import lint
from reconciler.lint.excuse import Excuse
from reconciler.lint.report import LintReport, Selection
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.model.lint import Finding, LintLevel, RuleSetting
from reconciler.model.problem import Position
from reconciler.plan.survey import Survey
from tests.builders import at, inventory, policy

FIRST, SECOND = at(10, file="a.yml"), at(20, file="a.yml")


def finds(*found: Found, rule: str = "speaks", needs_live: bool = False, more_with_live: bool = False) -> Rule:
    return Rule(
        id=rule,
        title="what a test wants",
        level=LintLevel.WARN,
        judge=lambda _looked: found,
        needs_live=needs_live,
        more_with_live=more_with_live,
    )


def found(subject: str = "job 101", *, place: Position = FIRST, also: tuple[Position, ...] = ()) -> Found:
    return Found(at=place, subject=subject, message=f"{subject} is wrong", also_at=also)


def excuse(*rules: str, first: int = 10, last: int | None = None, reason: str = "it is meant") -> Excuse:
    return Excuse(
        at=Position("a.yml", first, 40),
        rules=rules or ("speaks",),
        reason=reason,
        first=first,
        last=first if last is None else last,
    )


def judge(
    *rules: Rule,
    excuses: Iterable[Excuse] = (),
    baseline: Iterable[str] = (),
    live: bool = False,
    setting: RuleSetting | None = None,
    selection: Selection | None = None,
    missing: tuple[str, ...] = (),
) -> LintReport:
    looked_at = replace(policy(), rules={"speaks": setting} if setting else {}, missing=missing)
    entries = {subject: at(1, file="x-baseline.yml") for subject in baseline}
    return lint(
        looked_at,
        today=date(2026, 1, 5),
        survey=Survey(looked_at, inventory()) if live else None,
        selection=selection or Selection(),
        excuses=tuple(excuses),
        baselines={"speaks": Baseline(file="x-baseline.yml", entries={"speaks": entries})} if entries else {},
        rules=rules,
    )


def of(report: LintReport, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == rule]


def rules_of(report: LintReport) -> list[str]:
    return [finding.rule for finding in report.findings]


def test_findings_come_in_the_order_of_lines_each_once() -> None:
    report = judge(finds(found("b", place=SECOND), found("a"), found("a")), finds(found("c"), rule="also"))
    assert [(each.at.line, each.rule, each.subject) for each in report.findings] == [
        (10, "also", "c"),
        (10, "speaks", "a"),
        (20, "speaks", "b"),
    ]


@pytest.mark.parametrize(
    ("said", "level"), [(None, LintLevel.WARN), (LintLevel.ERROR, LintLevel.ERROR), (LintLevel.INFO, LintLevel.INFO)]
)
def test_the_policy_says_how_bad_a_finding_is(said: LintLevel | None, level: LintLevel) -> None:
    report = judge(finds(found()), setting=RuleSetting(at=FIRST, level=said))
    assert [finding.level for finding in report.findings] == [level]
    assert report.counts[level] == 1


def test_a_rule_that_is_off_is_not_asked() -> None:
    def judged(_looked: Looked) -> Iterable[Found]:
        pytest.fail("it was asked")

    rule = replace(finds(), judge=judged)
    assert judge(rule, setting=RuleSetting(at=FIRST, level=LintLevel.OFF)).judged == ()


def test_a_rule_is_told_its_limit_and_names() -> None:
    def judged(looked: Looked) -> Iterable[Found]:
        yield found(f"{looked.setting.limit} {looked.setting.names} {looked.today}")

    setting = RuleSetting(at=FIRST, limit=7, names=("all-*",))
    report = judge(replace(finds(), judge=judged), setting=setting)
    assert [each.subject for each in report.findings] == ["7 ('all-*',) 2026-01-05"]


def test_only_what_is_selected_is_asked_and_what_is_ignored_is_not() -> None:
    rules = [finds(found(), rule=name) for name in ("one", "two", "three")]
    selection = Selection(select=frozenset({"one", "two"}), ignore=frozenset({"two"}))
    assert judge(*rules, selection=selection).judged == ("one",)


def test_without_live_a_rule_that_needs_it_is_named_as_not_judged() -> None:
    rule = finds(found(), needs_live=True)
    assert judge(rule).not_judged == ("speaks",)
    assert judge(rule).findings == ()
    assert rules_of(judge(rule, live=True)) == ["speaks"]


# --- excuses --------------------------------------------------------------------------------------------------------
def test_an_excuse_holds_for_its_rule_on_its_lines_only() -> None:
    report = judge(finds(found("a"), found("b", place=SECOND)), excuses=[excuse(first=8, last=12)])
    assert [each.finding.subject for each in report.excused] == ["a"]
    assert [each.subject for each in report.findings] == ["b"]
    assert rules_of(judge(finds(found()), excuses=[excuse("other")])) == ["speaks", "unknown-excuse"]


def test_an_excuse_at_a_line_that_a_finding_only_names_beside_does_not_hold() -> None:
    """A team would excuse at its own rule what is found at everybody's tier."""
    report = judge(finds(found(also=(SECOND,))), excuses=[excuse(first=20)])
    assert rules_of(report) == ["speaks", "unused-excuse"]


def test_what_no_line_speaks_of_is_not_excused_where_one_would_stand() -> None:
    """An excuse there would excuse the next job too, which nobody has seen."""
    report = judge(finds(replace(found(), unwritten=True)), excuses=[excuse()])
    assert rules_of(report) == ["speaks", "unused-excuse"]
    assert "cannot be excused here" in of(report, "unused-excuse")[0].message


def test_an_excuse_that_holds_for_its_line_is_not_called_powerless() -> None:
    report = judge(finds(found("a"), replace(found("b"), unwritten=True)), excuses=[excuse()])
    assert [each.subject for each in report.findings] == ["b"]


def test_an_excuse_in_another_file_does_not_hold() -> None:
    elsewhere = replace(excuse(), at=Position("b.yml", 10, 1))
    assert "speaks" in rules_of(judge(finds(found()), excuses=[elsewhere]))


def test_an_excuse_without_a_reason_excuses_nothing_and_is_a_finding_itself() -> None:
    report = judge(finds(found()), excuses=[excuse(reason="")])
    assert sorted(rules_of(report)) == ["excuse-without-reason", "speaks"]
    assert report.excused == ()


def test_of_two_excuses_the_one_with_a_reason_holds() -> None:
    report = judge(finds(found()), excuses=[excuse(reason=""), excuse(first=8, last=12)])
    assert [each.excuse.reason for each in report.excused] == ["it is meant"]


@pytest.mark.parametrize(("named", "advice"), [("speeks", "did you mean `speaks`?"), ("zzz", "write `# dbt-alerts")])
def test_an_excuse_of_no_rule_is_named(named: str, advice: str) -> None:
    report = judge(finds(), excuses=[excuse(named)])
    assert rules_of(report) == ["unknown-excuse"]
    assert report.findings[0].fix.startswith(advice)


def test_an_excuse_where_nothing_is_found_any_more_is_told() -> None:
    report = judge(finds(found("a", place=SECOND)), excuses=[excuse()])
    assert [each.subject for each in of(report, "unused-excuse")] == ["excuse speaks"]
    assert of(report, "unused-excuse")[0].level is LintLevel.INFO


def test_of_two_excuses_of_one_finding_none_is_needless() -> None:
    assert judge(finds(found()), excuses=[excuse(), excuse(first=8, last=12)]).findings == ()


@pytest.mark.parametrize(
    "report",
    [
        judge(finds(needs_live=True), excuses=[excuse()], baseline=["job 9"]),
        judge(finds(more_with_live=True), excuses=[excuse()], baseline=["job 9"]),
        judge(finds(), excuses=[excuse()], baseline=["job 9"], missing=("account",)),
        judge(finds(), excuses=[excuse()], baseline=["job 9"], setting=RuleSetting(at=FIRST, level=LintLevel.OFF)),
        judge(finds(), excuses=[excuse()], baseline=["job 9"], selection=Selection(ignore=frozenset({"speaks"}))),
    ],
    ids=["needs live", "more with live", "a file alone", "off", "ignored"],
)
def test_nothing_is_called_needless_by_who_did_not_look_everywhere(report: LintReport) -> None:
    assert report.findings == ()


# --- baselines ------------------------------------------------------------------------------------------------------
def test_what_was_there_before_is_counted_apart() -> None:
    report = judge(finds(found("job 1"), found("job 2")), baseline=["job 1"])
    assert [each.subject for each in report.baselined] == ["job 1"]
    assert [each.subject for each in report.findings] == ["job 2"]


def test_an_entry_that_is_not_found_any_more_is_told_where_it_stands() -> None:
    report = judge(finds(), baseline=["job 9"])
    assert [(each.subject, each.at.file, each.level) for each in of(report, "stale-baseline")] == [
        ("speaks job 9", "x-baseline.yml", LintLevel.INFO)
    ]


@pytest.mark.parametrize(
    ("entries", "last"), [(50, "speaks job 49"), (51, "speaks 1 more"), (3_000, "speaks 2,950 more")]
)
def test_of_many_entries_that_are_not_found_the_first_are_told_and_the_rest_is_counted(entries: int, last: str) -> None:
    told = of(judge(finds(), baseline=[f"job {number}" for number in range(entries)]), "stale-baseline")
    subjects = {each.subject for each in told}
    assert {f"speaks job {number}" for number in range(50)} <= subjects
    assert last in subjects
    assert len(told) == min(entries, 51)


def test_an_excused_finding_keeps_its_entry_from_being_stale() -> None:
    report = judge(finds(found("job 1")), excuses=[excuse()], baseline=["job 1"])
    assert report.findings == ()
    assert (len(report.excused), len(report.baselined)) == (1, 0)


def test_many_excuses_and_many_findings_are_matched_in_no_time() -> None:
    """Each with each would be nine million looks; the bound is loose."""
    lines = range(1, 3_001)
    rule = finds(*(found(f"job {line}", place=Position("a.yml", line, 1)) for line in lines))
    begun = time.process_time()
    report = judge(rule, excuses=[excuse(first=line) for line in lines])
    assert (len(report.excused), report.findings) == (3_000, ())
    assert time.process_time() - begun < 2
