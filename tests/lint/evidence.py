"""Evidence for the examples of lint: a list of {route, stage, standing, days}, oldest first; `days` is how long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["read_evidence"]


def read_evidence(path: Path, *, today: date) -> Sequence[Evidence] | None:
    """Return what the file says; None where there is no file: nobody ran a test alert yet."""
    if not path.exists():
        return None
    noon = datetime.combine(today, time(12), UTC)
    return [
        Evidence(
            at=noon - timedelta(days=row["days"]),
            id=str(number),
            stage=Stage(row["stage"]),
            route=row["route"],
            kind="any",
            standing=Standing(row["standing"]),
            answer=row.get("answer", "ok"),
        )
        for number, row in enumerate(YAML(typ="safe").load(path))
    ]
