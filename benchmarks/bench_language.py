"""What the language's own commands take on a company of 10,000 jobs in 500 files, and how it grows with edges.

Every figure is a whole process as a user starts it, from a snapshot and without a network. *lint* asks every guardrail
but one, and finds nothing; *lint, many notes* asks that one too: `native-bypasses` has a note of nine lines for each of
three people at four rules of five, 12,000 in all. *Lint against a bare parse* is the CPU of `lint` over that of clib's
`compose()` on the same bytes. *One file* is an editor's loop: one team's file is checked alone, again and again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_growth import exponent, seconds
from benchmarks.bench_load import Bare
from benchmarks.company import Company, job_name
from benchmarks.measure import ROOT, Usage, finished, middle, run
from reconciler.policy.compose import paused_gc

__all__ = ["EDGES", "measure"]

EDGES: Final = (1_000, 10_000, 100_000)
_ONE_FILE: Final = "policies/teams/team-0000.yml"
_QUIET: Final = ("--ignore", "native-bypasses")
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "lint": ("lint", *_QUIET),
    "lint, many notes": ("lint",),
    "lint with live": ("lint", "--live", "live.json", *_QUIET),
    "coverage": ("coverage", "--live", "live.json", "--json"),
    "coverage page": ("coverage", "--live", "live.json", "--format", "html", "--output", "coverage.html"),
    "explain": ("explain", "job", job_name(0, 0), "--live", "live.json"),
    "policy tests": ("test",),
    "one file": ("lint", _ONE_FILE),
}


def measure(*, rounds: int, edges: tuple[int, ...] = EDGES) -> dict[str, Any]:
    """Return CPU seconds, wall seconds and peak memory of each command by edges, the exponents, and the ratio."""
    found: dict[str, dict[int, list[Usage]]] = {name: {} for name in COMMANDS}
    bare = 0.0
    for count in edges:
        with tempfile.TemporaryDirectory() as folder:
            company = Company(count)
            company.write(Path(folder))
            for _ in range(rounds):
                for name, arguments in COMMANDS.items():
                    found[name].setdefault(count, []).append(_called(Path(folder), arguments))
            bare = min(_bare_seconds(Path(folder)) for _ in range(rounds))
    largest = edges[-1]
    return {
        "jobs": Company(largest).jobs,
        "files": Company(largest).teams + 2,
        "edges": list(edges),
        "commands": {name: _figures(by_edges) for name, by_edges in found.items()},
        "bare_compose_s": round(bare, 3),
        "lint_to_bare": _ratio(found["lint"][largest], bare),
        "many_notes_to_bare": _ratio(found["lint, many notes"][largest], bare),
    }


def _ratio(found: list[Usage], bare: float) -> float:
    return round(min(each.cpu for each in found) / bare, 2)


def _called(folder: Path, arguments: tuple[str, ...]) -> Usage:
    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    return finished(run([sys.executable, "-m", "reconciler", *arguments], environ=environ, folder=folder))


def _figures(by_edges: Mapping[int, list[Usage]]) -> dict[str, Any]:
    cpu = {count: min(each.cpu for each in found) for count, found in by_edges.items()}
    peak = {count: middle([each.peak_mb for each in found]) for count, found in by_edges.items()}
    return {
        "cpu_s": {str(count): round(spent, 3) for count, spent in cpu.items()},
        "wall_s": {str(count): middle([each.wall for each in found]) for count, found in by_edges.items()},
        "peak_mb": {str(count): round(used, 1) for count, used in peak.items()},
        "exponent": exponent(cpu) if len(cpu) > 1 else None,
        "exponent_of_the_last_step": exponent(dict(list(cpu.items())[-2:])) if len(cpu) > 1 else None,
    }


def _bare_seconds(folder: Path) -> float:
    """Return the CPU seconds of parsing every policy file and doing nothing with it."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted((folder / "policies").rglob("*.yml"))
        if "tests" not in path.parts
    ]

    def parse() -> None:
        with paused_gc():
            for text in texts:
                Bare(text).get_single_node()

    return seconds(parse)
