"""Read run_results.json, versions 1 to 6 and newer, and sources.json: what became of each node.

The keys that we read are the same in all versions; rows of dbt before 0.19 have no id of their own and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from reconciler.alerts.artifacts.freshness import freshness_message
from reconciler.alerts.artifacts.statuses import kind_of, status_of
from reconciler.alerts.artifacts.walk import Broken, walk
from reconciler.alerts.remote import items, mapping, moment, seconds, text, whole
from reconciler.model.run import NodeResult, NodeStatus

__all__ = ["RUN_RESULTS", "SOURCES", "ResultsRead", "read_results"]

RUN_RESULTS: Final = "run_results.json"
SOURCES: Final = "sources.json"

_KNOWN: Final = {RUN_RESULTS: 6, SOURCES: 3}
_FIELDS: Final = frozenset(
    {
        "unique_id",
        "status",
        "message",
        "error",
        "failures",
        "execution_time",
        "relation_name",
        "timing",
        "criteria",
        "max_loaded_at",
        "max_loaded_at_time_ago_in_s",
    }
)
_METADATA: Final = frozenset({"dbt_schema_version", "generated_at"})
_VERSION: Final = re.compile(r"/v(\d{1,4})\.json\Z")
_COMPILED: Final = re.compile(r"compiled (?:code|sql) at (\S+)", re.IGNORECASE)
_MOST_ROWS: Final = 50_000
_ID: Final = 500
_MESSAGE: Final = 100_000
_GOOD_MESSAGE: Final = 300
_ALL_MESSAGES: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsRead:
    """The rows in the order of the file, when the file was written, and in plain words what could not be read of it."""

    results: tuple[NodeResult, ...] = ()
    generated_at: datetime | None = None
    missing: tuple[str, ...] = ()


def read_results(file: BinaryIO, name: str) -> ResultsRead:
    """Read the file `name`, one of RUN_RESULTS and SOURCES. Never raises for what it holds."""
    rows = _Rows(name)
    missing: list[str] = []
    try:
        for entry in walk(file, _wanted):
            if entry.section == "results":
                rows.add(entry.value)
            else:
                rows.metadata[entry.key] = entry.value
    except Broken as broken:
        missing.append(f"{name}: {broken}; {_count(len(rows.found), 'result')} of it could be read")
    return ResultsRead(
        results=tuple(rows.found),
        generated_at=moment(rows.metadata.get("generated_at")),
        missing=(*missing, *rows.complaints()),
    )


def _wanted(section: str, key: str) -> Collection[str] | None:
    if section == "results":
        return _FIELDS
    return () if section == "metadata" and key in _METADATA else None


class _Rows:
    """The rows so far. Messages are long where they matter, and 4 million characters in all."""

    def __init__(self, name: str) -> None:
        self.found: list[NodeResult] = []
        self.metadata: dict[str, object] = {}
        self._name = name
        self._unread = 0
        self._beyond = 0
        self._left = _ALL_MESSAGES

    def add(self, value: object) -> None:
        row = mapping(value)
        unique_id = text(row.get("unique_id"), most=_ID)
        if not unique_id:
            self._unread += 1
        elif len(self.found) >= _MOST_ROWS:
            self._beyond += 1
        else:
            self.found.append(self._result(row, unique_id))

    def complaints(self) -> tuple[str, ...]:
        said = [
            _newer(self._name, self.metadata.get("dbt_schema_version")),
            f"{self._name}: {_count(self._unread, 'result')} without an id could not be read" if self._unread else "",
            f"{self._name}: {_count(self._beyond, 'result')} beyond {_MOST_ROWS:,} left out" if self._beyond else "",
        ]
        return tuple(each for each in said if each)

    def _result(self, row: Mapping[str, Any], unique_id: str) -> NodeResult:
        status = status_of(row.get("status"))
        message = self._message(row, status)
        compiled = _COMPILED.search(message)
        return NodeResult(
            unique_id=unique_id,
            status=status,
            kind=kind_of(unique_id),
            message=message,
            failures=whole(row.get("failures")),
            seconds=seconds(row.get("execution_time")),
            relation=text(row.get("relation_name")),
            completed_at=_completed(row),
            compiled_file=compiled[1][:_ID] if compiled else "",
        )

    def _message(self, row: Mapping[str, Any], status: NodeStatus) -> str:
        said = row.get("message") or row.get("error")
        if self._name == SOURCES and not said:
            said = freshness_message(row)
        whole_text = said if isinstance(said, str) else "" if said is None else str(said)
        most = _GOOD_MESSAGE if status is NodeStatus.SUCCESS else min(_MESSAGE, max(_GOOD_MESSAGE, self._left))
        self._left -= min(len(whole_text), most)
        return _cut(whole_text, most)


def _cut(said: str, most: int) -> str:
    beyond = len(said) - most
    return text(said, most=most) + (f"\n… {beyond:,} characters more" if beyond > 0 else "")


def _completed(row: Mapping[str, Any]) -> datetime | None:
    times = (moment(mapping(each).get("completed_at")) for each in items(row.get("timing")))
    return max((each for each in times if each is not None), default=None)


def _newer(name: str, schema: object) -> str:
    version = _VERSION.search(text(schema))
    if version is None or int(version[1]) <= _KNOWN[name]:
        return ""
    return f"{name} is of version {version[1]}, newer than {_KNOWN[name]}, the newest known here: read by the same keys"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
