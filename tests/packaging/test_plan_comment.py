"""The plan's comment on a pull request, with a stand-in for GitHub's own command line."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

MARKER = "<!-- dbt-alerts plan -->"

# Records its arguments and the body it was given; answers the list of comments from a file.
GH = f"""#!{sys.executable}
import json, os, pathlib, sys

folder = pathlib.Path(os.environ["FAKE_GH"])
body = next((pathlib.Path(a.removeprefix("body=@")).read_text() for a in sys.argv if a.startswith("body=@")), None)
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([sys.argv[1:], body]) + "\\n")
if body is None:
    print((folder / "existing").read_text(), end="")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What the script asked GitHub to write."""

    arguments: list[str]
    body: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "existing").write_text("")
    return tmp_path


def _comment(root: Path, folder: Path, plan: str) -> Writes:
    (folder / "plan.md").write_text(plan, encoding="utf-8")
    environment = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "FAKE_GH": str(folder),
        "GITHUB_REPOSITORY": "acme/alerts",
        "PULL_REQUEST": "12",
    }
    script = root / ".github" / "actions" / "dbt-alerts" / "comment.sh"
    subprocess.run([script, folder / "plan.md"], env=environment, check=True)
    _, (arguments, body) = [json.loads(line) for line in (folder / "calls").read_text().splitlines()]
    return Writes(arguments=arguments, body=body)


def test_the_first_push_makes_the_comment(root: Path, folder: Path) -> None:
    writes = _comment(root, folder, "## Who stops being alerted\n\nNobody.\n")
    assert "POST" in writes.arguments
    assert "repos/acme/alerts/issues/12/comments" in writes.arguments
    assert writes.body.splitlines()[:2] == [MARKER, "## Who stops being alerted"]


def test_every_later_push_rewrites_it(root: Path, folder: Path) -> None:
    (folder / "existing").write_text("991\n992\n")
    writes = _comment(root, folder, "again\n")
    assert "PATCH" in writes.arguments
    assert "repos/acme/alerts/issues/comments/991" in writes.arguments


def test_only_our_own_comment_is_looked_for(root: Path, folder: Path) -> None:
    _comment(root, folder, "plan\n")
    search = json.loads((folder / "calls").read_text().splitlines()[0])[0][-1]
    assert "github-actions[bot]" in search
    assert MARKER in search


def test_a_plan_that_is_too_long_is_cut_at_a_line_and_says_so(root: Path, folder: Path) -> None:
    writes = _comment(root, folder, "- zoë stops being told 🔕\n" * 5000)
    assert len(writes.body) < 65_536
    assert "all of it is in the job's summary" in writes.body
    kept = [line for line in writes.body.splitlines() if line.startswith("- zoë")]
    assert set(kept) == {"- zoë stops being told 🔕"}
