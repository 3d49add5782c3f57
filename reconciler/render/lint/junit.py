"""What lint found as JUnit: each rule is a check, which fails with its errors and warnings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.model.lint import LintLevel
from reconciler.render.junit import CheckCase, junit_text

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.lint import Finding

__all__ = ["lint_junit"]


def lint_junit(report: LintReport) -> str:
    """Return a suite with a case for each rule that was asked, or was not for want of live. Notes fail nothing."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[finding.rule].append(finding)
    own = [rule for rule in found if rule not in report.judged]
    cases = [_case(rule, found.get(rule, [])) for rule in (*report.judged, *own)]
    cases += [CheckCase(name=rule, group="lint", skipped="it needs live") for rule in report.not_judged]
    return junit_text(cases, name="dbt-alerts lint")


def _case(rule: str, findings: list[Finding]) -> CheckCase:
    told = [_told(each) for each in findings if each.level in {LintLevel.ERROR, LintLevel.WARN}]
    return CheckCase(name=rule, group="lint", problem="\n".join(told) if told else None)


def _told(finding: Finding) -> str:
    more = (("found", finding.found), ("expected", finding.expected), ("fix", finding.fix))
    lines = [f"    {label}: {text}" for label, text in more if text]
    return "\n".join([f"{finding.at}: {finding.level}: {finding.message}", *lines])
