"""A baseline: what a rule found before it was switched on, by rule and subject. It is shown, and fails nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.problem import Position

__all__ = ["Baseline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One baseline file. `entries` are the places of its subjects, by rule id; a file that is not there has none."""

    file: str
    entries: Mapping[str, Mapping[str, Position]] = field(default_factory=dict)
