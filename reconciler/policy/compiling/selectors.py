"""Selectors: from the document's sugar to the values that matching wants."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from reconciler.model.selector import (
    Frequency,
    NamePattern,
    Purpose,
    Selector,
    compared_name,
    job_name_for_matching,
)
from reconciler.policy.documents.base import SelectorDoc, TypeDoc

if TYPE_CHECKING:
    from reconciler.model.problem import Position

__all__ = ["selector"]


def selector(document: SelectorDoc | Literal["all"], at: Position) -> Selector:
    """Return what a selector means; names are normalised as they are compared."""
    if isinstance(document, str):
        return Selector(at=at, everything=True)
    environments = document.environment or ()
    return Selector(
        at=at,
        ids=tuple(document.id or ()),
        projects=tuple(compared_name(name) for name in document.project or ()),
        environments=tuple(compared_name(item) for item in environments if isinstance(item, str)),
        purposes=tuple(Purpose(item.type) for item in environments if isinstance(item, TypeDoc)),
        names=tuple(_pattern(name) for name in document.name or ()),
        job_types=tuple(document.job_type or ()),
        at_least=Frequency(document.schedule.at_least) if document.schedule else None,
        optional=bool(document.optional),
    )


@lru_cache(maxsize=16384)
def _pattern(name: str) -> NamePattern:
    return NamePattern(job_name_for_matching(name))
