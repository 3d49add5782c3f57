"""What a step prints: dbt's own way of telling, shortened."""

from __future__ import annotations

import json

from reconciler.sandbox.artifacts import ArtifactFacts, artifact_bytes
from reconciler.sandbox.steps import StepKind
from reconciler.sandbox.store import Row

__all__ = ["step_log"]

_SPOKEN = ("warn", "error", "fail", "runtime error", "skipped")
_LEVELS = {"warn": "WARN", "error": "ERROR", "fail": "FAIL", "skipped": "SKIP", "pass": "PASS", "no-op": "NO-OP"}


def step_log(facts: ArtifactFacts) -> str:
    """Write the log of one step, one line per result, the messages of what went wrong, and dbt's summary line."""
    if not facts.step.command:
        return f"{facts.step.name}\nDone\n"
    clock = facts.finished_at.strftime("%H:%M:%S")
    lines = ["Running with dbt=1.10.23", *_result_lines(_results(facts))]
    return "".join(f"{clock}  {line}\n" for line in lines)


def _results(facts: ArtifactFacts) -> list[Row]:
    path = "sources.json" if facts.step.kind is StepKind.FRESHNESS else "run_results.json"
    found = artifact_bytes(facts, path)
    return json.loads(found)["results"] if found else []


def _result_lines(results: list[Row]) -> list[str]:
    total = len(results)
    lines = [_line(row, f"{number} of {total}") for number, row in enumerate(results, start=1)]
    lines += [f"{_title(row)}\n{row['message']}" for row in results if row.get("message") and row["status"] in _SPOKEN]
    counts = {level: _count(results, level) for level in ("PASS", "WARN", "ERROR", "SKIP", "NO-OP")}
    return [*lines, f"Done. {' '.join(f'{k}={n}' for k, n in counts.items())} TOTAL={total}"]


def _line(row: Row, place: str) -> str:
    return f"{place} {_LEVELS.get(row['status'], 'OK')} {row['unique_id']} [in {row['execution_time']:.2f}s]"


def _title(row: Row) -> str:
    kind, _, name = row["unique_id"].split(".", 2)
    word = {"warn": "[WARNING]: Warning", "skipped": "Skipped", "pass": "Passed"}.get(row["status"], "Failure")
    return f"{word} in {kind} {name}"


def _count(results: list[Row], level: str) -> int:
    names = {"PASS": {"pass", "success"}, "ERROR": {"error", "fail", "runtime error"}, "NO-OP": {"no-op"}}
    wanted = names.get(level, {"warn"} if level == "WARN" else {"skipped"})
    return sum(row["status"] in wanted for row in results)
