"""A webhook that is being replaced by its like with a new secret, as the ledger keeps it: who comes, and who was."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Retired", "Successor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The webhook that is to take over. Without an id it was announced and perhaps made; with one, its secret is kept.

    `receipt` is what the sink confirmed.
    """

    id: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A webhook that was replaced, or that was to replace and did not prove itself. It is marked like its successor.

    `since` is when it was switched off, ISO 8601; empty as long as that is still to be done. `receipt` stands for its
    secret as long as that is in the sink.
    """

    id: str
    receipt: str | None = None
    since: str = ""
