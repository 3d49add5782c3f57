"""The secrets of a rotation are in their sink and nowhere else: no output, file, ledger or argument shows one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.policies_lab import HEAD
from tests.scenarios.process_lab import Done
from tests.scenarios.rotate_bench import KEY, Receiver, receiving
from tests.trust.trust_lab import WatchedPlace

pytestmark = pytest.mark.slow

PROGRAM = """
import os, sys
from pathlib import Path
step, kept = sys.argv[1], Path("secrets/lineage.secret")
told = sys.stdin.read()
if step == "probe":
    print("rotates")
elif step in ("store", "add"):
    kept.parent.mkdir(exist_ok=True)
    old = kept.read_text() if step == "add" and kept.exists() else ""
    kept.write_text(told + ("\\n" + old if old else ""))
    print("kept in a file")
"""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / "secrets" / "lineage.secret") as known:
        yield known


def _hmac_secrets(place: WatchedPlace) -> dict[str, str]:
    return {f"the HMAC secret of {row['id']}": row["hmac_secret"] for row in place.sandbox.control.rows("webhooks")}


def _rotated(place: WatchedPlace, receiver: Receiver) -> tuple[list[Done], dict[str, str]]:
    """Apply, rotate well, rotate badly, purge, and plan: what was said, and every secret that there ever was."""
    done = [place.run("apply"), place.run("rotate", KEY, environ={"DBT_ALERTS_DEBUG": "1"})]
    secrets = _hmac_secrets(place)
    receiver.down = True
    done.append(place.run("rotate", KEY, "--json", "--wait", "1"))
    secrets |= _hmac_secrets(place)
    receiver.down = False
    done += [
        place.run("rotate", KEY, "--leaked"),
        place.run("purge", "--older-than", "0d", "--yes"),
        place.run("plan", "--json"),
    ]
    return done, secrets | _hmac_secrets(place)


def test_a_file_sink(place: WatchedPlace, receiver: Receiver) -> None:
    place.policy(HEAD + receiver.policy())
    done, secrets = _rotated(place, receiver)
    assert [each.code for each in done] == [0, 0, 6, 0, 0, 0], "\n".join(map(str, done))
    assert len(secrets) >= 4
    leaks = place.leaks(*done, more=secrets)
    assert not leaks, leaks
    assert place.elsewhere() == []
    path = place.folder / "secrets" / "lineage.secret"
    assert path.stat().st_mode & 0o077 == 0


def test_a_program_gets_it_on_its_input_only(place: WatchedPlace, receiver: Receiver) -> None:
    text = receiver.policy().replace("{store: file, path: secrets/lineage.secret}", "{store: command}")
    place.policy(HEAD + text)
    program = place.folder / "sink.py"
    program.write_text(PROGRAM, encoding="utf-8")
    place.environ["DBT_ALERTS_SINK_COMMAND"] = f"{sys.executable} {program}"
    done, secrets = _rotated(place, receiver)
    assert [each.code for each in done] == [0, 0, 6, 0, 0, 0], "\n".join(map(str, done))
    leaks = place.leaks(*done, more=secrets)
    assert not leaks, leaks
    started = str(place.watched().of("program"))
    assert "'retire'" in started
    assert [name for name, value in secrets.items() if value in started] == []
