"""Evidence on the ledger's branch: added to by compare-and-swap, and nothing that the ledger's lease minds."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.drill.keeping_git import EvidenceBranch
from reconciler.ledger.git_branch import LedgerBranch
from reconciler.ledger.git_command import Git, GitAnswer
from tests.drill.evidence_lab import seen


class Racing(LedgerBranch):
    """A branch on which somebody else is quicker, once."""

    quicker: EvidenceBranch | None = None

    def push(self, commit: str, *, expected: str | None) -> GitAnswer:
        if self.quicker is not None:
            other, self.quicker = self.quicker, None
            other.append([seen(id="theirs")])
        return super().push(commit, expected=expected)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)  # noqa: S607
    subprocess.run(["git", "init", "-q", str(tmp_path / "clone")], check=True)  # noqa: S607
    return tmp_path / "remote.git"


def branch(remote: Path, kind: type[LedgerBranch] = LedgerBranch) -> LedgerBranch:
    git = Git(remote.parent / "clone", environ={"PATH": "/usr/bin:/bin:/usr/local/bin"})
    return kind(git, remote=str(remote), branch="ledger", configured=False, sleep=lambda _: None)


def store(of: LedgerBranch, manager: str = "acme") -> EvidenceBranch:
    return EvidenceBranch(
        of,
        host="ab123.us1.dbt.com",
        account_id=7,
        manager=manager,
        clock=lambda: datetime(2026, 1, 5, tzinfo=UTC),
        sleep=lambda _: None,
    )


def test_additions_are_commits_and_make_one_chain(remote: Path) -> None:
    mine = store(branch(remote))
    assert mine.read() == ()
    mine.append([seen(id="1")])
    mine.append([seen(id="2")])
    assert [each.id for each in store(branch(remote)).read()] == ["1", "2"]
    assert mine.verify() == ()
    assert store(branch(remote), "another").read() == ()


def test_who_was_slower_adds_after_who_was_quicker(remote: Path) -> None:
    store(branch(remote)).append([seen(id="1")])
    racing = branch(remote, Racing)
    assert isinstance(racing, Racing)
    racing.quicker = store(branch(remote))
    mine = store(racing)
    mine.append([seen(id="mine")])
    assert [each.id for each in mine.read()] == ["1", "theirs", "mine"]
    assert mine.verify() == ()
