"""Files made to break the reader: a clear error with a place, quickly, never a traceback."""

import os
import shutil
import socket
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.text import MAX_BYTES
from reconciler.policy.yaml_tree import parse

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {k0: x}\n" + "".join(
    f"m{number}: &m{number} {{<<: [{', '.join(['*m' + str(number - 1) if number else '*a'] * 10)}]}}\n"
    for number in range(12)
)
HOSTILE = {
    "alias bomb": BOMB,
    "merge bomb": MERGE_BOMB,
    "deep flow": "[" * 200_000,
    "deep mappings": "{a: " * 200_000,
    "deep dashes": "- " * 200_000 + "x",
    "deep indentation": "\n".join(" " * depth + "a:" for depth in range(2000)),
    "one long line": "impact: " + "x" * 10_000_000,
    "one long list": "metrics: [" + "x, " * 200_000 + "x]",
    "one long flow that the fast engine refuses": "jobs: [" + "{due: 08:00}, " * 15_000 + "]",
    "one long quote": 'impact: "' + "x" * 5_000_000,
    "the same merge": "a: &a {x: 1}\nb:\n" + "  <<: *a\n" * 50_000,
    "many keys": "".join(f"key{number}: x\n" for number in range(20_000)),
    "the same key": "team: a\n" * 20_000,
    "many anchors": "".join(f"k{number}: &a{number} x\n" for number in range(20_000)),
    "nul": "team: a\0b\n",
    "escape": "team: \x1b[31mred\n",
    "beyond unicode": 'team: "\\U00110000"\n',
    "surrogate": 'team: "\\ud800"\n',
    "complex key": "? {a: b}\n: c\n",
    "recursive": "a: &a\n  b: *a\n",
    "recursive merge": "a: &a\n  <<: *a\n",
    "directive": "%YAML 3.0\n---\na: b\n",
    "unknown directive": "%FOO bar\n---\nteam: [\n",
    "hexadecimal": "version: 0x" + "f" * 100_000,
    "exponent": "version: 1e999999999\n",
    "not a number": "version: .nan\n",
    "minus": "version: -\n",
    "line separator": "team: a\u2028b\n",
    "mark in the middle": "team: a\ufeffb\n",
    "quoted mapping key": '{"a": {"b": [}\n',
    "percent": "team: %\n",
    "carriage returns": "team: a\rteam: b\r",
}


def _refused(path: Path) -> tuple[Problem, ...]:
    start = time.process_time()
    with pytest.raises(PolicyError) as caught:
        load([path])
    assert time.process_time() - start < 10
    problems = caught.value.problems
    assert problems
    assert all(problem.message and problem.at.line >= 1 and problem.at.column >= 1 for problem in problems)
    return problems


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_quickly(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_bytes(text.encode())
    _refused(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"team: \xff\n",
        "team: a\n".encode("utf-16"),
        "team: a\n".encode("utf-32"),
        "team: ü\n".encode("latin-1"),
        b"\x00",
    ],
)
def test_other_encodings_are_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_bytes(raw)
    assert _refused(path)[0].fix


def test_a_byte_order_mark_of_utf_8_is_read_over(tmp_path: Path) -> None:
    tree, problems = parse("x.yml", "\ufeffteam: a\n".encode())
    assert (tree.data, problems) == ({"team": "a"}, [])
    assert tree.key_at(("team",)).column == 1


def test_a_file_of_100_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    (problem,) = _refused(path)
    assert f"{MAX_BYTES:,}" in problem.expected


def test_folders_pipes_and_sockets_named_like_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").mkdir()
    os.mkfifo(tmp_path / "b.yml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "c.yml"))
    problems = _refused(tmp_path)
    assert [Path(problem.at.file).name for problem in problems] == ["a.yml", "b.yml", "c.yml"]


def test_no_folder_is_too_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(600):
        Path("a").mkdir()
        os.chdir("a")
    Path("x.yml").write_text("team: [\n")
    monkeypatch.chdir(tmp_path)
    try:
        assert "x.yml" in _refused(Path("a"))[0].at.file
    finally:
        shutil.rmtree("a")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text("team: a\n")
    path.chmod(0)
    assert _refused(tmp_path)[0].message == "the file cannot be read"


@given(st.binary(max_size=200))
@example(b"? ")
@example(b"!")
@example(b"{? : }")
@example(b"a: !<tag> b")
def test_no_bytes_make_it_fail_otherwise(raw: bytes) -> None:
    parse("x.yml", raw)


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`# \n\t<~=0.$x", max_size=60))
def test_no_yaml_like_text_makes_it_fail_otherwise(text: str) -> None:
    parse("x.yml", text.encode())
