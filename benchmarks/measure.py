"""Run a whole process and read what the system counted for it: CPU seconds, wall seconds, peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

__all__ = ["ROOT", "Usage", "finished", "interleaved", "middle", "run"]

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parents[1]
_STARTER: Final = """
import json, os, sys, time
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss], file)
"""
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
    """Run a command to its end. Its output goes to files, so that nobody waits for a pipe.

    A small process in between starts it: Linux counts the memory of whoever forks as the child's own peak.
    """
    with tempfile.TemporaryDirectory() as place:
        out, err, counted = (Path(place, name) for name in ("out", "err", "counted"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            starter = [sys.executable, "-I", "-S", "-c", _STARTER, str(counted), *command]
            subprocess.run(
                starter, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environ, cwd=folder, check=True
            )
        code, cpu, wall, maxrss = json.loads(counted.read_bytes())
        return Usage(
            code=code,
            cpu=cpu,
            wall=wall,
            peak_mb=maxrss * _KIB_PER_MAXRSS / 1024,
            out=out.read_text(encoding="utf-8"),
            err=err.read_text(encoding="utf-8"),
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
