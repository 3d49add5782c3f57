"""The recorded artifacts, as files and as the standard library reads them."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reconciler.alerts.artifacts.manifest import MANIFEST, ManifestRead, read_manifest
from reconciler.alerts.artifacts.results import RUN_RESULTS, ResultsRead, read_results
from reconciler.model.run import NodeResult, NodeStatus
from reconciler.model.telling import NodeKind

FOLDER = Path(__file__).parents[2] / "fixtures" / "artifacts"


def plain(folder: str, name: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads((FOLDER / folder / name).read_bytes())


def recorded_results(folder: str, name: str = RUN_RESULTS) -> ResultsRead:
    with (FOLDER / folder / name).open("rb") as file:
        return read_results(file, name)


def recorded_manifest(folder: str, results: Sequence[NodeResult]) -> ManifestRead:
    with (FOLDER / folder / MANIFEST).open("rb") as file:
        return read_manifest(file, results)


def results_of(*rows: object, name: str = RUN_RESULTS, version: int = 6, **top: object) -> ResultsRead:
    schema = f"https://schemas.getdbt.com/dbt/run-results/v{version}.json"
    document = {"metadata": {"dbt_schema_version": schema}, "results": rows, **top}
    return read_results(io.BytesIO(json.dumps(document).encode()), name)


def manifest_of(document: object, *results: NodeResult) -> ManifestRead:
    return read_manifest(io.BytesIO(json.dumps(document).encode()), results)


def result(unique_id: str, status: NodeStatus = NodeStatus.ERROR) -> NodeResult:
    return NodeResult(unique_id=unique_id, status=status, kind=NodeKind.MODEL)
