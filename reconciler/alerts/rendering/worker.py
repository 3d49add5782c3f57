"""The process that templates run in: it reads two folders, gets views, and answers parts. It knows no secret.

It is ended from outside when it takes too long. In case nobody is left outside, it ends itself.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, BinaryIO, Final

from jinja2 import TemplateError, TemplateNotFound, TemplatesNotFound
from jinja2.exceptions import TemplateRuntimeError, TemplateSyntaxError

from reconciler.alerts.rendering.compiled import Compiled
from reconciler.alerts.rendering.engine import Engine
from reconciler.alerts.rendering.folders import Folders
from reconciler.alerts.rendering.wire import HEAD, length, packed, unpacked

__all__ = ["answer", "main"]

_MEMORY: Final = 512 * 1024 * 1024  # bytes of addresses; a worker that renders has 60 MB or so
_ORPHAN_SECONDS: Final = 10  # of work on one message; by then somebody outside should have ended it
_OWN_PART: Final = 0.9  # of the time: who notices it here can still say in which line


class _TooLongError(TemplateRuntimeError):
    """The time for one message is over."""


class Workshop:
    """The engines of both folders, made when they are first asked for."""

    def __init__(self, *, shipped: Path, overrides: Path | None) -> None:
        self._shipped = shipped
        self._overrides = overrides
        self._compiled = Compiled()
        self._engines: dict[tuple[str, bool], tuple[Engine, Folders]] = {}

    def engine(self, kind: str, *, plain: bool) -> tuple[Engine, Folders]:
        key = (kind, plain)
        if key not in self._engines:
            folders = Folders(shipped=self._shipped, overrides=None if plain else self._overrides)
            self._engines[key] = (Engine(kind, folders, self._compiled), folders)
        return self._engines[key]


def answer(workshop: Workshop, asked: dict[str, Any]) -> dict[str, Any]:
    """Render, or say which template broke, where and why. Whatever a template raises is its own trouble."""
    engine, folders = workshop.engine(asked["kind"], plain=asked["shipped_only"])
    try:
        with _bounded(asked["seconds"]):
            return {"parts": engine.message(asked["names"], asked["view"])}
    except Exception as problem:  # noqa: BLE001 - a template can raise anything that Python can
        return {"trouble": _trouble(problem, folders, asked["names"])}


@contextmanager
def _bounded(seconds: float) -> Generator[None]:
    """Raise in the template's own line when the time is over. One long call in C is ended from outside instead."""
    signal.setitimer(signal.ITIMER_REAL, seconds * _OWN_PART)
    signal.setitimer(signal.ITIMER_PROF, _ORPHAN_SECONDS)
    try:
        yield
    except _TooLongError as late:
        late.args = (f"it took longer than {seconds:g} s",)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _over(_: int, __: FrameType | None) -> None:
    raise _TooLongError


def _trouble(problem: Exception, folders: Folders, names: list[str]) -> dict[str, Any]:
    file, line = _place(problem)
    return {
        "template": _name(problem, file, names),
        "file": file,
        "line": line,
        "why": _why(problem),
        "overridden": folders.overridden(file),
    }


def _place(problem: BaseException) -> tuple[str, int]:
    if isinstance(problem, TemplateSyntaxError):
        return problem.filename or "", problem.lineno
    found = [at for at in _frames(problem.__traceback__) if at[0].endswith(".j2")]
    return found[-1] if found else ("", 0)


def _frames(trace: TracebackType | None) -> list[tuple[str, int]]:
    found = []
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def _name(problem: Exception, file: str, names: list[str]) -> str:
    if file:
        return "/".join(Path(file).parts[-2:])
    if isinstance(problem, TemplateNotFound) and not isinstance(problem, TemplatesNotFound):
        return str(problem.name)
    return names[0]


def _why(problem: Exception) -> str:
    match problem:
        case TemplatesNotFound():
            return "there is no template of that name, and no base.j2 beside it"
        case TemplateNotFound():
            return f"there is no template {problem.name}"
        case RecursionError():
            return "it calls itself without an end"
        case MemoryError():
            return "it takes too much memory"
        case TemplateError():
            return problem.message or type(problem).__name__
        case _:
            return f"{type(problem).__name__}: {problem}"[:500]


def main() -> None:
    """Answer until the pipe is closed."""
    _bound()
    signal.signal(signal.SIGALRM, _over)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    first = _read(source)
    if first is None:
        return
    overrides = first["overrides"]
    workshop = Workshop(shipped=Path(first["shipped"]), overrides=Path(overrides) if overrides else None)
    _write(sink, {"ready": True})
    while (asked := _read(source)) is not None:
        _write(sink, answer(workshop, asked | {"seconds": first["seconds"]}))


def _bound() -> None:
    """Take no more memory than a message needs. Not every platform can: macOS refuses."""
    try:
        import resource  # noqa: PLC0415 - not on every platform

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def _read(source: BinaryIO) -> dict[str, Any] | None:
    head = source.read(HEAD)
    if len(head) < HEAD:
        return None
    return unpacked(source.read(length(head)))


def _write(sink: BinaryIO, value: dict[str, Any]) -> None:
    sink.write(packed(value))
    sink.flush()
