"""Plant each known defect into a copy of the tree and name the test that goes red: `./run mutants [--only NAME]`.

A defect is a patch beside this file. Before its diff stands what is wrong, and the test that must notice:

    Defect: one sentence, perhaps over several lines
    Red: tests/plan/test_scope_judge.py::test_name    (a pytest node id; one line for each test)

The named tests are green before anything is planted; then each patch must apply, and each test that it names must
fail as a test: a collection error, a crash of the patched code or a timeout proves nothing. Exit 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import cache_from_source
from pathlib import Path
from queue import SimpleQueue
from typing import Final
from xml.etree import ElementTree as ET

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = Path(__file__).resolve().parent
_AT_ONCE: Final = 2
_TEST_SECONDS: Final = 60  # of one test: a defect that only hangs is not noticed
_RUN_SECONDS: Final = 600  # of one process, when not even the limit above ends it
_LEFT_OUT: Final = (".git", ".venv*", ".*_cache", ".hypothesis", ".schemathesis", "__pycache__", "build", "dist")
_PLUGINS_LEFT_OUT: Final = (
    "randomly",  # the same order every time
    "cacheprovider",
    *("anyio", "schemathesis", "xdist"),  # half of the time that pytest takes to start
)
_BROKEN: Final = re.compile(  # the patched code does not work at all: no defect that anybody could have shipped
    r"(ModuleNotFound|Import|Name|UnboundLocal|Attribute|Type|Syntax|Indentation)Error\b|Failed: Timeout"
)


class BadPatchError(Exception):
    """A file among the patches is no planted defect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One planted defect. `tests` are pytest node ids; `files` are what the diff changes."""

    name: str
    path: Path
    defect: str
    tests: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one defect. `red` are the tests that noticed it; `trouble` says why it does not count as found."""

    mutant: Mutant
    red: tuple[str, ...] = ()
    trouble: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class _Outcome:
    """One pytest process, by test: node ids without parameters."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    text: str = ""


# --- reading the patches ---------------------------------------------------------------------------------------------
def read_mutants(folder: Path = FOLDER) -> tuple[Mutant, ...]:
    """Return all planted defects, sorted by name. Raises BadPatchError for a patch without its header or diff."""
    return tuple(_read(path) for path in sorted(folder.glob("*.patch")))


def _read(path: Path) -> Mutant:
    header, found, diff = path.read_text(encoding="utf-8").partition("\n--- a/")
    defect = re.search(r"^Defect: (.+?)(?=^\S+: |\Z)", header, re.MULTILINE | re.DOTALL)
    tests = re.findall(r"^Red: (\S+)$", header, re.MULTILINE)
    files = re.findall(r"^\+\+\+ b/(\S+)$", diff, re.MULTILINE)
    if not (found and defect and tests and files):
        raise BadPatchError(f"{path.name}: it needs `Defect: …`, `Red: <test>`, and a diff with the prefixes a/ and b/")
    return Mutant(
        name=path.stem,
        path=path,
        defect=" ".join(defect[1].split()),
        tests=tuple(tests),
        files=tuple(files),
    )


def preimages(mutant: Mutant) -> Iterator[tuple[str, str]]:
    """Yield the file of each hunk and the text that the hunk replaces."""
    file, hunk = "", list[str]()
    for line in [*mutant.path.read_text(encoding="utf-8").splitlines(), "@@"]:
        if line.startswith(("@@", "--- a/")) and hunk:
            yield file, "\n".join(hunk)
            hunk = []
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
        elif file and line.startswith((" ", "-")) and not line.startswith("--- a/"):
            hunk.append(line[1:])


# --- one copy of the tree ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Copy:
    """A tree of its own, that a defect is planted into and taken out of again."""

    root: Path

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[str]:
        """Yield why the defect cannot be planted; an empty text if it is there."""
        trouble = self._git_apply(mutant)
        try:
            yield trouble
        finally:
            if not trouble and (stuck := self._git_apply(mutant, "--reverse")):
                raise RuntimeError(f"{mutant.name} cannot be taken out again: {stuck}")

    def _git_apply(self, mutant: Mutant, *options: str) -> str:
        """Patch, and forget the bytecode: a patch of the same length within the same second would not be seen."""
        done = subprocess.run(
            ["git", "apply", *options, str(mutant.path)],
            cwd=self.root,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(self.root.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        for file in mutant.files:
            Path(cache_from_source(self.root / file)).unlink(missing_ok=True)
        return done.stderr.strip() if done.returncode else ""

    def test(self, tests: Sequence[str]) -> _Outcome:
        """Run tests by node id and say what became of each."""
        report = self.root / "mutants.xml"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q"]
        command += [word for plugin in _PLUGINS_LEFT_OUT for word in ("-p", f"no:{plugin}")]
        command += [f"--timeout={_TEST_SECONDS}", "--timeout-method=signal", "-p", "tests.mutants.unshrunk"]
        command += [f"--junit-xml={report}", "-o", "junit_family=xunit1", *tests]
        # The copy comes before an installed clone, in subprocesses of the tests too.
        environ = {**os.environ, "PYTHONPATH": str(self.root), "HYPOTHESIS_PROFILE": "mutants"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environ,
                capture_output=True,
                text=True,
                errors="replace",  # a failing test may show bytes that are no text
                timeout=_RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _Outcome(text=f"pytest did not end within {_RUN_SECONDS} s")
        text = (done.stdout + done.stderr).strip()
        return _outcome(report, text) if report.exists() else _Outcome(text=text)


def _outcome(report: Path, text: str) -> _Outcome:
    outcome = _Outcome(text=text)
    for case in ET.parse(report).iter("testcase"):
        test = _node_id(case)
        failure, error = case.find("failure"), case.find("error")
        said = (failure if failure is not None else error if error is not None else case).get("message", "")
        if error is not None or _BROKEN.match(said):
            outcome.broken[test] = said.partition("\n")[0]
        else:
            (outcome.passed if failure is None else outcome.failed).add(test)
    return outcome


def _node_id(case: ET.Element) -> str:
    """Return the node id as a header names it: with its class, without parameters. A file that is no test is itself."""
    file, name = case.get("file", ""), case.get("name", "").partition("[")[0]
    module = file.removesuffix(".py").replace("/", ".")
    inside = case.get("classname", "").removeprefix(module).strip(".").replace(".", "::")
    return "::".join(part for part in (file, inside, name) if part)


def _without_parameters(test: str) -> str:
    return test.partition("[")[0]


@contextmanager
def _copies(count: int) -> Iterator[list[Copy]]:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [Copy(Path(folder, f"copy-{number}")) for number in range(count)]
        for copy in copies:
            shutil.copytree(ROOT, copy.root, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        yield copies


# --- the verdicts -----------------------------------------------------------------------------------------------------
def judge(mutant: Mutant, copy: Copy) -> Verdict:
    """Plant one defect and see whether every test that shall notice does."""
    with copy.planted(mutant) as trouble:
        if trouble:
            return Verdict(mutant=mutant, trouble=f"the patch does not apply any more: {trouble}")
        outcome = copy.test(mutant.tests)
    red = tuple(test for test in mutant.tests if _without_parameters(test) in outcome.failed)
    missing = [test for test in mutant.tests if test not in red]
    if not missing:
        return Verdict(mutant=mutant, red=red)
    return Verdict(mutant=mutant, red=red, trouble="; ".join(_why_not_red(test, outcome) for test in missing))


def _why_not_red(test: str, outcome: _Outcome) -> str:
    plain = _without_parameters(test)
    if plain in outcome.broken:
        return f"{test} breaks instead of failing: {outcome.broken[plain]}"
    if plain in outcome.passed:
        return f"{test} STAYS GREEN"
    return f"{test} did not run: {outcome.text[-400:]}"


def _not_green(mutants: Iterable[Mutant], copy: Copy) -> list[str]:
    """Return what is wrong with the named tests while nothing is planted."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    outcome = copy.test(tests)
    bad = outcome.failed | outcome.broken.keys()
    lost = [test for test in tests if _without_parameters(test) not in outcome.passed | bad]
    return [f"{test}: red before anything is planted" for test in sorted(bad)] + [
        f"{test}: there is no such test, or it did not run" for test in lost
    ] or ([] if outcome.passed else [outcome.text])


def _verdicts(mutants: Sequence[Mutant], copies: Sequence[Copy]) -> Iterator[Verdict]:
    free = SimpleQueue[Copy]()
    for copy in copies:
        free.put(copy)

    def judged(mutant: Mutant) -> Verdict:
        copy, started = free.get(), time.monotonic()
        try:
            return replace(judge(mutant, copy), seconds=time.monotonic() - started)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from pool.map(judged, mutants)


def _line(verdict: Verdict, width: int) -> str:
    if verdict.trouble:
        return (
            f"✗ {verdict.mutant.name:<{width}} {verdict.seconds:4.0f} s → {verdict.trouble}\n  {verdict.mutant.defect}"
        )
    return f"✓ {verdict.mutant.name:<{width}} {verdict.seconds:4.0f} s → {', '.join(verdict.red)}"


def _chosen(only: Sequence[str]) -> list[Mutant]:
    return [mutant for mutant in read_mutants() if not only or any(part in mutant.name for part in only)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Plant each known defect; each must turn a test red.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a part of the patch's name")
    parser.add_argument("--list", action="store_true", help="say what is planted, and run nothing")
    asked = parser.parse_args(arguments)
    mutants = _chosen(asked.only)
    if not mutants:
        parser.error("no patch has such a name")
    if asked.list:
        print("\n".join(f"{mutant.name}: {mutant.defect}" for mutant in mutants))
        return 0
    return _run(mutants)


def _run(mutants: Sequence[Mutant]) -> int:
    started, width = time.monotonic(), max(len(mutant.name) for mutant in mutants)
    with _copies(min(_AT_ONCE, len(mutants))) as copies:
        if early := _not_green(mutants, copies[0]):
            print("\n".join(early))
            return 1
        print(f"{len(mutants)} defects; the tests that shall notice are green without them.", flush=True)
        found = 0
        for verdict in _verdicts(mutants, copies):
            print(_line(verdict, width), flush=True)
            found += not verdict.trouble
    print(f"{found} of {len(mutants)} planted defects were noticed, in {time.monotonic() - started:.0f} s.")
    return 0 if found == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
