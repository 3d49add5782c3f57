"""Words that people bring along from other tools: what each is answered with, or read as.

`UPDATE_EXPECTED=1 pytest tests/policy/test_policy_words.py` writes the expected files again; read the difference.
"""

import os
import shutil
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.editing.edit import apply_edits
from reconciler.policy.migrate import word_edits

CASES = Path(__file__).parents[1] / "cases" / "policy"
WORDS = sorted((CASES / "words").glob("*.yml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(CASES / "base.yml", tmp_path / "base.yml")
    return tmp_path


def _problems(folder: Path) -> tuple[Problem, ...]:
    try:
        return load([folder]).warnings
    except PolicyError as error:
        return error.problems


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_words_of_other_tools_are_answered_on_their_line(path: Path, folder: Path) -> None:
    shutil.copy(path, folder / "case.yml")
    told = "".join(
        f"{problem.at.line}:{problem.at.column} {problem.severity.value}: {problem.message} -> {problem.fix}\n"
        for problem in _problems(folder)
    )
    expected = path.with_suffix(".expected")
    if "UPDATE_EXPECTED" in os.environ:
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


def test_words_that_are_read_are_rewritten_where_they_stand_and_then_read_without_a_word(folder: Path) -> None:
    case = folder / "case.yml"
    shutil.copy(CASES / "words" / "read-with-a-warning.yml", case)
    policy = load([folder])
    text = case.read_text(encoding="utf-8")
    result = apply_edits({str(case): text}, word_edits(policy))
    rewritten = result.texts[str(case)]
    case.write_text(rewritten, encoding="utf-8")
    assert not result.refused
    assert load([folder]).warnings == ()
    assert [rule.on for rule in load([folder]).webhooks] == [rule.on for rule in policy.webhooks]
    old = ("job.run.", "run.error", "run.completed")
    assert [line for line in rewritten.splitlines() if any(word in line for word in old)] == []
    changed = [now for now, then in zip(rewritten.splitlines(), text.splitlines(), strict=True) if now != then]
    assert changed == [
        "    notify: {failure: [maria]}",
        '  "failure": [maria]',
        "      failure: maria",
        "  - {to: maria, on: failure, jobs: {name: a}}",
        '  - {name: x, url: "https://x.example", on: [errored, started], jobs: {name: a}}',
        '  - {name: y, url: "https://y.example", on: completed, jobs: {name: a}}',
        '  - {name: z, url: "https://z.example", on: [started, completed, errored, errored], jobs: {name: a}}',
    ]
