"""The ledger on a branch, against real repositories: what is kept, for whom, and what of the clone stays untouched."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import LedgerError, Refused, UsageError
from reconciler.ledger.git_command import GitAnswer, run_process
from reconciler.model.ledger import LedgerWrite
from tests.ledger.git_lab import (
    ACCOUNT,
    BRANCH,
    HOST,
    WRITE,
    Lab,
    claimed,
    git,
    jobs_of,
    load,
    save,
)

FILE = f"{HOST}/{ACCOUNT}/acme.json"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.open(tmp_path)


# --- kept and found ------------------------------------------------------------------------------------------------
def test_no_branch_is_an_empty_ledger_and_none_is_made(lab: Lab) -> None:
    store = lab.store()
    assert load(store).empty
    assert store.others(HOST, ACCOUNT, "acme").ledgers == ()
    assert store.others(HOST, ACCOUNT, "acme").shared
    assert not lab.exists()


def test_what_one_clone_saves_another_loads(lab: Lab) -> None:
    first = lab.store()
    saved = save(first, claimed(load(first), 1, 2))
    assert (saved.generation, saved.log) == (1, (WRITE,))
    assert load(lab.store()) == saved
    again = lab.store(lab.clone())
    assert save(again, claimed(load(again), 3)).generation == 2
    assert jobs_of(load(lab.store())) == {1, 2, 3}


def test_the_branch_shares_nothing_with_the_code(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    assert set(lab.files()) == {".dbt-alerts-ledger", FILE}
    assert git(lab.remote, "rev-list", "--count", BRANCH).strip() == "1"


@pytest.mark.parametrize("options", [("--depth=1",), (), ("--filter=blob:none",), ("--bare",)])
def test_nothing_of_the_clone_is_touched(lab: Lab, options: tuple[str, ...]) -> None:
    git(lab.remote, "config", "uploadpack.allowFilter", "true")
    first = lab.store()
    save(first, claimed(load(first), 1))
    clone = lab.clone(*options)
    before = _state(clone)
    store = lab.store(clone)
    with store.hold(load(store), write=WRITE):
        save(store, claimed(load(store), 2))
    assert _state(clone) == before
    assert jobs_of(load(lab.store())) == {1, 2}


def _state(clone: Path) -> dict[str, object]:
    """Return what a person would notice: HEAD, branches, history, index, work tree, settings, FETCH_HEAD."""
    folder = clone / ".git" if (clone / ".git").is_dir() else clone
    names = ("HEAD", "index", "config", "FETCH_HEAD", "packed-refs")
    kept = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    heads = git(clone, "for-each-ref", "refs/heads", "refs/tags")
    log = git(clone, "log", "--format=%H", "HEAD")
    shallow = git(clone, "rev-parse", "--is-shallow-repository")
    tree = {each.name: each.stat().st_mtime_ns for each in clone.iterdir() if each.is_file()}
    return {**kept, "heads": heads, "log": log, "shallow": shallow, "tree": tree}


def test_it_works_from_a_folder_deep_in_the_clone(lab: Lab) -> None:
    clone = lab.clone()
    deep = clone / "a" / "b"
    deep.mkdir(parents=True)
    store = lab.store(deep)
    save(store, claimed(load(store), 1))
    assert FILE in lab.files()


def test_the_operator_may_name_a_repository_instead_of_a_remote(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "ledgers.git"
    git(tmp_path, "init", "--quiet", "--bare", str(other))
    store = lab.store(remote=other.as_uri())
    save(store, claimed(load(store), 1))
    assert not lab.exists()
    assert git(other, "rev-parse", BRANCH)


# --- many managers, many accounts ----------------------------------------------------------------------------------
def test_managers_and_accounts_stand_beside_each_other(lab: Lab) -> None:
    for manager, account, job in (("acme", 7, 1), ("acme", 8, 2), ("growth", 7, 3), ("../growth", 7, 4)):
        store = lab.store()
        save(store, claimed(load(store, manager, account), job))
    assert set(lab.files()) == {
        ".dbt-alerts-ledger",
        f"{HOST}/7/acme.json",
        f"{HOST}/8/acme.json",
        f"{HOST}/7/growth.json",
        f"{HOST}/7/..%2Fgrowth.json",
    }
    others = lab.store().others(HOST, 7, "acme")
    assert sorted((each.manager, *jobs_of(each)) for each in others.ledgers) == [("../growth", 4), ("growth", 3)]
    assert {edge.job_id for edge in others.edges} == {3, 4}


def test_a_manager_called_like_the_lease_is_no_lease(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store, "lease"), 1))
    assert jobs_of(load(lab.store(), "lease")) == {1}
    assert lab.store().lease(HOST, ACCOUNT) is None


@pytest.mark.parametrize("text", ["{", "", '{"format": 9}', "\0\xff"])
def test_a_damaged_file_of_another_manager_is_named(lab: Lab, text: str) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    lab.edit(f"{HOST}/{ACCOUNT}/growth.json", text)
    late = lab.store()
    assert jobs_of(load(late)) == {1}
    with pytest.raises(LedgerError, match=r"7/growth\.json") as caught:
        late.others(HOST, ACCOUNT, "acme")
    assert caught.value.next_step


def test_a_file_that_was_copied_from_another_account_is_named(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store, "growth", 8), 1))
    lab.edit(f"{HOST}/7/growth.json", lab.files()[f"{HOST}/8/growth.json"])
    with pytest.raises(LedgerError, match="account 8"):
        lab.store().others(HOST, 7, "acme")
    with pytest.raises(Refused, match="belongs to account"):
        load(lab.store(), "growth", 7)


def test_what_strangers_put_on_the_branch_stays(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    lab.edit("README.md", "read me\n")
    lab.edit(f"{HOST}/{ACCOUNT}/notes.txt", "who edits this?\n")
    late = lab.store()
    assert late.others(HOST, ACCOUNT, "acme").ledgers == ()
    with late.hold(load(late), write=WRITE):
        save(late, claimed(load(late), 2))
    found = lab.files()
    assert (found["README.md"], found[f"{HOST}/{ACCOUNT}/notes.txt"]) == ("read me\n", "who edits this?\n")


def test_a_link_is_no_ledger(lab: Lab, tmp_path: Path) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    clone = lab.clone("--branch", BRANCH)
    (clone / HOST / "7" / "growth.json").symlink_to("acme.json")
    git(clone, "add", "--all", ".")
    git(clone, "commit", "--quiet", "-m", "a link")
    git(clone, "push", "--quiet", "origin", BRANCH)
    with pytest.raises(LedgerError, match="no plain file"):
        lab.store().others(HOST, ACCOUNT, "acme")


def test_a_file_that_is_too_large_is_not_read(lab: Lab) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    with pytest.raises(LedgerError, match=r"acme\.json .* has \d+ bytes"):
        load(lab.store(largest=100))


def test_a_branch_that_is_somebody_s_work_is_never_written(lab: Lab) -> None:
    before = lab.tip("main")
    store = lab.store(branch="main")
    with pytest.raises(Refused, match="is no ledger") as caught:
        load(store)
    assert "branch" in caught.value.next_step
    assert lab.tip("main") == before


# --- the audit log -------------------------------------------------------------------------------------------------
def test_a_commit_says_who_what_and_why(lab: Lab) -> None:
    store = lab.store()
    write = LedgerWrite(
        at=WRITE.at,
        actor="maria",
        commit="abc123",
        plan_digest="sha256:d",
        allowed={"prune": "prune=7"},
        what="done: 3 action(s)",
    )
    store.save(load(store), expected_generation=0, write=write)
    assert lab.messages().splitlines()[:8] == [
        "acme: done: 3 action(s)",
        "",
        "Account: 7 on ab123.us1.dbt.com",
        "Generation: 1",
        "Actor: maria",
        "Commit: abc123",
        "Plan: sha256:d",
        "Allowed: prune=7",
    ]
    assert git(lab.remote, "log", "-1", "--format=%an %aI", BRANCH).strip() == "dbt-alerts 2026-03-02T12:00:00+00:00"


def test_a_name_cannot_forge_a_line_of_the_audit_log(lab: Lab) -> None:
    store = lab.store()
    hostile = replace(WRITE, actor="mallory\nActor: maria", what="x\n\nActor: root\x1b[2J")
    store.save(load(store), expected_generation=0, write=hostile)
    assert [line for line in lab.messages().splitlines() if line.startswith("Actor:")] == [
        "Actor: mallory Actor: maria"
    ]


# --- what the remote does not do -------------------------------------------------------------------------------------
def test_a_remote_that_refuses_writing_is_enough_to_read(lab: Lab) -> None:
    first = lab.store()
    save(first, claimed(load(first), 1))
    _hook(lab.remote / "hooks" / "pre-receive", "echo no writing here >&2; exit 1")
    reader = lab.store()
    assert jobs_of(load(reader)) == {1}
    with pytest.raises(LedgerError, match="no writing here") as caught:
        save(reader, claimed(load(reader), 2))
    assert "let this run push" in caught.value.next_step
    assert jobs_of(load(lab.store())) == {1}


def test_a_remote_that_does_not_answer_is_never_an_empty_ledger(lab: Lab) -> None:
    store = lab.store()
    lab.remote.rename(lab.folder / "gone.git")
    with pytest.raises(LedgerError, match="cannot be read") as caught:
        load(store)
    assert caught.value.next_step


def test_a_missing_remote_is_a_mistake_of_the_policy(lab: Lab) -> None:
    with pytest.raises(UsageError, match="no remote upstream; it has: origin"):
        load(lab.store(remote="upstream"))


def test_a_folder_is_not_taken_for_a_remote(lab: Lab) -> None:
    """git would: a pull request could bring a repository of its own as a folder."""
    clone = lab.clone()
    git(clone, "init", "--quiet", "--bare", "evil")
    with pytest.raises(UsageError, match="no remote evil"):
        load(lab.store(clone, remote="evil"))


def test_outside_a_clone_it_says_where_to_go(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    with pytest.raises(UsageError, match="needs a clone") as caught:
        load(lab.store(tmp_path / "nowhere", environ=environ))
    assert "store: file" in caught.value.next_step


def test_without_git_it_says_so(lab: Lab) -> None:
    with pytest.raises(UsageError, match="git cannot be started"):
        load(lab.store(environ={"PATH": "/nonexistent"}))


def test_credentials_of_a_url_are_in_no_error(lab: Lab) -> None:
    store = lab.store(remote="https://robot:hush@127.0.0.1:1/ledgers.git")
    with pytest.raises(LedgerError) as caught:
        load(store)
    assert "hush" not in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize("remote", ["ext::sh -c touch% owned", "git://127.0.0.1:1/x", "http://127.0.0.1:1/x"])
def test_a_transport_that_runs_or_trusts_anybody_is_not_used(lab: Lab, remote: str) -> None:
    clone = lab.clone()
    git(clone, "remote", "set-url", "origin", remote)
    with pytest.raises(LedgerError, match="not allowed"):
        load(lab.store(clone))
    assert not (clone / "owned").exists()


# --- hooks and the environment ---------------------------------------------------------------------------------------
def test_no_hook_of_the_clone_runs(lab: Lab) -> None:
    clone = lab.clone()
    ran = lab.folder / "ran"
    for name in ("pre-push", "reference-transaction", "post-index-change", "pre-commit", "commit-msg", "post-commit"):
        _hook(clone / ".git" / "hooks" / name, f"touch {ran}; exit 1")
    git(clone, "config", "core.fsmonitor", str(clone / ".git" / "hooks" / "pre-push"))
    store = lab.store(clone)
    with store.hold(load(store), write=WRITE):
        save(store, claimed(load(store), 1))
    assert not ran.exists()
    assert jobs_of(load(lab.store())) == {1}


def test_variables_that_lead_git_elsewhere_are_ignored(lab: Lab, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    hostile = {
        "GIT_DIR": str(elsewhere),
        "GIT_WORK_TREE": str(elsewhere),
        "GIT_INDEX_FILE": str(elsewhere / "index"),
        "GIT_OBJECT_DIRECTORY": str(elsewhere / "objects"),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_AUTHOR_NAME": "mallory",
        "GIT_COMMITTER_EMAIL": "mallory@example.com",
        "GIT_ALLOW_PROTOCOL": "ext",
        "GIT_TRACE": str(elsewhere),
        "LANG": "de_DE.UTF-8",
    }
    store = lab.store(environ={**os.environ, **hostile})
    save(store, claimed(load(store), 1))
    assert FILE in lab.files()
    assert not elsewhere.exists()
    assert "mallory" not in git(lab.remote, "log", "--format=%an %ae %cn %ce", BRANCH)


def test_our_own_secrets_stay_with_us(lab: Lab) -> None:
    seen: list[Mapping[str, str]] = []

    def run(
        arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
    ) -> GitAnswer:
        seen.append(environ)
        return run_process(arguments, stdin, environ, folder, seconds)

    ours = {"DBT_CLOUD_TOKEN": "hush", "DBT_ALERTS_LEDGER_KEY": "hush", "GIT_ASKPASS": "ask", "SSH_AUTH_SOCK": "s"}
    store = lab.store(environ={**os.environ, **ours}, run=run)
    save(store, claimed(load(store), 1))
    assert seen
    assert not any("hush" in environ.values() for environ in seen)
    assert all((environ["GIT_ASKPASS"], environ["SSH_AUTH_SOCK"]) == ("ask", "s") for environ in seen)


def test_a_clone_without_a_name_or_with_strange_settings_will_do(lab: Lab) -> None:
    clone = lab.clone()
    for name, value in {
        "user.useConfigOnly": "true",
        "commit.gpgSign": "true",
        "push.gpgSign": "true",
        "fetch.prune": "true",
        "push.followTags": "true",
        "core.autocrlf": "true",
        "remote.origin.tagOpt": "--tags",
        "transfer.fsckObjects": "true",
    }.items():
        git(clone, "config", name, value)
    store = lab.store(clone)
    save(store, claimed(load(store), 1))
    assert jobs_of(load(store)) == {1}


def _hook(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
