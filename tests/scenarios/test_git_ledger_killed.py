"""A real apply, killed at each of its pushes by a git that kills who asked it; then unlocked, and run again."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.scenarios.process_lab import SandboxProcess
from tests.scenarios.test_git_ledger import Clones, done, expire

pytestmark = [pytest.mark.crash, pytest.mark.slow]

KILLER = """\
#!/bin/sh
case " $* " in
*" push "*)
    number=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1))
    echo "$number" >"$COUNT"
    if [ "$number" = "$NUMBER" ]; then
        if [ "$MOMENT" = after ]; then "$GIT" "$@" >/dev/null 2>&1 </dev/null; fi
        kill -9 "$PPID"
        exit 1
    fi
    ;;
esac
exec "$GIT" "$@"
"""


@pytest.fixture
def clones(tmp_path: Path, sandbox: SandboxProcess) -> Clones:
    return Clones(tmp_path, sandbox)


@pytest.mark.parametrize(
    ("moment", "number", "held"),
    [("before", 1, False), ("after", 1, True), ("before", 2, True), ("after", 2, True), ("before", 3, True)],
)
def test_killed_at_a_push_it_goes_on_after_the_lease_was_broken(
    clones: Clones, tmp_path: Path, moment: str, number: int, held: bool
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").write_text(KILLER)
    (programs / "git").chmod(0o755)
    real = shutil.which("git")
    assert real is not None
    place = clones.place()
    environ = {
        "PATH": f"{programs}{os.pathsep}{place.environ['PATH']}",
        "GIT": real,
        "COUNT": str(tmp_path / "count"),
        "NUMBER": str(number),
        "MOMENT": moment,
    }
    killed = place.run("apply", "--yes", environ=environ)
    assert killed.code == -signal.SIGKILL, f"{killed}"
    assert (clones.started() and "lease" in clones.files()) == held
    if held:
        done(place, "apply", "--yes", code=1)
        expire(clones)
        done(place, "ledger", "unlock")
    done(place, "apply", "--yes")
    done(place, "plan", "--detailed-exitcode")
    done(place, "ledger", "verify", "--detailed-exitcode")
    sandbox = clones.sandbox
    assert (
        len(
            [
                row
                for row in sandbox.control.rows("notifications")
                if row["external_email"] == "finance-data@acme.example"
            ]
        )
        == 1
    )
