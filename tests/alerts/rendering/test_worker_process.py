"""The worker's process: what it gets, what becomes of its death and its garbage, and that nothing outlives us."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.alerts.rendering import wire
from reconciler.alerts.rendering.process import WorkerError, WorkerProcess

READY = (
    "import sys, struct\n"
    "def say(b): sys.stdout.buffer.write(struct.pack('>I', len(b)) + b); sys.stdout.buffer.flush()\n"
    "def hear():\n"
    "    size = sys.stdin.buffer.read(4)\n"
    "    return sys.stdin.buffer.read(struct.unpack('>I', size)[0]) if size else sys.exit()\n"
    "hear(); say(b'{\"ready\": true}')\n"
)


def pretending(body: str, *, seconds: float = 20.0) -> WorkerProcess:
    """Return a worker that answers as `body` does, once for each question."""
    command = (sys.executable, "-I", "-S", "-c", READY + f"while True:\n    asked = hear()\n    {body}\n")
    return WorkerProcess({}, seconds=seconds, command=command)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerProcess]:
    (tmp_path / "webhook").mkdir()
    (tmp_path / "webhook" / "base.j2").write_text("{{ x }}")
    made = WorkerProcess.over(tmp_path, None, seconds=20)
    yield made
    made.close()


def asked(x: object = "a") -> dict[str, Any]:
    return {"kind": "webhook", "names": ["webhook/base.j2"], "view": {"x": x}, "shipped_only": True}


def test_it_answers_and_is_the_same_process_each_time(worker: WorkerProcess) -> None:
    assert worker.ask(asked("é\ud800")) == {"parts": {"body": "é\\ud800"}}
    first = worker.pid
    assert worker.ask(asked(1)) == {"parts": {"body": "1"}}
    assert worker.pid == first is not None


def test_whoever_asks_after_a_ctrl_c_is_not_given_the_answer_to_what_was_asked_before(tmp_path: Path) -> None:
    class Clock:
        calls_left = 1_000

        def __call__(self) -> float:
            self.calls_left -= 1
            if self.calls_left == 0:
                raise KeyboardInterrupt
            return 0.0

    (tmp_path / "webhook").mkdir()
    (tmp_path / "webhook" / "base.j2").write_text("{{ x }}")
    clock = Clock()
    hello = {"shipped": str(tmp_path), "overrides": None, "seconds": 20}
    worker = WorkerProcess(hello, seconds=20, clock=clock)
    try:
        worker.ask(asked("first"))
        clock.calls_left = 3  # the question is sent by then
        with pytest.raises(KeyboardInterrupt):
            worker.ask(asked("interrupted"))
        assert worker.ask(asked("third")) == {"parts": {"body": "third"}}
    finally:
        worker.close()


def test_an_alert_of_megabytes_goes_through_the_pipe(worker: WorkerProcess) -> None:
    assert worker.ask(asked("x" * 900_000)) == {"parts": {"body": "x" * 900_000}}
    assert worker.ask(asked("x" * 3_000_000))["trouble"]["why"].startswith("the text grew over")


def test_it_is_started_again_after_somebody_killed_it(worker: WorkerProcess) -> None:
    worker.ask(asked())
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert worker.ask(asked()) == {"parts": {"body": "a"}}
    assert worker.pid != first


def test_a_ctrl_c_here_does_not_reach_it(worker: WorkerProcess) -> None:
    worker.ask(asked())
    assert worker.pid is not None
    assert os.getpgid(worker.pid) != os.getpgid(0)


def test_it_gets_nothing_of_the_environment() -> None:
    os.environ["DBT_ALERTS_TEST_SECRET"] = "shown-to-nobody"
    try:
        telling = pretending("import os, json; say(json.dumps(dict(os.environ)).encode())")
        with_environment = telling.ask({})
    finally:
        del os.environ["DBT_ALERTS_TEST_SECRET"]
    telling.close()
    assert set(with_environment) <= {"LC_ALL", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def test_it_dies_with_its_pipe(worker: WorkerProcess) -> None:
    worker.ask(asked())
    pid = worker.pid
    worker.close()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    worker.close()
    assert worker.ask(asked()) == {"parts": {"body": "a"}}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(1)", "died"),
        ("say(b'garbage')", "something else than a message"),
        ("say(b'[1]')", "something else than a message"),
        ("sys.stdout.buffer.write(b'\\xff' * 8); sys.stdout.buffer.flush()", "something else than a message"),
        ("sys.stdout.buffer.write(b'\\0\\0'); sys.stdout.buffer.flush(); sys.exit()", "died"),
    ],
)
def test_death_and_garbage_are_said_and_the_next_question_has_a_new_worker(body: str, why: str) -> None:
    worker = pretending(body)
    with pytest.raises(WorkerError, match=why):
        worker.ask({})
    assert worker.pid is None
    worker.close()


def test_it_is_not_waited_for_longer_than_the_clock_says() -> None:
    worker = pretending("import time; time.sleep(60)", seconds=0.05)
    with pytest.raises(WorkerError, match=r"took longer than 0\.05 s"):
        worker.ask({})
    assert worker.pid is None


def test_one_that_does_not_read_is_not_waited_for_either() -> None:
    worker = pretending("import time; time.sleep(60)", seconds=0.05)
    with pytest.raises(WorkerError, match="took longer"):
        worker.ask({"x": "x" * 1_000_000})


def test_a_program_that_is_not_there_is_said() -> None:
    with pytest.raises(WorkerError, match="No such file"):
        WorkerProcess({}, command=("/nonexistent/python",)).ask({})


def test_many_threads_take_turns(worker: WorkerProcess) -> None:
    found: dict[int, object] = {}
    threads = [
        threading.Thread(
            target=lambda number=number: found.update({number: worker.ask(asked(number))["parts"]["body"]})
        )
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number) for number in range(12)}


def test_a_forked_child_has_a_worker_of_its_own(worker: WorkerProcess) -> None:
    worker.ask(asked())
    mine = worker.pid
    reader, writer = os.pipe()
    worker._lock.acquire()  # as if another thread were asking at that moment
    with warnings.catch_warnings():  # from Python 3.12 on: there may be threads about
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:  # pragma: no cover - the child's part is seen in what it writes
        signal.alarm(5)
        try:
            answer = worker.ask(asked("child"))
            told = json.dumps([answer, worker.pid != mine])
            worker.close()
            os.write(writer, told.encode())
        finally:
            os._exit(0)
    worker._lock.release()
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert json.loads(pipe.read()) == [{"parts": {"body": "child"}}, True]
    os.waitpid(child, 0)
    assert worker.ask(asked("still"))["parts"] == {"body": "still"}
    assert worker.pid == mine


def test_what_is_too_large_for_the_wire_is_refused_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", 100)
    with pytest.raises(wire.GarbageError, match="too large to render"):
        wire.packed({"x": "x" * 100})
