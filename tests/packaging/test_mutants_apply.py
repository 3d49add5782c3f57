"""The planted defects keep up with the code: each still applies, and names a test that exists.

Whether the tests go red is for `./run mutants`, nightly; a patch that has gone stale is seen at every push.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mutants.run import ROOT, BadPatchError, Mutant, preimages, read_mutants

MUTANTS = read_mutants()
each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
AGAIN = "make the patch anew with `git diff -U1`, below its header"


def test_there_are_enough_of_them_and_each_has_a_number_of_its_own() -> None:
    numbers = [mutant.name.partition("-")[0] for mutant in MUTANTS]
    assert len(numbers) >= 20
    assert len(set(numbers)) == len(numbers)


@each_mutant
def test_what_a_patch_replaces_stands_in_the_code_exactly_once(mutant: Mutant) -> None:
    hunks = list(preimages(mutant))
    assert {file for file, _ in hunks} == set(mutant.files)
    for file, before in hunks:
        assert file.startswith(("reconciler/", "templates/")), "a defect is planted in the code, not in its tests"
        found = f"\n{(ROOT / file).read_text(encoding='utf-8')}".count(f"\n{before}\n")
        assert found == 1, f"{mutant.path.name}: {found} places in {file} look like this; {AGAIN}:\n{before}"


@pytest.mark.skipif(shutil.which("git") is None, reason="`git apply` judges the patches; there is no git here")
def test_git_can_apply_them_all() -> None:
    for mutant in MUTANTS:
        command = ["git", "apply", "--check", str(mutant.path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{mutant.path.name}: {done.stderr}; {AGAIN}"


@each_mutant
def test_the_test_that_shall_notice_exists(mutant: Mutant) -> None:
    for test in mutant.tests:
        file, *names = test.partition("[")[0].split("::")
        assert names, f"{mutant.path.name}: name the test, not only its file: {file}"
        body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        for name in names:
            found = [each for each in body if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == name]
            assert found, f"{mutant.path.name}: there is no {name} in {file}"
            body = found[0].body


@pytest.mark.parametrize(
    "text",
    ["", "Defect: x\nRed: a.py::test\n", "Defect: x\n\n--- a/x\n+++ b/x\n", "Red: a.py::test\n\n--- a/x\n+++ b/x\n"],
    ids=["nothing", "no diff", "no test", "no defect"],
)
def test_a_patch_without_its_header_or_diff_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "01-x.patch").write_text(text, encoding="utf-8")
    with pytest.raises(BadPatchError, match=r"01-x\.patch"):
        read_mutants(tmp_path)
