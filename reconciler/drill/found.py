"""What a look at a contact showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from reconciler.model.evidence import Standing

__all__ = ["Contact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    standing: Standing
    said: str
    fix: str = ""
    seconds: float | None = None
    owners: tuple[str, ...] = ()

    @classmethod
    def failed(cls, said: str, fix: str) -> Self:
        return cls(standing=Standing.FAILED, said=said, fix=fix)

    @classmethod
    def accepted(cls, said: str, seconds: float | None = None) -> Self:
        """Return what a look can say at most: nothing was sent, so nothing is proved."""
        return cls(standing=Standing.ACCEPTED, said=said, seconds=seconds)
