"""What a file system can put in the way of a policy: nothing waits, leaves the folder, or commands by its name."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.files import read_file
from reconciler.policy.reader import LIMITS, Limits
from reconciler.policy.report import MAX_IN_ALL
from reconciler.policy.text import MAX_BYTES
from reconciler.render.problems import problem_lines, problems_document

ACCOUNT = "version: 1\nmanager: m\naccount: {id: 1, host: 'https://a.example', token: $T}\n"
BROKEN = "foo: [\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the policy's folder, in the working directory so that a socket's name is short enough."""
    monkeypatch.chdir(tmp_path)
    path = Path("policies")
    path.mkdir()
    return path


def refused(*paths: Path, limits: Limits = LIMITS) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        load(paths, limits=limits)
    problems = caught.value.problems
    assert all(problem.message and problem.fix and problem.at.line == 1 for problem in problems)
    assert list(problem_lines(problems))
    assert problems_document(problems)
    return problems


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def listening(path: Path) -> None:
    socket.socket(socket.AF_UNIX).bind(str(path))


ODD = {
    "pipe": (os.mkfifo, "this is not a file"),
    "socket": (listening, "this is not a file"),
    "folder": (Path.mkdir, "a folder is named like a policy file"),
    "device that never ends": (link("/dev/zero"), "a link leaves the policy's folder"),
    "link to itself": (link("x.yml"), "the link leads nowhere"),
    "link to nothing": (link("nowhere"), "the link leads nowhere"),
    "link to what is private": (link("/etc/passwd"), "a link leaves the policy's folder"),
    "link to a folder outside": (link("/etc"), "a link leaves the policy's folder"),
    "link upwards": (link(".."), "a link leaves the policy's folder"),
    "link to a pipe": (link("pipe"), "this is not a file"),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("make", "message"), ODD.values(), ids=ODD)
def test_what_is_no_file_is_refused_without_a_look_inside(
    make: Callable[[Path], None], message: str, folder: Path
) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "account.yml").write_text(ACCOUNT)
    make(folder / "x.yml")
    (problem,) = refused(folder)
    assert (problem.message, problem.at.file) == (message, "policies/x.yml")


def test_links_in_a_circle_of_folders_end(folder: Path) -> None:
    (folder / "account.yml").write_text(ACCOUNT)
    (folder / "a").mkdir()
    (folder / "a" / "up").symlink_to("..")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    assert load([folder]).manager == "m"


NAMES = (
    b"a\nb.yml",
    b"c\x1b[31md.yml",
    b"::error file=x,line=1::boo.yml",
    b"##[error]boo.yml",
    "e\u202ef.yml".encode(),
    b"\xff\xfe.yml",
    b"\xed\xa0\x80.yml",
    b" .yml",
    b"-x.yml",
    b"%s%n.yml",
    b"$(id).yml",
    b"`id`.yml",
    b"x" * 250 + b".yml",
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_files_name_is_shown_and_obeyed_by_nobody(name: bytes, folder: Path) -> None:
    (folder / os.fsdecode(name)).write_text(BROKEN)
    (problem,) = refused(folder)
    lines = list(problem_lines([problem]))
    assert lines[0].isprintable()
    assert not lines[0].lstrip().startswith("::")
    assert "##[" not in lines[0]
    lines[0].encode("utf-8")


@pytest.mark.parametrize("path", ["nowhere", "x" * 300, "x/" * 3000, "a\udcff.yml"], ids=["no", "long", "deep", "odd"])
def test_a_path_that_cannot_be_is_a_problem(path: str, folder: Path) -> None:
    assert folder.is_dir()
    assert refused(Path(path))[0].found


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem"])
def test_a_device_named_on_the_command_line_is_refused(path: str) -> None:
    if not Path(path).exists():
        pytest.skip("this system has no such device")
    assert refused(Path(path))


def test_a_file_that_is_gone_when_it_is_read_is_a_problem(folder: Path) -> None:
    found = read_file(folder / "gone.yml")
    assert isinstance(found, Problem)
    assert found.fix == "correct the path"


def test_a_file_that_grew_while_it_was_read_is_too_big(folder: Path) -> None:
    (folder / "a.yml").write_text(ACCOUNT)
    with pytest.raises(PolicyError) as caught:
        load([folder], text_reader=lambda _path: b"#" * (MAX_BYTES + 1))
    assert caught.value.problems[0].message == "the file is too big to be read"


def three_files(folder: Path, text: str) -> None:
    for name in "abc":
        (folder / f"{name}.yml").write_text(text)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (Limits(files=1), "2 files up to this file"),
        (Limits(size=30), "36 bytes up to this file"),
        (Limits(values=7), "12 keys and values up to this file"),
        (Limits(problems=1), "2 problems up to this file"),
    ],
    ids=["files", "bytes", "values", "problems"],
)
def test_a_policy_is_bounded_as_a_whole(limits: Limits, found: str, folder: Path) -> None:
    three_files(folder, "foo: {a: 1, b: c}\n")
    problems = refused(folder, limits=limits)
    (beyond,) = [problem for problem in problems if problem.message.startswith("this is too much for one policy")]
    assert (beyond.at.file, beyond.found) == ("policies/b.yml", found)
    assert "policies/c.yml" not in {problem.at.file for problem in problems}


def test_names_of_files_that_were_not_read_are_not_called_unknown(folder: Path) -> None:
    (folder / "a.yml").write_text(ACCOUNT + "notifications: [{to: maria, on: [failure], jobs: {name: x}}]\n")
    (folder / "b.yml").write_text("# nothing\n")
    (folder / "c.yml").write_text("channels: {maria: {type: dbt_user, email: a@b}}\n")
    (problem,) = refused(folder, limits=Limits(files=1))
    assert problem.message.startswith("this is too much for one policy")


def test_thousands_of_problems_are_told_within_bounds(folder: Path) -> None:
    channels = "channels:\n" + "".join(f"  c{number}: {{type: slack, url: $U}}\n" for number in range(400))
    for number in range(20):
        (folder / f"f{number:02}.yml").write_text(channels)
    with pytest.raises(PolicyError) as caught:
        load([folder])
    problems = caught.value.problems
    assert len(problems) <= MAX_IN_ALL + 20
    told = sum(problem.message.endswith("is given twice under `channels`") for problem in problems)
    rest = [problem.message for problem in problems if problem.message.startswith("and ")]
    assert told + sum(int(message.split()[1]) for message in rest) >= 19 * 400
