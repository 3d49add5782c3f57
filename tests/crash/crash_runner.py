"""Run `dbt-alerts` commands, each in a process of its own that may SIGKILL itself at a chosen moment.

One JSON request per line on standard input: `arguments`, `folder`, `environ`, and `kill`: null, or a pair of a moment
(`request`, `taken`, `answered`, `saving`, `saved`) and a number counted from 1. One JSON answer per line: `killed`,
`code`, `calls`, `saves`, `output`. The runner has no threads, so a forked child is a whole process of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from reconciler.cli import main
from reconciler.ledger import FileStore

PRELOADED = ("apply", "plan")


class Moments:
    """Counts requests and ledger writes, from all threads, tells a file of them, and dies at the chosen one."""

    def __init__(self, kill: tuple[str, int] | None, tally: Path) -> None:
        self._counts = {"calls": 0, "saves": 0}
        self._kill = kill
        self._tally = tally
        self._lock = Lock()

    def begin(self, what: str) -> int:
        """Return the number of this call or save. The tally is replaced whole: a death must not tear it."""
        with self._lock:
            self._counts[what] += 1
            aside = self._tally.with_suffix(".new")
            aside.write_text(json.dumps(self._counts))
            aside.replace(self._tally)
            return self._counts[what]

    def reach(self, moment: str, number: int) -> None:
        if self._kill == (moment, number):
            os.kill(os.getpid(), signal.SIGKILL)


class DyingBody(httpx.SyncByteStream):
    """A body that dies when it has been read and is closed: the answer has arrived, nobody has acted on it."""

    def __init__(self, body: httpx.SyncByteStream, closed: Callable[[], None]) -> None:
        self._body = body
        self._closed = closed

    def __iter__(self) -> Any:  # noqa: ANN401 - hands on what httpx makes
        yield from self._body

    def close(self) -> None:
        self._body.close()
        self._closed()


def wrap_transport(moments: Moments) -> None:
    send = httpx.HTTPTransport.handle_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        number = moments.begin("calls")
        moments.reach("request", number)
        response = send(self, request)
        moments.reach("taken", number)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = DyingBody(response.stream, lambda: moments.reach("answered", number))
        return response

    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]


def wrap_store(moments: Moments) -> None:
    save = FileStore.save

    def saving(self: FileStore, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - hands everything on
        number = moments.begin("saves")
        moments.reach("saving", number)
        saved = save(self, *arguments, **named)
        moments.reach("saved", number)
        return saved

    FileStore.save = saving  # type: ignore[method-assign]


def child(asked: dict[str, Any], tally: Path, output: Path) -> None:
    """Become the command. Never returns."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target in (1, 2):
        os.dup2(descriptor, target)
    os.dup2(nothing, 0)
    os.chdir(asked["folder"])
    os.environ.update(asked["environ"])
    moments = Moments(tuple(asked["kill"]) if asked["kill"] else None, tally)
    wrap_transport(moments)
    wrap_store(moments)
    try:
        main(asked["arguments"])
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))


def serve(scratch: Path) -> None:
    for command in PRELOADED:
        import_module(f"reconciler.cli.{command}")
    tally, output = scratch / "tally.json", scratch / "output.txt"
    for line in sys.stdin:
        tally.write_text('{"calls": 0, "saves": 0}')
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), tally, output)
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status)
        answer = {
            "killed": killed,
            "code": None if killed else os.WEXITSTATUS(status),
            "output": output.read_text(),
            **json.loads(tally.read_text()),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
