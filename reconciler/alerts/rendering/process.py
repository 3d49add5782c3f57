"""The other side of the worker: starts it, asks it, ends it when it takes too long, and starts another."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, Self

import jinja2
import markupsafe

import reconciler
from reconciler.alerts.rendering.wire import HEAD, GarbageError, length, packed, unpacked

__all__ = ["WorkerError", "WorkerProcess"]

_START_SECONDS: Final = 20.0
_BOOT: Final = "import sys; sys.path[:0] = {folders}; from reconciler.alerts.rendering.worker import main; main()"


class WorkerError(Exception):
    """No answer: it took too long, it died, or what came is none. The sentence is for people."""


class WorkerProcess:
    """One worker, for any number of threads in turn. Started when it is first asked, and again after its end.

    `seconds` is how long one answer may take, by `clock`. A child made by `fork` gets a worker of its own.
    """

    def __init__(
        self,
        hello: dict[str, Any],
        *,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._hello = hello
        self._seconds = seconds
        self._clock = clock
        self._command = command
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._another: subprocess.Popen[bytes] | None = None

    @classmethod
    def over(cls, shipped: Path, overrides: Path | None, *, seconds: float = 1.0) -> Self:
        """Return a worker that reads these two folders."""
        hello = {
            "shipped": str(shipped),
            "overrides": None if overrides is None else str(overrides.resolve()),
            "seconds": seconds,
        }
        return cls(hello, seconds=seconds)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer. Raises `WorkerError`; the next one to ask gets a new worker then."""
        if os.getpid() != self._owner:
            self._owner, self._lock = os.getpid(), threading.Lock()
            self._another, self._process = self._process, None  # the parent's: not to be ended here
        with self._lock:
            try:
                return self._exchange(self._running(), packed(question), self._seconds)
            except (GarbageError, WorkerError) as problem:
                self._end()
                raise WorkerError(str(problem)) from problem
            except OSError as problem:
                self._end()
                raise WorkerError(f"the process that renders died ({problem.strerror})") from problem
            except BaseException:
                self._end()  # its answer is still to come: the next one to ask would take it for its own
                raise

    @property
    def pid(self) -> int | None:
        """The worker's process, None while there is none."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the worker. Asking again starts another."""
        if os.getpid() == self._owner:
            with self._lock:
                self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = self._started()
            self._exchange(self._process, packed(self._hello), _START_SECONDS)
        return self._process

    def _started(self) -> subprocess.Popen[bytes]:
        """Start it with nothing of this process but the way to its libraries; a Ctrl-C here is none of its business."""
        process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            self._command or (sys.executable, "-I", "-S", "-c", _BOOT.format(folders=json.dumps(_libraries()))),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        for pipe in (process.stdin, process.stdout):
            os.set_blocking(_pipe(pipe), False)
        return process

    def _exchange(self, process: subprocess.Popen[bytes], question: bytes, seconds: float) -> dict[str, Any]:
        until = self._clock() + seconds
        self._send(_pipe(process.stdin), question, until)
        size = length(self._receive(_pipe(process.stdout), HEAD, until))
        return unpacked(self._receive(_pipe(process.stdout), size, until))

    def _send(self, pipe: int, data: bytes, until: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait(pipe, select.POLLOUT, until)
            rest = rest[os.write(pipe, rest) :]

    def _receive(self, pipe: int, size: int, until: float) -> bytes:
        found = bytearray()
        while len(found) < size:
            self._wait(pipe, select.POLLIN, until)
            piece = os.read(pipe, size - len(found))
            if not piece:
                raise WorkerError("the process that renders died")
            found += piece
        return bytes(found)

    def _wait(self, pipe: int, event: int, until: float) -> None:
        """Wait for the pipe until then. Nothing is waited for once the time is over."""
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, until - self._clock()) * 1000):
            raise WorkerError(f"it took longer than {self._seconds:g} s")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _libraries() -> list[str]:
    """Return the folders that the worker's imports are in: without `site`, no start-up file of anybody runs there."""
    return list(
        dict.fromkeys(str(Path(each.__file__ or "").resolve().parents[1]) for each in (reconciler, jinja2, markupsafe))
    )


def _pipe(pipe: IO[bytes] | None) -> int:
    return -1 if pipe is None else pipe.fileno()
