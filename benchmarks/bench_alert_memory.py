"""What it takes to find out about a run of 5,000 results with a manifest of 50 MB: peak memory and time.

Three processes in turns: *facts* is `run_facts` against a server in the same process that streams the files from disk;
*whole* is `json.load` of the same manifest, as a reader that does not stream would do it; *idle* imports what *facts*
does and reads nothing. The ratio may be at most LIMIT.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import ROOT, Usage, finished, interleaved, middle, run

__all__ = ["LIMIT", "facts", "generate", "idle", "measure", "whole"]

LIMIT: Final = 0.4
_MEBIBYTE: Final = 1024 * 1024
_FAILED: Final = 50
_WARNED: Final = 100
_SKIPPED: Final = 200
_SQL: Final = "select order_id, customer_id, amount, updated_at from {{ ref('stg_orders') }} where amount > 0\n"


def measure(*, rounds: int, results: int = 5_000, manifest_mb: int = 50) -> dict[str, Any]:
    """Return peak MB and seconds of each, and the ratio of *facts* to *whole*."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        generate(folder, results=results, manifest_bytes=manifest_mb * _MEBIBYTE)
        found = interleaved(rounds, *(_process(name, folder) for name in ("facts", "whole", "idle")))
        size = (folder / "manifest.json").stat().st_size
    facts_peak, whole_peak, idle_peak = (middle([each.peak_mb for each in usages], digits=1) for usages in found)
    return {
        "results": results,
        "manifest_mb": round(size / _MEBIBYTE, 1),
        "facts_peak_mb": facts_peak,
        "whole_peak_mb": whole_peak,
        "idle_peak_mb": idle_peak,
        "ratio": round(facts_peak / whole_peak, 2),
        "limit": LIMIT,
        "facts_cpu_s": middle([each.cpu for each in found[0]]),
        "facts_wall_s": middle([each.wall for each in found[0]]),
        "whole_cpu_s": middle([each.cpu for each in found[1]]),
        "idle_cpu_s": middle([each.cpu for each in found[2]]),
    }


def _process(name: str, folder: Path) -> Callable[[], Usage]:
    code = f"import sys; from benchmarks.bench_alert_memory import {name}; {name}(sys.argv[1])"
    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(folder)]
    return lambda: finished(run(command, environ=environ, folder=folder))


# --- the three processes --------------------------------------------------------------------------------------------
def facts(folder: str) -> None:
    """Find out about the run of the generated files. Fails if anything is missing: then nothing was measured."""
    import httpx  # noqa: PLC0415 - *whole* is measured without it

    from reconciler.cloud import open_client  # noqa: PLC0415
    from reconciler.cloud.run_facts import run_facts  # noqa: PLC0415
    from reconciler.cloud.runs import RunReader  # noqa: PLC0415
    from reconciler.model.secret import Secret  # noqa: PLC0415

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if not path.endswith(".json"):
            return httpx.Response(200, json={"data": [] if path.endswith("/runs/") else _RUN})
        return httpx.Response(200, content=_chunks(Path(folder, path.rpartition("/")[2])))

    client = open_client(host="ab123.us1.dbt.com", token=Secret("bench"), transport=httpx.MockTransport(answer))
    found = run_facts(RunReader(client, 1), 7, scratch=Path(folder))
    if found.missing or not found.below:
        raise SystemExit(f"missing: {found.missing}")


def whole(folder: str) -> None:
    """Read the manifest at once."""
    with Path(folder, "manifest.json").open("rb") as file:
        json.load(file)


def idle(_folder: str) -> None:
    """Import what *facts* needs."""
    import reconciler.cloud  # noqa: PLC0415
    import reconciler.cloud.run_facts  # noqa: F401, PLC0415


_RUN: Final = {
    "id": 7,
    "job_definition_id": 101,
    "status": 20,
    "run_steps": [{"index": 4, "name": "Invoke dbt with `dbt build`", "status": 20}],
}


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(65_536):
            yield chunk


# --- the files ------------------------------------------------------------------------------------------------------
def generate(folder: Path, *, results: int, manifest_bytes: int) -> None:
    """Write run_results.json and manifest.json of a project of that many models, as wide as the size needs."""
    rows = [_result(number) for number in range(results)]
    (folder / "run_results.json").write_text(json.dumps({"metadata": {}, "results": rows}), encoding="utf-8")
    lines = (manifest_bytes // results - len(json.dumps(_node(0, 0)))) // (2 * len(json.dumps(_SQL)))
    with (folder / "manifest.json").open("w", encoding="utf-8") as file:
        file.write('{"metadata": {"dbt_version": "1.10.0"}, "nodes": {')
        for number in range(results):
            file.write(
                f"{', ' if number else ''}{json.dumps(_name(number))}: {json.dumps(_node(number, max(1, lines)))}"
            )
        file.write('}, "sources": {}, "exposures": {}, "groups": {}}')


def _name(number: int) -> str:
    return f"model.company.model_{number}"


def _result(number: int) -> dict[str, Any]:
    status = "success" if number >= _FAILED + _WARNED + _SKIPPED else "skipped"
    status = "error" if number < _FAILED else "warn" if number < _FAILED + _WARNED else status
    message = "Database Error\n  column amount does not exist\n" * 20 if status == "error" else "OK"
    return {
        "unique_id": _name(number),
        "status": status,
        "message": message,
        "execution_time": 1.5,
        "compiled_code": _SQL * 15,
        "timing": [{"name": "execute", "completed_at": "2026-03-02T06:00:00Z"}],
    }


def _node(number: int, lines: int) -> dict[str, Any]:
    columns = {
        f"column_{each}": {
            "name": f"column_{each}",
            "description": "What the source system says.",
            "meta": {"pii": False},
            "tags": ["pii"],
        }
        for each in range(25)
    }
    return {
        "unique_id": _name(number),
        "name": f"model_{number}",
        "resource_type": "model",
        "original_file_path": f"models/marts/model_{number}.sql",
        "relation_name": f'"company"."marts"."model_{number}"',
        "description": "One row for each order.",
        "tags": ["nightly"],
        "config": {"materialized": "table", "meta": {"owner": "Finance <finance@acme.example>"}},
        "columns": columns,
        "depends_on": {"macros": [], "nodes": [_name(number // 3)] if number else []},
        "raw_code": _SQL * lines,
        "compiled_code": _SQL * lines,
    }
