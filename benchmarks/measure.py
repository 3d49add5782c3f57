"""Run a whole process and read what the system counted for it: CPU seconds, wall seconds, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

__all__ = ["ROOT", "Usage", "finished", "interleaved", "middle", "run"]

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parents[1]
_KIB_PER_MAXRSS: Final = 1 / 1024 if sys.platform == "darwin" else 1  # macOS counts bytes, Linux KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process took. CPU is user and system, its own children included: they can only make it worse."""

    code: int
    cpu: float
    wall: float
    peak_mb: float
    out: str
    err: str


def run(command: Sequence[str], *, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Usage:
    """Run a command to its end. Its output goes to files, so that nobody waits for a pipe."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environ, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # or Popen would wait for it again
        out.seek(0)
        err.seek(0)
        return Usage(
            code=process.returncode,
            cpu=usage.ru_utime + usage.ru_stime,
            wall=wall,
            peak_mb=usage.ru_maxrss * _KIB_PER_MAXRSS / 1024,
            out=out.read().decode(),
            err=err.read().decode(),
        )


def finished(usage: Usage) -> Usage:
    """Return what went well. Ends everything where it did not: figures of a failed command mean nothing."""
    if usage.code != 0:
        raise SystemExit(f"a measured command ended with {usage.code}:\n{usage.err}")
    return usage


def interleaved(rounds: int, *works: Callable[[], T]) -> list[list[T]]:
    """Do each work once, then each again, so that a busy minute of the machine falls on all of them alike."""
    results: list[list[T]] = [[] for _ in works]
    for _ in range(rounds):
        for work, found in zip(works, results, strict=True):
            found.append(work())
    return results


def middle(values: Sequence[float], *, digits: int = 3) -> float:
    """Return the median, rounded for a table."""
    return round(median(values), digits)
