"""`store: git` as its users meet it: plan, apply and the ledger's own commands, from clones, against the sandbox."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.ledger.git_lab import BRANCH, git, make_remote
from tests.scenarios.process_lab import Done, SandboxProcess, Workplace

POLICY = """\
version: 1
manager: {manager}
account: {{id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}}
ledger: {{store: git{more}}}
channels:
  maria: {{type: dbt_user, email: maria@acme.example}}
  finance: {{type: dbt_email, address: finance-data@acme.example, owner: platform@acme.example}}
notifications:
  - {{to: [{to}], on: [{on}], jobs: {{environment: {{type: production}}}}}}
"""


class Clones:
    """The remote, and one workplace per clone of it."""

    def __init__(self, folder: Path, sandbox: SandboxProcess) -> None:
        self.folder = folder
        self.remote = make_remote(folder)
        self.sandbox = sandbox
        self._made = 0

    def place(
        self, *, manager: str = "acme", to: str = "maria, finance", on: str = "failure", more: str = ""
    ) -> Workplace:
        self._made += 1
        clone = self.folder / f"clone-{self._made}"
        git(self.folder, "clone", "--quiet", "--depth=1", self.remote.as_uri(), str(clone))
        place = Workplace(folder=clone, sandbox=self.sandbox)
        place.policy(POLICY.format(manager=manager, to=to, on=on, more=more))
        return place

    def files(self) -> dict[str, str]:
        names = git(self.remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
        return {name.rpartition("/")[2]: git(self.remote, "show", f"{BRANCH}:{name}") for name in names}

    def subjects(self) -> list[str]:
        return git(self.remote, "log", "--format=%s", BRANCH).splitlines()

    def started(self) -> bool:
        return BRANCH in git(self.remote, "branch", "--format=%(refname:short)").split()


@pytest.fixture
def clones(tmp_path: Path, sandbox: SandboxProcess) -> Clones:
    return Clones(tmp_path, sandbox)


def done(place: Workplace, *arguments: str, code: int = 0, environ: Mapping[str, str | None] | None = None) -> Done:
    ended = place.run(*arguments, environ=environ)
    assert ended.code == code, f"{ended}"
    return ended


# --- apply and plan --------------------------------------------------------------------------------------------------
def test_apply_keeps_the_ledger_on_its_branch_and_another_clone_plans_nothing(clones: Clones) -> None:
    first = clones.place()
    done(first, "apply", "--yes")
    assert set(clones.files()) == {".dbt-alerts-ledger", "acme.json"}
    subjects = clones.subjects()
    assert subjects[0] == "acme: lease given back"
    assert re.fullmatch(r"acme: done: \d+ start.*", subjects[1])
    log = git(clones.remote, "log", "--format=%B", BRANCH)
    assert re.search(r"^- add: \S+@acme\.example, failure of ", log, re.MULTILINE), "an auditor reads who was told"
    assert subjects[-1].startswith("acme: intent: ")
    done(clones.place(), "plan", "--detailed-exitcode")
    assert git(first.folder, "status", "--porcelain", "--", "policies.yml", ".git") == ""


def test_a_run_in_ci_needs_no_durable_folder(clones: Clones) -> None:
    done(clones.place(), "apply", "--yes", environ={"CI": "true", "GITHUB_ACTOR": "maria", "GITHUB_SHA": "c0ffee"})
    log = git(clones.remote, "log", "-1", "--format=%B", BRANCH)
    assert "Actor: maria" in log
    assert "Commit: c0ffee" in log
    assert "Plan: sha256:" in log


def test_an_apply_with_nothing_to_do_commits_nothing(clones: Clones) -> None:
    place = clones.place()
    done(place, "apply", "--yes")
    before = clones.subjects()
    done(place, "apply", "--yes")
    assert clones.subjects() == before


def test_a_plan_takes_no_right_to_write(clones: Clones) -> None:
    done(clones.place(), "apply", "--yes")
    hook = clones.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    reader = clones.place(on="failure, cancelled")
    done(reader, "plan", "--detailed-exitcode", code=2)
    clones.sandbox.control.clear_log()
    ended = done(reader, "apply", "--yes", code=1)
    assert "let this run push" in ended.err
    assert clones.sandbox.writes() == [], "the ledger comes first"


def test_a_remote_that_is_away_ends_the_plan(clones: Clones) -> None:
    place = clones.place()
    done(place, "apply", "--yes")
    clones.remote.rename(clones.folder / "away.git")
    assert "cannot be read" in done(place, "plan", code=1).err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (', remote: "https://evil.example/x"', "not the name of a remote"),
        (', remote: "ext::sh -c id"', "not the name of a remote"),
        (', remote: "--upload-pack=id"', "not the name of a remote"),
        (', remote: "../x"', "not the name of a remote"),
        (', branch: "--force"', "not a branch's name"),
        (', branch: "a..b"', "not a branch's name"),
        (', branch: "HEAD"', "not a branch's name"),
        (', branch: "x:refs/heads/main"', "not a branch's name"),
        (', branch: "a b"', "not a branch's name"),
    ],
)
def test_a_policy_names_no_place_but_a_branch_of_a_remote(clones: Clones, more: str, says: str) -> None:
    ended = done(clones.place(more=more), "plan", code=3)
    assert says in ended.err


def test_a_remote_that_the_clone_does_not_have(clones: Clones) -> None:
    assert "it has: origin" in done(clones.place(more=", remote: upstream"), "plan", code=64).err


def test_the_operator_may_send_it_elsewhere(clones: Clones) -> None:
    other = clones.folder / "ledgers.git"
    git(clones.folder, "init", "--quiet", "--bare", str(other))
    elsewhere = {"DBT_ALERTS_LEDGER_REMOTE": str(other)}
    done(clones.place(), "apply", "--yes", environ=elsewhere)
    assert not clones.started()
    assert git(other, "log", "-1", "--format=%s", BRANCH).strip() == "acme: lease given back"
    assert "no repository" in done(clones.place(), "plan", code=64, environ={"DBT_ALERTS_LEDGER_REMOTE": "-x"}).err


def test_the_sandbox_s_own_folder_comes_first(clones: Clones, tmp_path: Path) -> None:
    done(clones.place(), "apply", "--yes", environ={"DBT_ALERTS_SANDBOX_FOLDER": str(tmp_path / "own")})
    assert not clones.started()
    assert (tmp_path / "own" / "acme.ledger.json").exists()


# --- several managers ------------------------------------------------------------------------------------------------
def test_managers_see_each_other_and_remove_nothing_of_each_other(clones: Clones) -> None:
    """Both declare maria's failures; one drops them: a hand-over without a gap."""
    first, second = clones.place(manager="acme"), clones.place(manager="growth", to="maria")
    done(first, "apply", "--yes")
    done(second, "apply", "--yes")
    before = _jobs_of_maria(clones.sandbox)
    dropped = clones.place(manager="acme", to="finance")
    done(dropped, "apply", "--yes")
    assert _jobs_of_maria(clones.sandbox) == before
    shown = done(second, "ledger", "show", "--json").json
    assert [each["manager"] for each in shown["others"]["managers"]] == ["acme"]


def _jobs_of_maria(sandbox: SandboxProcess) -> list[list[int]]:
    users = {row["id"] for row in sandbox.control.rows("users") if row["email"] == "maria@acme.example"}
    return [sorted(row["on_failure"]) for row in sandbox.control.rows("notifications") if row["user_id"] in users]


def test_two_applies_at_once_both_end_and_the_account_is_theirs_in_turn(clones: Clones) -> None:
    first, second = clones.place(manager="acme"), clones.place(manager="growth", on="cancelled")
    processes = [place.start("apply", "--yes") for place in (first, second)]
    ended = [process.communicate(timeout=60) and process.returncode for process in processes]
    assert set(ended) <= {0, 1}
    for place in (first, second):
        done(place, "apply", "--yes")
        done(place, "plan", "--detailed-exitcode")
    assert {"acme.json", "growth.json"} <= set(clones.files())
    assert "lease" not in clones.files()


def test_a_killed_apply_holds_until_it_is_unlocked(clones: Clones) -> None:
    place = clones.place()
    clones.sandbox.control.settings(latency_ms=400)
    process = place.start("apply", "--yes")
    _wait_for_lease(clones, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    clones.sandbox.control.settings(latency_ms=0)
    refused = done(place, "apply", "--yes", code=1)
    assert "another run holds the ledger" in refused.err
    assert "has not expired" in done(place, "ledger", "unlock", code=4).err
    verified = done(place, "ledger", "verify", "--json", "--detailed-exitcode", code=2).json
    assert {"lease", "pending"} <= {each["kind"] for each in verified["findings"]}
    assert "Held" in done(place, "ledger", "show").out
    expire(clones)
    assert "ledger unlock" in done(place, "apply", "--yes", code=1).err
    assert "Broke the lease" in done(place, "ledger", "unlock").out
    done(place, "apply", "--yes")
    done(place, "plan", "--detailed-exitcode")
    assert "Nobody holds" in done(place, "ledger", "unlock").out


def test_a_dead_run_is_announced_by_the_plan_and_unlocked_by_who_vouches(clones: Clones) -> None:
    place = clones.place()
    clones.sandbox.control.settings(latency_ms=400)
    process = place.start("apply", "--yes")
    _wait_for_lease(clones, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    clones.sandbox.control.settings(latency_ms=0)
    assert "has not ended, or died" in done(place, "plan").out
    refused = done(place, "apply", "--yes", code=1).err
    assert f"process {process.pid}" in refused
    found = re.search(r"ledger unlock --run (\w+)|`--run (\w+)`", refused)
    assert found, refused
    assert "Broke the lease" in done(place, "ledger", "unlock", "--run", found[1] or found[2]).out
    done(place, "apply", "--yes")
    done(place, "plan", "--detailed-exitcode")


def _wait_for_lease(clones: Clones, process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + 30
    while not (clones.started() and "lease" in clones.files()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends
        time.sleep(0.02)


def expire(clones: Clones) -> None:
    """Let half an hour pass, by writing what the lease would then be."""
    clone = clones.folder / "by-hand"
    git(clones.folder, "clone", "--quiet", "--branch", BRANCH, clones.remote.as_uri(), str(clone))
    (lease,) = clone.rglob("lease")
    lease.write_text(lease.read_text().replace('"expires_at": "20', '"expires_at": "19'))
    git(clone, "commit", "--quiet", "-a", "-m", "time passes")
    git(clone, "push", "--quiet", "origin", BRANCH)


# --- lost, and restored ----------------------------------------------------------------------------------------------
def test_a_lost_ledger_is_said_and_rebuilt_without_touching_dbt_cloud(clones: Clones) -> None:
    place = clones.place()
    done(place, "apply", "--yes")
    owned = done(place, "ledger", "show", "--json").json["owned"]
    assert "not empty" in done(place, "ledger", "rebuild", code=4).err
    git(clones.remote, "branch", "-D", BRANCH)
    plan = done(place, "plan")
    assert "dbt-alerts ledger rebuild" in plan.out
    assert "dbt-alerts ledger rebuild" in done(place, "plan", "--markdown").out
    clones.sandbox.control.clear_log()
    done(place, "ledger", "rebuild")
    assert clones.sandbox.writes() == []
    again = done(place, "ledger", "show", "--json").json["owned"]
    assert [{**each, "adopted": 0} for each in again] == [{**each, "adopted": 0} for each in owned]
    assert all(each["adopted"] for each in again)
    assert clones.subjects()[1].startswith("acme: rebuilt: ")
    done(place, "plan", "--detailed-exitcode")
    assert "The ledger is sound." in done(place, "ledger", "verify").out


def test_a_rebuild_claims_only_what_both_have_and_a_merge_drops_nothing(clones: Clones) -> None:
    done(clones.place(to="maria"), "apply", "--yes")
    git(clones.remote, "branch", "-D", BRANCH)
    wider = clones.place(to="maria, finance", on="failure, cancelled")
    first = done(wider, "ledger", "rebuild", "--json").json
    before = done(wider, "ledger", "show", "--json").json["owned"]
    assert first["left"] > 0
    narrower = clones.place(to="finance", on="failure")
    done(narrower, "ledger", "rebuild", "--merge")
    after = done(narrower, "ledger", "show", "--json").json["owned"]
    assert all(each in after for each in before)


def test_verify_names_a_damaged_ledger(clones: Clones) -> None:
    place = clones.place()
    done(place, "apply", "--yes")
    clone = clones.folder / "by-hand"
    git(clones.folder, "clone", "--quiet", "--branch", BRANCH, clones.remote.as_uri(), str(clone))
    (ledger,) = clone.rglob("acme.json")
    ledger.write_text("{")
    git(clone, "commit", "--quiet", "-a", "-m", "oops")
    git(clone, "push", "--quiet", "origin", BRANCH)
    ended = done(place, "ledger", "verify", code=1)
    assert "acme.json" in ended.err
    assert "restore it from its history" in ended.err


# --- addresses -------------------------------------------------------------------------------------------------------
KEY = {"DBT_ALERTS_LEDGER_KEY": "a key that is long enough"}


def test_redacted_no_address_is_anywhere_on_the_branch(clones: Clones) -> None:
    place = clones.place(more=", redact: true")
    assert "DBT_ALERTS_LEDGER_KEY" in done(place, "apply", "--yes", code=64).err
    done(place, "apply", "--yes", environ=KEY)
    everything = git(clones.remote, "log", "-p", "--format=%B", BRANCH)
    assert "hmac:" in everything
    assert "acme.example" not in everything
    done(place, "plan", "--detailed-exitcode", environ=KEY)
    assert "finance-data@acme.example" in done(place, "ledger", "show", environ=KEY).out


def test_redacted_by_one_manager_it_is_read_by_another_that_has_the_key(clones: Clones) -> None:
    done(clones.place(manager="acme", more=", redact: true"), "apply", "--yes", environ=KEY)
    other = clones.place(manager="growth")
    assert "hides its addresses" in done(other, "plan", code=64).err
    done(other, "apply", "--yes", environ=KEY)
    wrong = {"DBT_ALERTS_LEDGER_KEY": "another key, as long as it must be"}
    assert "another key" in done(other, "plan", code=64, environ=wrong).err


def test_what_nobody_names_any_more_is_forgotten_not_crashed_on(clones: Clones) -> None:
    place = clones.place(more=", redact: true")
    done(place, "apply", "--yes", environ=KEY)
    rows = clones.sandbox.control.rows("notifications")
    tables = {"notifications": [row for row in rows if row["external_email"] != "finance-data@acme.example"]}
    clones.sandbox.fresh(tables)
    narrower = clones.place(to="maria", more=", redact: true")
    policy = narrower.folder / "policies" / "policy.yml"
    lines = policy.read_text().splitlines()
    policy.write_text("\n".join(line for line in lines if not line.startswith("  finance:")))
    verified = done(narrower, "ledger", "verify", "--json", environ=KEY).json
    assert "hidden" in {each["kind"] for each in verified["findings"]}
    done(narrower, "plan", environ=KEY)
    done(narrower, "apply", "--yes", "--repair-drift", environ=KEY)
    done(narrower, "plan", "--detailed-exitcode", environ=KEY)
