"""git, and whoever answers for the remote, at their worst: nothing hangs, shows a password or moves the cursor."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from reconciler.cli.places_ledger import git_store
from reconciler.errors import AlertsError, LedgerError, UsageError
from reconciler.ledger.git_branch import LedgerBranch
from reconciler.ledger.git_command import Git, GitAnswer, Runner, run_process
from reconciler.model.policy import StoreConfig, StoreKind
from tests.ledger.git_lab import BRANCH, WRITE, Lab, claimed, git, load, save

TURNED = "\u202e\x07"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.open(tmp_path)


def instead(word: str, code: int, err: str) -> Runner:
    """Return a runner in which this git command ends so; all others are git's."""

    def run(
        arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
    ) -> GitAnswer:
        if word in arguments:
            return GitAnswer(code=code, err=err)
        return run_process(arguments, stdin, environ, folder, seconds)

    return run


def test_a_clone_of_somebody_else_names_gits_own_way_out(lab: Lab) -> None:
    said = "fatal: detected dubious ownership in repository at '/builds/team/repo'\nTo add an exception, call:\n"
    store = lab.store(lab.clone(), run=instead("rev-parse", 128, said))
    with pytest.raises(UsageError) as refused:
        load(store)
    assert "git config --global --add safe.directory" in refused.value.next_step


@pytest.mark.parametrize("word", ["ls-remote", "fetch"])
def test_a_git_that_is_too_old_is_named_as_that(lab: Lab, word: str) -> None:
    save(lab.store(), claimed(load(lab.store()), 1))
    run = instead(word, 129, "error: unknown option `refmap='\nusage: git")
    store = lab.store(lab.clone("--single-branch"), run=run)
    with pytest.raises(UsageError, match="too old") as refused:
        load(store)
    assert "2.29" in refused.value.next_step


@pytest.mark.parametrize("secret", ["hunter2", "hun@ter2", "a:b@c@d"])
def test_no_password_of_a_remote_is_shown(lab: Lab, secret: str) -> None:
    remote = f"https://maria:{secret}@git.example.invalid/acme/ledger.git"
    said = f"fatal: unable to access '{remote}/': Could not resolve host: git.example.invalid"
    branch = LedgerBranch(
        Git(lab.clone(), environ=os.environ, run=instead("ls-remote", 128, said)),
        remote=remote,
        branch=BRANCH,
        sleep=lambda _: None,
        configured=False,
    )
    with pytest.raises(LedgerError) as refused:
        branch.tip()
    told = f"{branch} {refused.value.message} {refused.value.next_step}"
    assert not any(part in told for part in ("hunter2", "ter2", "maria", "@d", "@git"))
    assert "git.example.invalid" in told


def test_a_remote_that_is_none_shows_no_password(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.clone())
    environ = {**os.environ, "DBT_ALERTS_LEDGER_REMOTE": "https://maria:hun::ter2@git.example/x"}
    with pytest.raises(AlertsError) as refused:
        git_store(StoreConfig(kind=StoreKind.GIT, branch=BRANCH, remote="origin"), environ, hidden=None)
    assert "ter2" not in refused.value.message


def test_what_the_remote_says_cannot_turn_the_line_around(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lab.clone())
    store = git_store(StoreConfig(kind=StoreKind.GIT, branch=BRANCH, remote="origin"), os.environ, hidden=None)
    ledger = load(store)
    with store.hold(ledger, write=WRITE):
        save(store, claimed(ledger, 1))
        monkeypatch.setattr(store._branch._git, "_run", instead("push", 1, f"remote: {TURNED}no"))
        monkeypatch.setattr(store, "_sleep", lambda _: None)
    said = capsys.readouterr().err
    assert "was not given back" in said
    assert not {*TURNED} & {*said}


@pytest.mark.parametrize(("stays", "code"), [("exit 3", 3), ("sleep 4", 124)])
def test_who_keeps_gits_pipes_open_keeps_nobody_waiting(tmp_path: Path, stays: str, code: int) -> None:
    """As a connection does that ssh shares and leaves behind: it outlives git, in a session of its own."""
    began = time.monotonic()
    answer = run_process(["/bin/sh", "-c", f"echo out; setsid sleep 8 & {stays}"], b"", os.environ, tmp_path, 2.0)
    assert (answer.code, answer.out if code == 3 else b"") == (code, b"out\n" if code == 3 else b"")
    assert time.monotonic() - began < 6


def test_a_file_name_in_no_encoding_is_refused_and_can_be_told(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    clone = lab.clone("--branch", BRANCH)
    folder = next(path.parent for path in clone.rglob("acme.json"))
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\x1b[2J.json")).write_bytes((folder / "acme.json").read_bytes())
    git(clone, "add", "--all", ".")
    git(clone, "commit", "--quiet", "-m", "by hand")
    git(clone, "push", "--quiet", "origin", BRANCH)
    reader = lab.store()
    load(reader)
    with pytest.raises(LedgerError, match="is that of acme"):
        reader.others("ab123.us1.dbt.com", 7, "acme")
