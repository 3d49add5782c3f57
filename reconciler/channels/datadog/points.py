"""Points of a finished run: how long the job took, whether it succeeded, how long each node took.

`dbt.job.duration` in seconds by job, status, project and environment; `dbt.job.success`, 1 or 0, by job, none for a
cancelled run; `dbt.model.duration` in seconds by job, model and status. All are distributions: percentiles over runs
are what people look at, and Datadog's other kinds of points cannot give them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from math import isfinite
from typing import Any, Final

from reconciler.channels.datadog.tags import MOST_TAG, tags
from reconciler.model.alert import Alert, Case
from reconciler.model.outcome import Outcome

__all__ = ["points", "points_problems"]

_OF_A_RUN: Final = frozenset({Case.SUCCESS, Case.WARNING, Case.FAILURE, Case.CANCELLED})
"""The cases that are told of a run once. An escalation or a recovery speaks of a run whose points are there already."""

_OLDEST: Final = timedelta(hours=1)
_MOST_BYTES: Final = 400_000
_MOST_PAYLOADS: Final = 20

Series = dict[str, Any]


def points(alert: Alert) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield the points in as many payloads as they need, each with what was left out.

    There are none for a test, because graphs would believe them, and none for a run that is still going. Datadog takes
    no point that is over an hour old: those of an older run are left out and counted by a payload without any.
    """
    run = alert.run
    if run is None or run.finished_at is None or alert.case not in _OF_A_RUN or alert.test is not None:
        return
    made = [*_job(alert), *_models(alert)]
    if alert.now - run.finished_at > _OLDEST:
        count = len(made)
        yield {"series": []}, (f"{count} points over an hour old, which Datadog does not take",)
        return
    at = int(run.finished_at.timestamp())
    chunks = list(_chunks({**series, "points": [[at, values]]} for series, values in made))
    for number, chunk in enumerate(chunks[:_MOST_PAYLOADS]):
        last = number == _MOST_PAYLOADS - 1
        over = sum(len(each) for each in chunks[_MOST_PAYLOADS:]) if last else 0
        yield {"series": chunk}, (f"the durations of {over} nodes: too many for one run",) if over else ()


def _job(alert: Alert) -> Iterator[tuple[Series, list[float]]]:
    job, run = alert.job, alert.run
    took = run.duration if run else None
    if took is not None and took >= timedelta():
        by = tags(job=job.name, status=alert.outcome.value, project=job.project, environment=job.environment)
        yield _series("dbt.job.duration", by), [took.total_seconds()]
    if alert.outcome is not Outcome.CANCELLED:
        succeeded = alert.outcome in {Outcome.SUCCESS, Outcome.WARNING}
        yield _series("dbt.job.success", tags(job=job.name)), [1.0 if succeeded else 0.0]


def _models(alert: Alert) -> Iterator[tuple[Series, list[float]]]:
    """Yield one series for each set of tags: two nodes that only Datadog's spelling makes one are two values of it."""
    found: dict[tuple[str, ...], list[float]] = {}
    for name, status, seconds in alert.node_seconds:
        if isfinite(seconds) and seconds >= 0:
            by = tuple(tags(job=alert.job.name, model=name, status=status))
            found.setdefault(by, []).append(float(seconds))
    for by, values in found.items():
        yield _series("dbt.model.duration", list(by)), values


def _series(metric: str, by: list[str]) -> Series:
    return {"metric": metric, "tags": by, "type": "distribution"}


def _chunks(every: Iterable[Series]) -> Iterator[list[Series]]:
    chunk: list[Series] = []
    size = 0
    for series in every:
        more = len(json.dumps(series)) + 1
        if chunk and size + more > _MOST_BYTES:
            yield chunk
            chunk = list[Series]()
            size = 0
        chunk.append(series)
        size += more
    if chunk:
        yield chunk


def points_problems(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Datadog would refuse about points."""
    found = [] if isinstance(content.get("series"), list) else ["no series"]
    for series in content.get("series", ()):
        long = [each for each in series["tags"] if len(each) > MOST_TAG]
        if long or not series["points"]:
            found.append(f"{series['metric']}: {'a tag is too long' if long else 'no points'}")
    return tuple(found)
