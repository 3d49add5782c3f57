"""The policy's problems as text that editors and people can follow: place, what, found, expected, fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from reconciler.escape import terminal
from reconciler.model.problem import Severity

if TYPE_CHECKING:
    from reconciler.model.problem import Problem

__all__ = ["problem_lines", "problems_document"]


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Yield each problem in the order of files and lines, warnings first, escaped for a terminal."""
    for problem in _in_order(problems):
        place = f"{problem.at}: " if problem.at.file else ""  # a variable that `import` wants stands in no file
        yield terminal(f"{place}{problem.severity.value}: {problem.message}")
        for place in problem.also_at:
            yield terminal(f"    also at {place}")
        for label, text in (("found", problem.found), ("expected", problem.expected), ("fix", problem.fix)):
            if text:
                yield f"    {label + ':':<10}{terminal(text)}"


def problems_document(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return the problems as JSON-ready data."""
    return [
        {
            "file": problem.at.file,
            "line": problem.at.line,
            "column": problem.at.column,
            "severity": problem.severity.value,
            "message": problem.message,
            "found": problem.found,
            "expected": problem.expected,
            "fix": problem.fix,
            "also_at": [str(place) for place in problem.also_at],
        }
        for problem in _in_order(problems)
    ]


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return warnings first: beside errors only one stands that may be why they are there."""
    return sorted(problems, key=lambda problem: (problem.severity is Severity.ERROR, problem.at))
