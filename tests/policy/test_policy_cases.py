"""Bad files in, the expected problems out: each case stands beside a policy that is right, `base.yml`.

`UPDATE_EXPECTED=1 pytest tests/policy/test_policy_cases.py` writes the expected files again; read the difference.
"""

import os
import shutil
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load

CASES = Path(__file__).parents[1] / "cases" / "policy"
BAD = sorted(path for kind in ("yaml", "structure", "meaning") for path in (CASES / kind).glob("*.yml"))
GOOD = sorted((CASES / "good").glob("*.yml"))


def _told(problem: Problem, folder: Path) -> str:
    lines = [f"{problem.at}: {problem.severity}: {problem.message}".replace(f"{folder}{os.sep}", "")]
    lines += [f"    {name}: {said}" for name in ("found", "expected", "fix") if (said := getattr(problem, name))]
    lines += [f"    also at: {place}".replace(f"{folder}{os.sep}", "") for place in problem.also_at]
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(CASES / "base.yml", tmp_path / "base.yml")
    return tmp_path


def _problems(folder: Path) -> tuple[Problem, ...]:
    try:
        return load([folder]).warnings
    except PolicyError as error:
        return error.problems


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_bad_files_are_answered_as_expected(path: Path, folder: Path) -> None:
    shutil.copy(path, folder / "case.yml")
    told = "".join(_told(problem, folder) for problem in _problems(folder))
    expected = path.with_suffix(".expected")
    if "UPDATE_EXPECTED" in os.environ:
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_problem_says_what_to_do_next(path: Path, folder: Path) -> None:
    shutil.copy(path, folder / "case.yml")
    problems = _problems(folder)
    assert problems
    assert all(problem.fix for problem in problems)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files_load_without_a_word(path: Path, folder: Path) -> None:
    shutil.copy(path, folder / "case.yml")
    assert _problems(folder) == ()
