"""Tests files of any bytes and any shape: a test, or problems with their places; never a traceback, never for long."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from reconciler.errors import PolicyError
from reconciler.policy.policy_tests.document import TestsDocument
from reconciler.policy.policy_tests.find import locate_tests
from reconciler.policy.policy_tests.read import PolicyTests, read_tests
from tests.builders import dbt_user, policy, relayed

FILE = Path("policies/tests/x.yml")
POLICY = policy(channels=[dbt_user(), relayed("team")])
KEYS = sorted(
    {
        *TestsDocument.model_fields,
        *("name", "job", "on", "at", "given", "expect", "expect_at_least", "never", "channel", "after", "failed"),
        *("model", "tags", "late_by", "failures_before", "project", "environment", "type", "id", "schedule", "<<"),
    }
)


def outcome(raw: bytes) -> PolicyTests | PolicyError:
    """Read one file of these bytes; every problem must have a place in it, and say what to do."""
    try:
        return read_tests([FILE], POLICY, text_reader=lambda _: raw)
    except PolicyError as refused:
        problems = refused
    assert all(problem.at.file == str(FILE) and problem.at.line >= 1 for problem in problems.problems)
    assert all(problem.message for problem in problems.problems)
    return problems


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    outcome(raw)
    outcome(b"tests:\n  - " + raw)


scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["failure", "nobody", "team", "maria", "0m", "5m", "2026-01-03T03:00", "timeout", "Daily", "x"]),
    st.integers(-1, 5),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text(max_size=5),
)
shapes: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
tests = st.fixed_dictionaries(
    {"name": st.just("a") | scalars, "job": shapes, "on": scalars, "at": scalars},
    optional={"given": shapes, "expect": shapes, "never": shapes, "expect_at_least": shapes},
)


@settings(max_examples=100)
@given(st.fixed_dictionaries({"tests": st.lists(tests, max_size=2)}, optional={"jobs": shapes}) | shapes)
def test_any_shape(shape: Any) -> None:  # noqa: ANN401 - any YAML
    text = StringIO()
    YAML().dump(shape, text)
    outcome(text.getvalue().encode("utf-8", "replace"))


@pytest.mark.parametrize(
    "raw",
    [
        b"tests: " + b"[" * 5000,
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 10)) for c in range(97, 106)),
        b"\xff\xfet\x00e\x00",
        b"tests:\n\t- x",
        b"tests:\n  - {name: a, job: 99999999999999999999999999999999999, on: failure, at: x, expect: nobody}",
        b"x" * (17 * 1024 * 1024),
    ],
    ids=["nesting", "aliases", "utf-16", "tab", "number", "size"],
)
def test_what_is_made_to_hurt_is_refused(raw: bytes) -> None:
    assert isinstance(outcome(raw), PolicyError)


# --- where tests are --------------------------------------------------------------------------------------------------
def names(paths: tuple[Path, ...]) -> list[str]:
    return [path.as_posix() for path in paths]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for file in (
        "policies/a.yml",
        "policies/tests/one.yml",
        "policies/tests/deep/two.yaml",
        "policies/teams/tests/three.yml",
        "policies/.hidden/tests/four.yml",
        "policies/tests/notes.txt",
    ):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("tests: []\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "policy_path", "tests_found", "beside"),
    [
        ("policies", "policies", ["teams/tests/three", "tests/deep/two", "tests/one"], []),
        ("policies/tests", "policies", ["tests/deep/two", "tests/one"], []),
        ("policies/tests/one.yml", "policies", ["tests/one"], ["tests/deep/two"]),
        ("policies/tests/deep/two.yaml", "policies", ["tests/deep/two"], ["tests/one"]),
        ("policies/teams/tests", "policies/teams", ["teams/tests/three"], []),
        ("policies/a.yml", "policies/a.yml", [], []),
    ],
)
def test_tests_and_policy_are_told_apart(
    folder: Path, path: str, policy_path: str, tests_found: list[str], beside: list[str]
) -> None:
    found = locate_tests([Path(path)])
    assert names(found.policy) == [policy_path]
    assert sorted(Path(each).with_suffix("").as_posix() for each in names(found.tests)) == [
        f"policies/{each}" for each in tests_found
    ]
    assert [Path(each).with_suffix("").as_posix() for each in names(found.beside)] == [
        f"policies/{each}" for each in beside
    ]
    assert found.problems == ()


def test_a_path_is_understood_from_within(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "policies" / "tests")
    for path in (Path(), Path("one.yml")):
        found = locate_tests([path])
        assert [each.resolve() for each in found.policy] == [(folder / "policies").resolve()]
        assert "one.yml" in {each.name for each in found.tests}


def test_links_and_pipes_among_tests_are_problems(folder: Path) -> None:
    os.mkfifo("policies/tests/pipe.yml")
    Path("policies/tests/gone.yml").symlink_to("nowhere.yml")
    Path("policies/tests/out.yml").symlink_to(folder.parent)
    Path("policies/loop").symlink_to(Path("policies").resolve())
    found = locate_tests([Path("policies")])
    assert {Path(problem.at.file).name for problem in found.problems} >= {"gone.yml", "out.yml"}
    with pytest.raises(PolicyError, match="problem"):
        read_tests(found.tests, POLICY)
