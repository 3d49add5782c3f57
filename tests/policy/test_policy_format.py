"""The calm form of policy files, as files: `<name>.before.yml` and `<name>.after.yml`.

`UPDATE_EXPECTED=1 pytest tests/policy/test_policy_format.py` writes the files after again; read the difference.
"""

import os
import time
from pathlib import Path

import pytest

from reconciler.policy.formatting.files import LARGEST, format_files
from reconciler.policy.formatting.format import formatted
from reconciler.policy.formatting.long import LONGEST
from reconciler.shipped import Shipped, shipped

CASES = sorted((Path(__file__).parents[1] / "cases" / "policy" / "fmt").glob("*.before.yml"))


def _read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem.removesuffix(".before"))
def test_the_calm_form_of(path: Path) -> None:
    calm = formatted(_read(path))
    after = path.with_name(path.name.replace(".before.", ".after."))
    if "UPDATE_EXPECTED" in os.environ:
        after.write_bytes(calm.encode())
    assert calm == _read(after)
    assert formatted(calm) == calm


def test_of_the_shipped_policy_only_lines_that_are_too_long_change() -> None:
    rewrites, problems = format_files([shipped(Shipped.POLICIES)])
    assert not problems
    for rewrite in rewrites:
        gone = set(rewrite.before.splitlines()) - set(rewrite.after.splitlines())
        assert [line for line in gone if len(line) <= LONGEST] == []


@pytest.mark.parametrize("text", ["# a{}b\n", 'impact: "a{}b"\n', "team:{}a\n"], ids=["comment", "quotes", "value"])
def test_blanks_without_end_in_a_line_cost_nothing(text: str) -> None:
    started = time.monotonic()
    formatted(text.format(" " * 30_000))
    assert time.monotonic() - started < 1


def test_lines_that_are_comments_only_cost_next_to_nothing() -> None:
    text = "team: a\n" + "# nobody is asked\n" * 50_000
    started = time.process_time()
    assert formatted(text) == text
    assert time.process_time() - started < 5


def test_a_file_that_is_too_long_is_told_and_left(tmp_path: Path) -> None:
    long, longest = tmp_path / "long.yml", tmp_path / "longest.yml"
    long.write_text("team:  a\n" + "#" * LARGEST)
    longest.write_text("team:  a\n#" + "#" * (LARGEST - 11) + "\n")
    [rewrite], [problem] = format_files([tmp_path])
    assert (rewrite.file, rewrite.after[:8]) == (str(longest), "team: a\n")
    assert (problem.at.file, problem.found) == (str(long), f"{LARGEST + 9:,} characters")
    assert "too long to be formatted" in problem.message
