"""Names from a policy that nobody reviewed: what passes is a name to git too, and nothing else."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.git_names import safe_branch, safe_remote


@pytest.mark.parametrize("name", ["dbt-alerts-ledger", "alerts/ledger", "a", "v1.2_x-y", "x" * 200])
def test_a_branch(name: str) -> None:
    assert safe_branch(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "-x", "--upload-pack=id", "/x", "x/", "x//y", "a..b", "a.lock", "a.lock/b", ".a", "a/.b", "a.", "a./b"),
        *("HEAD", "@", "a@{1}", "a b", "a\nb", "a:b", "a~1", "a^", "a?", "a*", "a[b", "a\\b", "é", "x" * 201, "a\n"),
    ],
)
def test_no_branch(name: str) -> None:
    assert not safe_branch(name)


@pytest.mark.parametrize("name", ["origin", "up-stream_2", "a.b"])
def test_a_remote(name: str) -> None:
    assert safe_remote(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "-x",
            "--upload-pack=id",
            "ext::sh -c id",
            "https://evil.example/x",
            "git@evil.example:x",
            "../x",
            ".",
            "..",
        ),
        *("/x", "a/b", "./a", "a..b", "a b", "C:\\x", "origin\n", "x" * 101, "a."),
    ],
)
def test_no_remote(name: str) -> None:
    assert not safe_remote(name)


@given(st.text("ab./-_@{}:^~ \n\\lock", max_size=9))
@example("a.lock")
def test_git_takes_every_branch_that_passes(name: str) -> None:
    if safe_branch(name):
        asked = ["git", "check-ref-format", f"refs/heads/{name}"]
        assert subprocess.run(asked, check=False).returncode == 0, name
