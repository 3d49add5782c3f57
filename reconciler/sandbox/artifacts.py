"""The files a step of a run leaves under target/: real dbt artifacts, re-dated and signed with the run's ids.

Rows are chosen from recorded ones (`data/`), not invented: a failure has error, fail and skipped nodes, a warning has
warn. Only a control call that names models and tests adds some (`run_nodes`).
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.sandbox.outcomes import Outcome
from reconciler.sandbox.run_nodes import with_nodes, with_results
from reconciler.sandbox.steps import Step, StepKind
from reconciler.sandbox.store import Row

__all__ = ["ArtifactFacts", "artifact_bytes", "artifact_names", "result_counts"]

Json = dict[str, Any]

_TYPES_OF_VERB = {
    "run": {"model"},
    "test": {"test"},
    "seed": {"seed"},
    "snapshot": {"snapshot"},
    "compile": {"model", "test"},
}
_CATALOG_SCHEMA = "https://schemas.getdbt.com/dbt/catalog/v1.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFacts:
    """What a step's artifacts say about their run. `trouble` is SUCCESS for a step that went well.

    `nodes` are those that a control call named, for the step that they ended in; `known_nodes` the same for every step.
    """

    step: Step
    trouble: Outcome
    started_at: datetime
    finished_at: datetime
    account_id: int
    project_id: int
    job_id: int
    run_id: int
    reason: str
    reason_category: str
    nodes: tuple[Row, ...] = ()
    known_nodes: tuple[Row, ...] = ()
    unknown_macro: bool = False

    @property
    def invocation_id(self) -> str:
        """The one id that all files of the step carry; the same run and step always get the same."""
        return str(uuid5(NAMESPACE_URL, f"dbt-sandbox/{self.account_id}/{self.run_id}/{self.step.index}"))

    @property
    def env(self) -> dict[str, str]:
        """`metadata.env` (reference §5.5): texts, whatever their nature."""
        return {
            "DBT_CLOUD_PROJECT_ID": str(self.project_id),
            "DBT_CLOUD_JOB_ID": str(self.job_id),
            "DBT_CLOUD_RUN_ID": str(self.run_id),
            "DBT_CLOUD_RUN_REASON": self.reason,
            "DBT_CLOUD_RUN_REASON_CATEGORY": self.reason_category,
        }


def artifact_names(kind: StepKind) -> tuple[str, ...]:
    """List the paths that a step of this kind leaves, sorted."""
    match kind:
        case StepKind.PREPARE:
            return ()
        case StepKind.FRESHNESS:
            return ("manifest.json", "sources.json")
        case StepKind.DOCS:
            return ("catalog.json", "manifest.json", "run_results.json")
        case StepKind.NODES | StepKind.OPERATION:
            return ("manifest.json", "run_results.json")


def artifact_bytes(facts: ArtifactFacts, path: str) -> bytes | None:
    """Write one file, or None if the step leaves no such file."""
    if path not in artifact_names(facts.step.kind):
        return None
    match path:
        case "manifest.json":
            document = _manifest(facts)
        case "catalog.json":
            document = _catalog(facts)
        case "sources.json":
            document = _sources(facts)
        case _:
            document = _run_results(facts)
    return json.dumps(document, ensure_ascii=False).encode()


def result_counts(facts: ArtifactFacts) -> dict[str, int]:
    """Count the step's results by status: what its log and dbt Cloud's messages summarise."""
    if facts.step.kind is StepKind.PREPARE:
        return {}
    document = _sources(facts) if facts.step.kind is StepKind.FRESHNESS else _run_results(facts)
    counts: dict[str, int] = {}
    for result in document["results"]:
        counts[result["status"]] = counts.get(result["status"], 0) + 1
    return counts


@cache
def _recorded(name: str) -> Json:
    return json.loads(resources.files("reconciler.sandbox").joinpath("data", name).read_text(encoding="utf-8"))


def _run_results(facts: ArtifactFacts) -> Json:
    document = deepcopy(
        _recorded("run_results_opfail.json" if _operation_failed(facts) else "run_results_allpass.json")
    )
    if not _operation_failed(facts):
        rows = _rows(facts)
        document["results"] = with_results(rows, facts.nodes, _recorded("manifest.json")) if facts.nodes else rows
    elif facts.step.kind is StepKind.OPERATION:
        document["results"] = [_failed_operation(row, facts) for row in document["results"]]
    document["args"] |= {"which": facts.step.verb, "invocation_command": facts.step.command}
    return _dated(document, facts)


def _operation_failed(facts: ArtifactFacts) -> bool:
    return facts.step.kind is StepKind.OPERATION and facts.trouble is Outcome.FAILURE


def _rows(facts: ArtifactFacts) -> list[Json]:
    if facts.step.kind is StepKind.OPERATION:
        return [_good_operation()]
    mixed = deepcopy(_recorded("run_results_mixed.json"))["results"]
    passed = deepcopy(_recorded("run_results_allpass.json"))["results"]
    match facts.trouble:
        case _ if facts.nodes:
            rows = passed
        case Outcome.FAILURE:
            rows = mixed
        case Outcome.WARNING:
            warned = {row["unique_id"]: row for row in mixed if row["status"] == "warn"}
            rows = [warned.get(row["unique_id"], row) for row in passed]
        case _:
            rows = passed
    return _selected(rows, facts)


def _selected(rows: list[Json], facts: ArtifactFacts) -> list[Json]:
    """Keep what the command runs; if the trouble is not among it (`dbt run` cannot warn), keep the trouble too."""
    types = _TYPES_OF_VERB.get(facts.step.verb)
    kept = [row for row in rows if types is None or row["unique_id"].split(".")[0] in types]
    if facts.nodes:
        return kept or rows
    sought = {Outcome.FAILURE: {"error", "fail"}, Outcome.WARNING: {"warn"}}.get(facts.trouble, set())
    if not sought or any(row["status"] in sought for row in kept):
        return kept
    return kept + [row for row in rows if row["status"] in sought]


def _failed_operation(row: Json, facts: ArtifactFacts) -> Json:
    macro = facts.step.command.split()[-1]
    said = f"Compilation Error\n  dbt could not find a macro with the name '{macro}' in any package"
    return row | {"message": said, "unique_id": f"macro.exam_shop.{macro}"} if facts.unknown_macro else row


def _good_operation() -> Json:
    row: Json = deepcopy(_recorded("run_results_opfail.json"))["results"][0]
    return row | {"status": "success", "failures": 0}


def _sources(facts: ArtifactFacts) -> Json:
    document = deepcopy(_recorded("sources.json"))
    allowed = {Outcome.FAILURE: {"pass", "warn", "error"}, Outcome.WARNING: {"pass", "warn"}}.get(
        facts.trouble, {"pass"}
    )
    document["results"] = [row if row["status"] in allowed else _freshened(row) for row in document["results"]]
    return _dated(document, facts)


def _freshened(row: Json) -> Json:
    """Turn a stale source into one loaded nine seconds before it was looked at, like the recorded fresh one."""
    loaded = datetime.fromisoformat(row["snapshotted_at"]) - timedelta(seconds=9)
    return row | {"status": "pass", "max_loaded_at": loaded.isoformat(), "max_loaded_at_time_ago_in_s": 9.0}


def _manifest(facts: ArtifactFacts) -> Json:
    document = with_nodes(deepcopy(_recorded("manifest.json")), facts.known_nodes)
    return document | {"metadata": document["metadata"] | _metadata(facts)}


def _catalog(facts: ArtifactFacts) -> Json:
    manifest = _recorded("manifest.json")
    described = {k: n for k, n in manifest["nodes"].items() if n["resource_type"] in ("model", "seed", "snapshot")}
    metadata = {"dbt_schema_version": _CATALOG_SCHEMA, "dbt_version": manifest["metadata"]["dbt_version"]}
    return {
        "metadata": metadata | _metadata(facts),
        "nodes": {key: _described(node) for key, node in described.items()},
        "sources": {key: _described(node) for key, node in manifest["sources"].items()},
        "errors": None,
    }


def _described(node: Json) -> Json:
    kind = "VIEW" if node.get("config", {}).get("materialized") == "view" else "BASE TABLE"
    table = {"type": kind, "schema": node["schema"], "name": node["name"], "database": node["database"]}
    columns = {
        name: {"type": "VARCHAR", "index": number, "name": name, "comment": None}
        for number, name in enumerate(node["columns"], start=1)
    }
    no_stats = {"has_stats": {"id": "has_stats", "label": "Has Stats?", "value": False, "include": False}}
    more: Json = {"comment": None, "owner": None}
    return {"metadata": {**table, **more}, "columns": columns, "stats": no_stats, "unique_id": node["unique_id"]}


def _metadata(facts: ArtifactFacts) -> Json:
    return {
        "generated_at": _utc(facts.finished_at),
        "invocation_id": facts.invocation_id,
        "invocation_started_at": _utc(facts.started_at),
        "env": facts.env,
    }


def _dated(document: Json, facts: ArtifactFacts) -> Json:
    """Squeeze the recorded times into the step's own, in their order, and set the run's metadata."""
    begun = datetime.fromisoformat(document["metadata"]["invocation_started_at"])
    ended = max(datetime.fromisoformat(document["metadata"]["generated_at"]), begun + timedelta(seconds=1))
    pace = (facts.finished_at - facts.started_at) / (ended - begun)

    def moved(text: str) -> datetime:
        return facts.started_at + (datetime.fromisoformat(text) - begun) * pace

    for row in document["results"]:
        row["execution_time"] = row.pop("exact_seconds", row["execution_time"] * pace)
        for timing in row["timing"]:
            timing |= {key: _utc(moved(timing[key])) for key in ("started_at", "completed_at")}
        for key in ("max_loaded_at", "snapshotted_at"):
            if key in row:
                row[key] = (facts.finished_at - (ended - datetime.fromisoformat(row[key]))).isoformat()
    document["elapsed_time"] *= pace
    document["metadata"] |= _metadata(facts)
    return document


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
