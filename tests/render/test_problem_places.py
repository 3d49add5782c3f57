"""A problem is told with its place; what stands in no file is told without one."""

from __future__ import annotations

from reconciler.model.problem import NOWHERE, Position, Problem
from reconciler.render.problems import problem_lines


def test_what_stands_in_no_file_has_no_place() -> None:
    problems = [
        Problem(at=NOWHERE, message="the variable X is not set", found="nothing"),
        Problem(at=Position("a.yml", 3, 1), message="`x` is empty", found="nothing"),
    ]
    told = [line for line in problem_lines(problems) if "error" in line]
    assert told == ["error: the variable X is not set", "a.yml:3:1: error: `x` is empty"]
