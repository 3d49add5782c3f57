"""`fmt` at the command line: what is written, what is only shown, and what is left alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import SMALLEST, Run

ROUGH = "channels:\n    ops:  { type: dbt_user,email: 'ops@acme.example' }   # who is on call\n"
CALM = "channels:\n  ops: {type: dbt_user, email: ops@acme.example}   # who is on call\n"
BROKEN = "channels: {ops: \n"


@pytest.fixture
def rough() -> Path:
    path = Path("policies/teams/ops.yml")
    path.parent.mkdir()
    path.write_text(ROUGH)
    return path


@pytest.fixture
def run_fmt(run: Run, rough: Path) -> Run:
    """Run commands where one file of two is not in its form."""
    assert rough.exists()
    return run


def test_a_file_is_written_in_its_form_and_named(run_fmt: Run, rough: Path) -> None:
    rough.chmod(0o640)
    result = run_fmt("fmt")
    assert (result.code, result.out) == (0, f"changed {rough}\n")
    assert rough.read_text() == CALM
    assert stat.S_IMODE(rough.stat().st_mode) == 0o640
    assert [path.name for path in rough.parent.iterdir()] == ["ops.yml"]


def test_the_second_time_nothing_is_written(run_fmt: Run, rough: Path) -> None:
    run_fmt("fmt")
    os.utime(rough, (1, 1))
    result = run_fmt("fmt")
    assert (result.code, result.out) == (0, "2 files, all in their form.\n")
    assert rough.stat().st_mtime == 1


def test_check_writes_nothing_and_says_so_by_its_exit_code(run_fmt: Run, rough: Path) -> None:
    result = run_fmt("fmt", "--check")
    assert (result.code, result.out) == (2, f"would change {rough}\n")
    assert rough.read_text() == ROUGH
    assert run_fmt("fmt", "--check", "policies/alerts.yml").code == 0


def test_diff_shows_the_lines_and_writes_nothing(run_fmt: Run, rough: Path) -> None:
    result = run_fmt("fmt", "--diff")
    assert result.code == 0
    assert result.out.splitlines()[4:] == [
        f"{sign}{line}" for sign, text in (("-", ROUGH), ("+", CALM)) for line in text.splitlines()[1:]
    ]
    assert rough.read_text() == ROUGH
    assert run_fmt("fmt", "--diff", "--check").code == 2


def test_a_difference_shows_no_secret(run_fmt: Run, rough: Path) -> None:
    hook = "https://hooks.slack.com/services/T00000000/B00000000/not-a-real-hook"
    rough.write_text(f"channels:\n    hook: {{ type: slack,url: {hook}, token: 'hunter2hunter2' }}\n")
    shown = run_fmt("fmt", "--diff").out
    assert shown.splitlines()[-1] == "+  hook: {type: slack, url: ******** token: ********}"
    assert not any(secret in shown for secret in ("not-a-real-hook", "hunter2"))


def test_a_broken_file_is_told_and_left_alone_and_the_others_are_written(run_fmt: Run, rough: Path) -> None:
    broken = Path("policies/broken.yml")
    broken.write_text(BROKEN)
    result = run_fmt("fmt")
    assert result.code == 3
    assert f"{broken}:1:16: error: a value is missing here" in result.err
    assert broken.read_text() == BROKEN
    assert rough.read_text() == CALM


def test_a_link_stays_a_link(run_fmt: Run, rough: Path) -> None:
    link = Path("link.yml")
    link.symlink_to(rough)
    assert run_fmt("fmt", str(link)).code == 0
    assert link.is_symlink()
    assert rough.read_text() == CALM


def test_what_cannot_be_written_is_as_it_was(run_fmt: Run, rough: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, _target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    result = run_fmt("fmt")
    assert result.code == 1
    assert f"{rough} cannot be written: Permission denied" in result.err
    assert rough.read_text() == ROUGH
    assert [path.name for path in rough.parent.iterdir()] == ["ops.yml"]


def test_a_folder_without_a_policy_is_told(run: Run) -> None:
    Path("elsewhere").mkdir()
    result = run("fmt", "elsewhere")
    assert result.code == 3
    assert "no policy file is here" in result.err


def test_what_plan_reads_is_the_same_policy(run_fmt: Run) -> None:
    before = run_fmt("plan", "--json").json["policy_digest"]
    assert run_fmt("fmt").out
    assert run_fmt("plan", "--json").json["policy_digest"] == before


def test_the_smallest_policy_is_in_its_form() -> None:
    from reconciler.policy.formatting.format import formatted

    assert formatted(SMALLEST) == SMALLEST
