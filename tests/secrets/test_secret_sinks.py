"""Sinks: a secret arrives whole, only where it may, and shows itself nowhere else."""

from __future__ import annotations

import contextlib
import stat
import sys
from pathlib import Path

import pytest

from reconciler.errors import AlertsError, Refused, RuntimeFailure
from reconciler.model.policy import SecretSink, SinkKind
from reconciler.model.problem import Position
from reconciler.model.secret import Secret
from reconciler.secrets import CommandSink, FileSink, sink_opener
from reconciler.secrets.receipt import fingerprint

SECRET = Secret("whsec-5f1c0e7d")
AT = Position("policy.yml", 3, 5)


# --- file -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def sink(tmp_path: Path) -> FileSink:
    return FileSink(tmp_path / "deep" / "lineage.secret", name="finance/lineage")


def test_a_stored_secret_is_the_whole_file_and_private(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    assert sink.target.read_text() == SECRET.reveal()
    assert stat.S_IMODE(sink.target.stat().st_mode) == 0o600
    assert stat.S_IMODE(sink.target.parent.stat().st_mode) == 0o700
    assert sink.confirm(receipt)


def test_the_receipt_tells_the_place_and_a_fingerprint_and_not_the_secret(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    assert receipt == f"file:{sink.target}#{fingerprint(SECRET)}"
    assert SECRET.reveal() not in receipt


def test_a_changed_file_is_not_confirmed(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    sink.target.write_text("another")
    assert not sink.confirm(receipt)


def test_a_probe_leaves_nothing_but_the_folder(sink: FileSink) -> None:
    sink.probe()
    assert list(sink.target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_fails_the_probe(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFailure, match="cannot be written") as caught:
        FileSink(tmp_path / "file" / "x", name="a/b").probe()
    assert caught.value.next_step


def test_its_own_older_secret_is_replaced(sink: FileSink) -> None:
    sink.probe()
    sink.store(Secret("older"))
    sink.probe()
    assert sink.confirm(sink.store(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


def test_a_file_that_is_not_this_webhooks_is_never_overwritten(sink: FileSink) -> None:
    sink.target.parent.mkdir()
    sink.target.write_text("somebody's")
    for attempt in (sink.probe, lambda: sink.store(SECRET)):
        with pytest.raises(Refused, match="not its file"):
            attempt()
    assert sink.target.read_text() == "somebody's"


def test_two_webhooks_cannot_share_a_file(sink: FileSink) -> None:
    sink.probe()
    sink.store(SECRET)
    with pytest.raises(Refused, match="growth/other"):
        FileSink(sink.target, name="growth/other").probe()


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_death_while_storing_leaves_nothing_that_the_next_run_may_not_replace(
    sink: FileSink, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    sink.probe()
    rename, left = Path.replace, iter([True] * renames)

    def dying(self: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with contextlib.suppress(KeyboardInterrupt):
            sink.store(Secret("lost"))
    sink.probe()
    assert sink.confirm(sink.store(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


def test_a_link_is_not_followed(sink: FileSink, tmp_path: Path) -> None:
    sink.target.parent.mkdir()
    sink.target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        sink.probe()


# --- where a policy may put it --------------------------------------------------------------------------------------
def opened(base: Path, path: str | None, *, durable: str = "") -> object:
    opener = sink_opener(base=base, environ={"DBT_ALERTS_DURABLE": durable}, check=lambda _: None)
    return opener(SecretSink(kind=SinkKind.FILE, at=AT, path=path), "finance/lineage")


def test_a_path_under_the_working_directory_will_do(tmp_path: Path) -> None:
    assert isinstance(opened(tmp_path, ".dbt-alerts/x.secret"), FileSink)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "link/x", "", None, ".", "a/.."])
def test_a_path_that_leaves_the_working_directory_is_refused(tmp_path: Path, path: str | None) -> None:
    base = tmp_path / "repo"
    base.mkdir()
    (base / "link").symlink_to(tmp_path)
    with pytest.raises(Refused, match=r"policy\.yml:3:5"):
        opened(base, path)


def test_the_operator_may_name_a_folder_elsewhere(tmp_path: Path) -> None:
    base, kept = tmp_path / "repo", tmp_path / "kept"
    base.mkdir()
    assert isinstance(opened(base, str(kept / "x"), durable=str(kept)), FileSink)


def test_the_check_of_the_caller_is_asked(tmp_path: Path) -> None:
    asked: list[Path] = []
    opener = sink_opener(base=tmp_path, environ={}, check=asked.append)
    opener(SecretSink(kind=SinkKind.FILE, at=AT, path="x"), "a/b")
    assert asked == [tmp_path / "x"]


# --- command --------------------------------------------------------------------------------------------------------
PROGRAM = """
import os, sys
told = sys.stdin.read()
name, probing = os.environ["DBT_ALERTS_SINK_NAME"], os.environ.get("DBT_ALERTS_SINK_PROBE")
mode = os.environ.get("MODE", "")
if probing:
    assert sys.argv[1:] == ["probe"] and told == ""
elif mode == "leaks":
    print("stored " + told)
elif mode == "fails":
    sys.stderr.write("cannot store " + told + " now\\n"); sys.exit(3)
elif mode == "hangs":
    import time; time.sleep(30)
elif mode == "floods":
    print("x" * 100000)
else:
    open(os.environ["OUT"], "w").write(name + "=" + told)
    print("version 7\\x1b[31m of", name)
"""


def command(tmp_path: Path, *, mode: str = "", time_out: float = 20.0) -> CommandSink:
    program = tmp_path / "store it.py"
    program.write_text(PROGRAM)
    environ = {
        "DBT_ALERTS_SINK_COMMAND": f"{sys.executable} '{program}'",
        "OUT": str(tmp_path / "out"),
        "MODE": mode,
    }
    return CommandSink(environ, name="finance/lineage", time_out=time_out)


def test_the_program_gets_the_secret_on_its_input_and_gives_a_receipt(tmp_path: Path) -> None:
    sink = command(tmp_path)
    sink.probe()
    assert not (tmp_path / "out").exists()
    receipt = sink.store(SECRET)
    assert (tmp_path / "out").read_text() == f"finance/lineage={SECRET.reveal()}"
    assert receipt == f"command:version 7[31m of finance/lineage#{fingerprint(SECRET)}"
    assert sink.confirm(receipt)


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("leaks", "printed the secret"),
        ("fails", r"exit code 3: cannot store \*{8} now"),
        ("hangs", "took longer than"),
        ("floods", "printed more than"),
    ],
)
def test_a_program_that_misbehaves_fails_without_showing_the_secret(tmp_path: Path, mode: str, says: str) -> None:
    sink = command(tmp_path, mode=mode, time_out=0.5 if mode == "hangs" else 20)
    with pytest.raises(RuntimeFailure, match=says) as caught:
        sink.store(SECRET)
    assert SECRET.reveal() not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_program_that_is_not_there_fails_the_probe() -> None:
    sink = CommandSink({"DBT_ALERTS_SINK_COMMAND": "/nowhere/at/all"}, name="a/b")
    with pytest.raises(RuntimeFailure, match="cannot be started"):
        sink.probe()


@pytest.mark.parametrize("value", ["", "  ", "'unclosed"])
def test_without_a_program_the_policy_cannot_bring_one(value: str) -> None:
    with pytest.raises(AlertsError, match=r"program|command line") as caught:
        CommandSink({"DBT_ALERTS_SINK_COMMAND": value}, name="a/b")
    assert caught.value.exit_code == 4


def test_there_is_no_shell(tmp_path: Path) -> None:
    words = f"{sys.executable} -c pass $(touch {tmp_path}/x) ; touch {tmp_path}/y"
    CommandSink({"DBT_ALERTS_SINK_COMMAND": words}, name="a/b").probe()
    assert list(tmp_path.iterdir()) == []
