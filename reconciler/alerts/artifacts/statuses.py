"""The words of all versions of dbt for what became of a node, and what kind of node an id names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.alerts.remote import text
from reconciler.model.run import NodeStatus
from reconciler.model.telling import NodeKind

__all__ = ["kind_of", "status_of"]

_STATUSES: Final[Mapping[str, NodeStatus]] = MappingProxyType(
    {
        "success": NodeStatus.SUCCESS,
        "succeeded": NodeStatus.SUCCESS,
        "pass": NodeStatus.SUCCESS,
        "passed": NodeStatus.SUCCESS,
        "no op": NodeStatus.SUCCESS,
        "noop": NodeStatus.SUCCESS,
        "reused": NodeStatus.SUCCESS,
        "warn": NodeStatus.WARNED,
        "warned": NodeStatus.WARNED,
        "fail": NodeStatus.FAILED,
        "failed": NodeStatus.FAILED,
        "error": NodeStatus.ERROR,
        "errored": NodeStatus.ERROR,
        "runtime error": NodeStatus.ERROR,
        "partial success": NodeStatus.ERROR,
        "skip": NodeStatus.SKIPPED,
        "skipped": NodeStatus.SKIPPED,
    }
)
"""`partial success` is a microbatch model of which some batches failed: dbt ends with an error for it. `reused`, of
dbt 1.12 and Fusion, is a node whose inputs did not change.
"""
_BEGINNINGS: Final = (("reused", NodeStatus.SUCCESS), ("skipped", NodeStatus.SKIPPED))
"""Fusion says behind these words why."""

_KINDS: Final[Mapping[str, NodeKind]] = MappingProxyType(
    {
        "test": NodeKind.TEST,
        "unit_test": NodeKind.TEST,
        "source": NodeKind.FRESHNESS,
        "operation": NodeKind.INFRASTRUCTURE,
        "sql_operation": NodeKind.INFRASTRUCTURE,
        "macro": NodeKind.INFRASTRUCTURE,
    }
)
"""By the first word of a unique id; hooks and run-operations are no models, everything else that is built is one."""


def status_of(word: object) -> NodeStatus:
    """Return the status; a word that nobody knows is OTHER, never a success."""
    plain = " ".join(text(word, most=60).lower().replace("-", " ").replace("_", " ").split())
    known = _STATUSES.get(plain)
    if known is not None:
        return known
    return next((status for start, status in _BEGINNINGS if plain.startswith(f"{start} ")), NodeStatus.OTHER)


def kind_of(unique_id: str) -> NodeKind:
    return _KINDS.get(unique_id.partition(".")[0], NodeKind.MODEL)
