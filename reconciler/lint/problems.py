"""The loader's problems as findings, so that one output shows everything that is wrong with the files."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.lint.own import INVALID_POLICY, POLICY_WARNING
from reconciler.model.lint import Finding
from reconciler.model.problem import Problem, Severity

__all__ = ["as_findings"]


def as_findings(problems: Iterable[Problem]) -> tuple[Finding, ...]:
    """Return a finding for each problem: of `invalid-policy`, or of `policy-warning` where the policy is understood."""
    return tuple(map(_finding, sorted(problems, key=lambda problem: (problem.at, problem.message))))


def _finding(problem: Problem) -> Finding:
    own = INVALID_POLICY if problem.severity is Severity.ERROR else POLICY_WARNING
    return Finding(
        rule=own.id,
        level=own.level,
        at=problem.at,
        subject=problem.message,
        message=problem.message,
        found=problem.found,
        expected=problem.expected,
        fix=problem.fix,
        also_at=problem.also_at,
        edits=problem.edits,
    )
