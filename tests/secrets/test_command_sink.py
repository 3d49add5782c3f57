"""The command sink: the operator's program gets the secret on its input and nowhere else, and cannot hang the run."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from reconciler.errors import AlertsError, Refused, RuntimeFailure
from reconciler.model.secret import Secret
from reconciler.secrets import CommandSink
from reconciler.secrets.holder import Holder
from reconciler.secrets.program import MOST_BYTES, run_program
from reconciler.secrets.receipt import fingerprint

SECRET = Secret("whsec-5f1c0e7d")
HOLDER = Holder(key="finance/lineage", host="cloud.getdbt.com", account_id=7031, manager="acme-data-alerts")
PROGRAM = """
import os, subprocess, sys
(step,) = sys.argv[1:]
told = sys.stdin.read()
name, about = os.environ["DBT_ALERTS_SINK_NAME"], os.environ["DBT_ALERTS_SINK_FINGERPRINT"]
mode = os.environ.get("MODE", "")
if step == "probe":
    assert told == "" and about == ""
    print("ready" if mode == "old" else "ready\\nrotates")
elif mode == "leaks":
    print("stored " + told)
elif mode == "fails":
    sys.stderr.write("cannot store " + told + " now\\n"); sys.exit(3)
elif mode == "hangs":
    child = subprocess.Popen(["sleep", "30"])
    open(os.environ["OUT"], "w").write(str(child.pid))
    child.wait()
elif mode == "lingers":
    child = subprocess.Popen(["sleep", "30"])
    open(os.environ["OUT"], "w").write(str(child.pid))
    print("left a child behind")
elif mode == "floods":
    while True:
        print("x" * 100000, flush=True)
else:
    where = [os.environ["DBT_ALERTS_SINK_" + word] for word in ("ACCOUNT", "HOST", "MANAGER")]
    open(os.environ["OUT"] + " where", "w").write(" ".join(where))
    open(os.environ["OUT"], "a").write(f"{step} {name} {about} [{told}]\\n")
    print("version 7\\x1b[31m of", name)
"""


def command(tmp_path: Path, *, mode: str = "", time_out: float = 20.0) -> CommandSink:
    program = tmp_path / "store it.py"
    program.write_text(PROGRAM)
    environ = {
        "PATH": os.environ["PATH"],
        "DBT_ALERTS_SINK_COMMAND": f"{sys.executable} '{program}'",
        "OUT": str(tmp_path / "out"),
        "MODE": mode,
    }
    return CommandSink(environ, holder=HOLDER, time_out=time_out)


def told(tmp_path: Path) -> list[str]:
    return (tmp_path / "out").read_text().splitlines()


def test_the_program_gets_the_secret_on_its_input_and_gives_a_receipt(tmp_path: Path) -> None:
    sink = command(tmp_path)
    sink.probe()
    assert not (tmp_path / "out").exists()
    receipt = sink.store(SECRET)
    assert told(tmp_path) == [f"store finance/lineage {fingerprint(SECRET)} [{SECRET.reveal()}]"]
    assert receipt == f"command:version 7[31m of finance/lineage#{fingerprint(SECRET)}"
    assert sink.confirm(receipt)


def test_the_program_is_told_the_account_because_the_name_may_be_there_on_two(tmp_path: Path) -> None:
    command(tmp_path).store(SECRET)
    assert (tmp_path / "out where").read_text() == "7031 cloud.getdbt.com acme-data-alerts"


def test_a_second_secret_is_added_and_the_first_one_named_by_its_fingerprint(tmp_path: Path) -> None:
    sink = command(tmp_path)
    sink.probe_rotation()
    old = sink.store(Secret("older"))
    sink.add(SECRET)
    sink.retire(old)
    assert told(tmp_path)[1:] == [
        f"add finance/lineage {fingerprint(SECRET)} [{SECRET.reveal()}]",
        f"retire finance/lineage {fingerprint(Secret('older'))} []",
    ]


def test_a_program_that_does_not_say_that_it_keeps_two_is_not_asked_to(tmp_path: Path) -> None:
    sink = command(tmp_path, mode="old")
    sink.probe()
    with pytest.raises(Refused, match="keep two secrets"):
        sink.probe_rotation()


@pytest.mark.parametrize("step", ["store", "add"])
@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("leaks", "printed the secret"),
        ("fails", r"exit code 3: cannot store \*{8} now"),
        ("hangs", "took longer than"),
        ("floods", f"printed more than {MOST_BYTES}"),
    ],
)
def test_a_program_that_misbehaves_fails_without_showing_the_secret(
    tmp_path: Path, mode: str, says: str, step: str
) -> None:
    sink = command(tmp_path, mode=mode, time_out=1.0 if mode == "hangs" else 20)
    with pytest.raises(RuntimeFailure, match=says) as caught:
        getattr(sink, step)(SECRET)
    assert SECRET.reveal() not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_program_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFailure, match="took longer than"):
        command(tmp_path, mode="hangs", time_out=1.0).store(SECRET)
    child = int((tmp_path / "out").read_text())
    _wait_until_gone(child)


def test_a_child_that_is_left_behind_is_not_waited_for(tmp_path: Path) -> None:
    """It holds the program's output open; the program's own end is the answer."""
    began = time.monotonic()
    receipt = command(tmp_path, mode="lingers", time_out=20).store(SECRET)
    os.kill(int((tmp_path / "out").read_text()), signal.SIGKILL)
    assert "left a child behind" in receipt
    assert time.monotonic() - began < 15


def _wait_until_gone(pid: int) -> None:
    """Its parent is dead, so init may take a moment to reap it: a zombie has no command line."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return
        except OSError:
            return
    raise AssertionError(f"process {pid} is still there")


def test_a_long_input_that_nobody_reads_and_a_long_output_do_not_block_each_other() -> None:
    program = "import sys; sys.stdout.write('x' * 60000); sys.stdout.flush()"
    ended = run_program([sys.executable, "-c", program], given=b"y" * 200_000, environ={}, seconds=20)
    assert (ended.code, len(ended.out)) == (0, 60000)


def test_what_it_prints_last_is_heard() -> None:
    program = "import sys; sys.stdout.write('x' * 30000); sys.stderr.write('end'); sys.exit(7)"
    ended = run_program([sys.executable, "-c", program], given=b"", environ={}, seconds=20)
    assert (ended.code, len(ended.out), ended.err) == (7, 30000, b"end")


def test_no_zombie_is_left(tmp_path: Path) -> None:
    sink = command(tmp_path)
    sink.store(SECRET)
    with pytest.raises(RuntimeFailure):
        command(tmp_path, mode="floods").store(SECRET)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    states = {pid: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in children}
    assert "Z" not in states.values()


def test_a_program_that_is_not_there_fails_the_probe() -> None:
    sink = CommandSink({"DBT_ALERTS_SINK_COMMAND": "/nowhere/at/all"}, holder=HOLDER)
    with pytest.raises(RuntimeFailure, match="cannot be started"):
        sink.probe()


@pytest.mark.parametrize("value", ["", "  ", "'unclosed"])
def test_without_a_program_the_policy_cannot_bring_one(value: str) -> None:
    with pytest.raises(AlertsError, match=r"program|command line") as caught:
        CommandSink({"DBT_ALERTS_SINK_COMMAND": value}, holder=HOLDER)
    assert caught.value.exit_code == 4


def test_there_is_no_shell(tmp_path: Path) -> None:
    words = f"{sys.executable} -c pass $(touch {tmp_path}/x) ; touch {tmp_path}/y"
    CommandSink({"DBT_ALERTS_SINK_COMMAND": words}, holder=HOLDER).probe()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["DBT_CLOUD_TOKEN", "DBT_ALERTS_LEDGER_KEY", "DBT_ALERTS_LEDGER_REMOTE"])
def test_our_own_secrets_are_none_of_the_programs_business(tmp_path: Path, name: str) -> None:
    """A program under `set -x`, or one that reports its environment when it fails, must not show them."""
    environ = {
        "PATH": os.environ["PATH"],
        "VAULT_TOKEN": "its own",
        name: "canary-5d0f",
        "DBT_ALERTS_SINK_COMMAND": f"{sys.executable} -c 'import os, sys; sys.exit(str(dict(os.environ)))'",
    }
    with pytest.raises(RuntimeFailure, match="its own") as refused:
        CommandSink(environ, holder=HOLDER).probe()
    assert "canary-5d0f" not in refused.value.message
