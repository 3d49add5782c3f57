"""Run the operator's program once: bounded in time and output, with everything that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

__all__ = ["MOST_BYTES", "Ended", "TooLongError", "TooMuchError", "run_program"]

MOST_BYTES: Final = 65536
"""How much a program may print, standard output and standard error together."""
_LOOK_EVERY: Final = 0.1
_CHUNK: Final = 4096


class TooLongError(Exception):
    """The program took longer than it may, and was killed."""


class TooMuchError(Exception):
    """The program printed more than MOST_BYTES, and was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: bytes
    err: bytes


def run_program(
    words: Sequence[str],
    *,
    given: bytes,
    environ: Mapping[str, str],
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Ended:
    """Run it without a shell, in a session of its own, and return how it ended. Raises OSError where it cannot start.

    What it prints is counted while it is read. On TooLongError, TooMuchError and Ctrl-C it is killed with every process
    of its group. A child that it leaves behind is not waited for: the program's own end is the answer.
    """
    process = subprocess.Popen(  # noqa: S603 - the operator's program, without a shell
        list(words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        start_new_session=True,
        bufsize=0,
    )
    pipes = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]
    try:
        with selectors.DefaultSelector() as ready:
            talk = _Talk(process=process, ready=ready, left=given)
            talk.open(*pipes)
            return talk.to_the_end(deadline=clock() + seconds, clock=clock)
    finally:
        _kill(process)
        for pipe in pipes:
            pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, with its group. It is not reaped yet, so the group's number is still its own."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(slots=True, kw_only=True)
class _Talk:
    """The three pipes, read and written as they are ready, so that neither side waits for the other."""

    process: subprocess.Popen[bytes]
    ready: selectors.BaseSelector
    left: bytes
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)

    def open(self, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        for pipe, event, do in (
            (stdin, selectors.EVENT_WRITE, self._write),
            (stdout, selectors.EVENT_READ, self._reader(self.out)),
            (stderr, selectors.EVENT_READ, self._reader(self.err)),
        ):
            os.set_blocking(pipe.fileno(), False)
            self.ready.register(pipe, event, do)

    def to_the_end(self, *, deadline: float, clock: Callable[[], float]) -> Ended:
        """Talk until the program has ended and nothing more comes, at the latest until the deadline."""
        ended = False
        while True:
            left = deadline - clock()
            heard = self._listen(min(_LOOK_EVERY, max(0.0, left)))
            if len(self.out) + len(self.err) > MOST_BYTES:
                raise TooMuchError
            if ended and (not heard or left <= 0):
                return Ended(code=self.process.returncode, out=bytes(self.out), err=bytes(self.err))
            ended = self.process.poll() is not None
            if not ended and left <= 0:
                raise TooLongError

    def _listen(self, seconds: float) -> bool:
        """Serve the pipes that are ready within this time; say whether the program had something to say."""
        if not self.ready.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
            return False
        found = self.ready.select(seconds)
        for key, _ in found:
            key.data(key.fileobj)
        return any(events & selectors.EVENT_READ for _, events in found)

    def _write(self, pipe: IO[bytes]) -> None:
        """Hand on what is left of the input. A program that does not want to read it all need not."""
        try:
            self.left = self.left[os.write(pipe.fileno(), self.left[:_CHUNK]) :] if self.left else b""
        except BrokenPipeError:
            self.left = b""
        if not self.left:
            self._done(pipe)

    def _reader(self, into: bytearray) -> Callable[[IO[bytes]], None]:
        def read(pipe: IO[bytes]) -> None:
            chunk = os.read(pipe.fileno(), _CHUNK)
            into.extend(chunk)
            if not chunk:
                self._done(pipe)

        return read

    def _done(self, pipe: IO[bytes]) -> None:
        self.ready.unregister(pipe)
        pipe.close()
