"""All measurements, as a table and as `results.json` beside this file: `./run bench [--quick] [NAME …]`.

Nothing is asserted here: times depend on the machine. A bound that does not hold is marked, and the exit code is 0.
docs/benchmarks.md says what is measured and what came out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import (
    bench_alert_memory,
    bench_alerts,
    bench_alerts_start,
    bench_alerts_test,
    bench_growth,
    bench_help,
    bench_import,
    bench_language,
    bench_load,
    bench_managers,
    bench_peer,
    bench_plan,
)

RESULTS: Final = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure, and what it may be at most."""

    what: str
    figure: float | str
    bound: float | None = None

    def __str__(self) -> str:
        if self.bound is None:
            return f"  {self.what:<58} {self.figure:>10}"
        verdict = "" if isinstance(self.figure, str) or self.figure <= self.bound else "   over"
        return f"  {self.what:<58} {self.figure:>10}   ≤ {self.bound:g}{verdict}"


Show = Callable[[dict[str, Any]], None]


def plan(show: Show, *, quick: bool) -> Iterator[Line]:
    for jobs in (1_000,) if quick else (1_000, 10_000):
        for found in bench_plan.measure(jobs, rounds=2 if quick else 7):
            show(found)
            title = f"plan, {jobs:,} jobs, {found['edges']:,} edges, {found['plan']}"
            bounds = bench_plan.BOUNDS[jobs]
            yield Line(what=f"{title}: API calls", figure=found["calls"], bound=found["calls_bound"])
            yield Line(what=f"{title}: CPU s", figure=found["cpu_s"], bound=bounds["cpu_s"])
            yield Line(what=f"{title}: wall s", figure=found["wall_s"], bound=found["wall_bound_s"])
            yield Line(what=f"{title}: peak MB", figure=found["peak_mb"], bound=bounds["peak_mb"])


def peer(show: Show, *, quick: bool) -> Iterator[Line]:
    python = None if quick else bench_peer.peer_python()
    if python is None:
        yield Line(what="dbt-jobs-as-code", figure="left out")
        return
    found = bench_peer.measure(python, jobs=1_000, rounds=2)
    show(found)
    for name in ("dbt-alerts", "dbt-jobs-as-code"):
        for what in ("calls", "calls_per_job", "cpu_s", "wall_s"):
            yield Line(what=f"{name} plan, 1,000 jobs, no changes: {what.replace('_', ' ')}", figure=found[name][what])


def load(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_load.measure(12_000 if quick else 120_000, 2 if quick else 5)
    show(found)
    yield Line(
        what=f"load {found['lines']:,} lines: ratio to a bare C parse", figure=found["ratio"], bound=found["limit"]
    )


def help_text(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_help.measure(5 if quick else 31)
    show(found)
    yield Line(what="--help: CPU, ratio to a bare click group", figure=found["ratio_cpu"], bound=found["limit"])
    yield Line(what="--help: wall, ratio to a bare click group", figure=found["ratio_wall"], bound=found["limit"])


def growth(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_growth.measure(rounds=1 if quick else 5, edges=bench_growth.EDGES[: 3 if quick else None])
    show(found)
    yield Line(what="growth of desire + build_plan: exponent", figure=found["pure_exponent"])
    yield Line(what="growth of a whole plan from a snapshot: exponent", figure=found["whole_exponent"])
    yield Line(what="growth of its peak memory: exponent", figure=found["peak_exponent"])


def imports(show: Show, *, quick: bool) -> Iterator[Line]:
    for jobs in (1_000,) if quick else (1_000, 10_000):
        found = bench_import.measure(jobs, rounds=1 if quick else 5)
        show(found)
        title = f"import, {jobs:,} jobs, {found['edges']:,} edges"
        bounds = bench_import.BOUNDS[jobs]
        yield Line(what=f"{title}: API calls", figure=found["calls"])
        yield Line(what=f"{title}: CPU s", figure=found["cpu_s"], bound=bounds["cpu_s"])
        yield Line(what=f"{title}: wall s", figure=found["wall_s"])
        yield Line(what=f"{title}: peak MB", figure=found["peak_mb"], bound=bounds["peak_mb"])


def managers(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_managers.measure(rounds=1 if quick else 3, edges=bench_managers.EDGES[: 3 if quick else None])
    show(found)
    largest = max(found["whole_cpu_s"], key=int)
    title = f"plan, {found['managers']} managers, {int(largest):,} edges"
    yield Line(what=f"{title}: CPU s", figure=found["whole_cpu_s"][largest])
    yield Line(what=f"{title}: peak MB", figure=found["peak_mb"][largest])
    yield Line(what="growth of desire + build_plan among managers: exponent", figure=found["pure_exponent"])
    yield Line(what="growth of a whole plan among managers: exponent", figure=found["whole_exponent"])
    yield Line(what="growth of its peak memory: exponent", figure=found["peak_exponent"])


def language(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_language.measure(rounds=1 if quick else 5, edges=bench_language.EDGES[: 2 if quick else None])
    show(found)
    largest = str(found["edges"][-1])
    company = f"{found['jobs']:,} jobs, {found['files']} files"
    for name, figures in found["commands"].items():
        yield Line(what=f"{name}, {company}: CPU s", figure=figures["cpu_s"][largest])
        yield Line(what=f"{name}, {company}: peak MB", figure=figures["peak_mb"][largest])
        yield Line(what=f"{name}: exponent of growth", figure=figures["exponent"])
    yield Line(what=f"lint, {company}: ratio to a bare C parse", figure=found["lint_to_bare"])


def message(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_alerts.measure(rounds=3 if quick else 15)
    show(found)
    yield Line(what="the first message, with the worker's start: ms", figure=found["start_ms"])
    yield Line(what=f"a run's artifacts, {found['artifacts_kb']} KB, read: ms", figure=found["read_ms"])
    yield Line(what="an alert made of what they hold: ms", figure=found["build_ms"])
    for kind, figures in found["kinds"].items():
        yield Line(what=f"a message, {kind}: rendered, ms", figure=figures["render_ms"])
        yield Line(what=f"a message, {kind}: ms beside Jinja's own", figure=figures["beside_jinja_ms"], bound=2)
        yield Line(what=f"a message, {kind}: composed and checked, ms", figure=figures["check_ms"])
        yield Line(what=f"an alert, {kind}: ratio to bare Jinja", figure=figures["ratio"])
        yield Line(what=f"an alert, {kind}: ratio with the artifacts read", figure=figures["ratio_with_read"])


def alert_test(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_alerts_test.measure(rounds=1 if quick else 3, each=4 if quick else 25)
    show(found)
    title = f"alert-test of {found['routes']} routes, answers of {found['latency_ms']} ms"
    yield Line(what=f"{title}: wall s", figure=found["wall_s"])
    yield Line(what="the slowest channel's own pace: s", figure=found["limit_s"])
    yield Line(what="ratio of the two", figure=found["ratio"])
    yield Line(what="one after the other, at least: s", figure=found["one_after_the_other_s"])
    yield Line(what=f"{title}: CPU s", figure=found["cpu_s"])


def start(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_alerts_start.measure(rounds=2 if quick else 9)
    show(found)
    for name, figures in found.items():
        yield Line(what=f"{name}: CPU s", figure=figures["cpu_s"])
        yield Line(what=f"{name}: wall s", figure=figures["wall_s"])


def facts(show: Show, *, quick: bool) -> Iterator[Line]:
    found = bench_alert_memory.measure(rounds=1 if quick else 5)
    show(found)
    title = f"facts of a run, {found['results']:,} results, manifest of {found['manifest_mb']} MB"
    yield Line(what=f"{title}: peak MB", figure=found["facts_peak_mb"])
    yield Line(what=f"{title}: CPU s", figure=found["facts_cpu_s"])
    yield Line(what="the same manifest by json.load: peak MB", figure=found["whole_peak_mb"])
    yield Line(what="ratio of the two peaks", figure=found["ratio"], bound=found["limit"])


BENCHMARKS: Final = {
    "help": help_text,
    "load": load,
    "language": language,
    "growth": growth,
    "managers": managers,
    "plan": plan,
    "import": imports,
    "facts": facts,
    "message": message,
    "alert-test": alert_test,
    "start": start,
    "peer": peer,
}

GROUPS: Final = {"alerts": ("facts", "message", "alert-test", "start")}
"""Names that stand for several."""


def main() -> int:
    """Run what was asked for, all of it unless names are given."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*BENCHMARKS, *GROUPS)))
    arguments.add_argument("--quick", action="store_true", help="small and few: to see that it works, not for figures")
    chosen = arguments.parse_args()
    names = [each for name in chosen.names for each in GROUPS.get(name, (name,))] or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        arguments.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join((*BENCHMARKS, *GROUPS))}")
    results: dict[str, Any] = {"machine": _machine(), "quick": chosen.quick}
    for name in dict.fromkeys(names):
        found: list[dict[str, Any]] = results.setdefault(name, [])
        print(name, flush=True)
        for line in BENCHMARKS[name](found.append, quick=chosen.quick):
            print(line, flush=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"All figures: {RESULTS.parent.name}/{RESULTS.name}")
    return 0


def _machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


if __name__ == "__main__":
    raise SystemExit(main())
