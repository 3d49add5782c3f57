"""What a look at the installation found: one line per thing that must be right, each with its next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

__all__ = ["Check", "Verdict"]


class Verdict(StrEnum):
    """UNKNOWN is what could not be looked at: neither well nor wrong."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. `next_step` is empty only where nothing is to be done."""

    name: str
    verdict: Verdict
    found: str
    next_step: str = ""

    @classmethod
    def ok(cls, name: str, found: str) -> Self:
        return cls(name=name, verdict=Verdict.OK, found=found)

    @classmethod
    def unknown(cls, name: str, found: str, next_step: str = "") -> Self:
        return cls(name=name, verdict=Verdict.UNKNOWN, found=found, next_step=next_step)

    @classmethod
    def warning(cls, name: str, found: str, next_step: str) -> Self:
        return cls(name=name, verdict=Verdict.WARNING, found=found, next_step=next_step)

    @classmethod
    def failed(cls, name: str, found: str, next_step: str) -> Self:
        return cls(name=name, verdict=Verdict.FAILED, found=found, next_step=next_step)
