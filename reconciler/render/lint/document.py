"""What lint found as JSON-ready data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.render.lint.text import rule_page

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.lint import Finding
    from reconciler.model.problem import Position

__all__ = ["lint_document", "mended_document"]


def lint_document(report: LintReport) -> Mapping[str, Any]:
    """Return counts and findings; those excused and in a baseline apart, and the rules that were asked."""
    return {
        "counts": {
            **{level.value: count for level, count in report.counts.items()},
            "excused": len(report.excused),
            "baselined": len(report.baselined),
        },
        "findings": [_finding(each) for each in report.findings],
        "excused": [
            {**_finding(each.finding), "reason": each.excuse.reason, "excused_at": str(each.excuse.at)}
            for each in report.excused
        ],
        "baselined": [_finding(each) for each in report.baselined],
        "judged": list(report.judged),
        "judged_in_part": list(report.judged_in_part),
        "not_judged": list(report.not_judged),
    }


def mended_document(mended: Iterable[Finding], refused: Mapping[Finding, str]) -> Mapping[str, Any]:
    """Return what `--fix` wrote, and what it could not write and why."""
    return {
        "fixed": [_finding(each) for each in mended],
        "not_fixed": [{**_finding(each), "why": why} for each, why in refused.items()],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        **_place(finding.at),
        "subject": finding.subject,
        "message": finding.message,
        "found": finding.found,
        "expected": finding.expected,
        "fix": finding.fix,
        "fixable": bool(finding.edits),
        "also_at": [_place(place) for place in finding.also_at],
        "page": rule_page(finding.rule),
    }


def _place(at: Position) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}
