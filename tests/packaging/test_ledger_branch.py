"""The workflows' ledger branch, against a real git remote: what is kept, what never is, and who loses a race."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

LEDGER = ".dbt-alerts/ledger.json"
BRANCH = "dbt-alerts-ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A fresh checkout on a machine that will be thrown away."""

    folder: Path
    script: Path

    def ledger(self, step: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "LEDGER_BRANCH": BRANCH,
            "LEDGER_FILE": LEDGER,
            "LEDGER_PAUSES": "0",
            "GITHUB_RUN_ID": "7",
            "GH_TOKEN": "a-token-that-must-stay-out",
        }
        return subprocess.run(
            [self.script, step],
            cwd=self.folder,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )

    def lay_out(self) -> Path:
        answer = self.ledger("lay-out")
        assert answer.returncode == 0, answer.stderr
        return self.folder / LEDGER


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    bare = tmp_path / "remote.git"
    seed = tmp_path / "seed"
    seed.mkdir()
    _git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    _git(seed, "init", "--quiet", "--initial-branch=main")
    (seed / "policies.yml").write_text("version: 1\n")
    _git(seed, "add", ".")
    _git(seed, "commit", "--quiet", "-m", "a policy")
    _git(seed, "push", "--quiet", bare.as_uri(), "main")
    return bare


def _runner(remote: Path, root: Path, name: str) -> Runner:
    folder = remote.parent / name
    _git(remote.parent, "clone", "--quiet", "--depth=1", "--branch=main", remote.as_uri(), str(folder))
    return Runner(folder=folder, script=root / ".github" / "actions" / "dbt-alerts" / "ledger.sh")


def _kept(remote: Path) -> dict[str, str]:
    names = _git(remote, "ls-tree", "-r", "--name-only", BRANCH).split()
    return {name: _git(remote, "show", f"{BRANCH}:{name}") for name in names}


def test_the_first_run_starts_an_empty_branch_of_its_own(remote: Path, root: Path) -> None:
    runner = _runner(remote, root, "first")
    ledger = runner.lay_out()
    assert [path.name for path in ledger.parent.iterdir()] == [".git"]
    ledger.write_text("generation 1")
    assert runner.ledger("keep").returncode == 0
    assert _kept(remote) == {"ledger.json": "generation 1"}
    assert _git(remote, "log", "--format=%s", BRANCH).splitlines()[-1] == "Start the ledger"


def test_the_next_run_finds_what_the_last_one_kept(remote: Path, root: Path) -> None:
    first, second = _runner(remote, root, "first"), _runner(remote, root, "second")
    first.lay_out().write_text("generation 1")
    first.ledger("keep")
    ledger = second.lay_out()
    assert ledger.read_text() == "generation 1"
    ledger.write_text("generation 2")
    assert second.ledger("keep").returncode == 0
    assert _kept(remote) == {"ledger.json": "generation 2"}
    assert len(_git(remote, "log", "--format=%h", BRANCH).splitlines()) == 3


def test_a_run_that_changed_nothing_commits_nothing(remote: Path, root: Path) -> None:
    first, second = _runner(remote, root, "first"), _runner(remote, root, "second")
    first.lay_out().write_text("generation 1")
    first.ledger("keep")
    before = _git(remote, "rev-parse", BRANCH)
    second.lay_out()
    assert second.ledger("keep").returncode == 0
    assert _git(remote, "rev-parse", BRANCH) == before


def test_a_run_that_died_before_its_first_write_is_no_error(remote: Path, root: Path) -> None:
    runner = _runner(remote, root, "first")
    runner.lay_out()
    answer = runner.ledger("keep")
    assert (answer.returncode, answer.stdout) == (0, "No ledger was written.\n")


@pytest.mark.parametrize("name", ["relay.secret", ".ledger.json.0f3a", "sub/secret"])
def test_what_lies_beside_the_ledger_never_reaches_the_branch(remote: Path, root: Path, name: str) -> None:
    runner = _runner(remote, root, "first")
    ledger = runner.lay_out()
    ledger.write_text("generation 1")
    beside = ledger.parent / name
    beside.parent.mkdir(exist_ok=True)
    beside.write_text("hush")
    _git(ledger.parent, "add", "--", name)  # even when something put it into the index
    assert runner.ledger("keep").returncode == 0
    assert set(_kept(remote)) == {"ledger.json"}


def test_the_branch_is_never_forced(remote: Path, root: Path) -> None:
    first, second = _runner(remote, root, "first"), _runner(remote, root, "second")
    mine, theirs = first.lay_out(), second.lay_out()
    theirs.write_text("theirs")
    second.ledger("keep")
    mine.write_text("mine")
    answer = first.ledger("keep")
    assert answer.returncode == 1
    assert "::error::the ledger was not pushed" in answer.stdout
    assert _kept(remote) == {"ledger.json": "theirs"}


def test_without_an_answer_from_the_remote_nothing_is_laid_out(remote: Path, root: Path) -> None:
    runner = _runner(remote, root, "first")
    remote.rename(remote.parent / "gone.git")
    answer = runner.ledger("lay-out")
    assert answer.returncode == 1
    assert not (runner.folder / ".dbt-alerts").exists()


def test_the_token_is_written_nowhere(remote: Path, root: Path) -> None:
    runner = _runner(remote, root, "first")
    runner.lay_out().write_text("generation 1")
    answer = runner.ledger("keep")
    files = [path.read_bytes() for path in runner.folder.rglob("*") if path.is_file()]
    assert not any(b"a-token" in content for content in [*files, answer.stdout.encode(), answer.stderr.encode()])
