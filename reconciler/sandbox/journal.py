"""What arrived, in order, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reconciler.sandbox.store import Row

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True, kw_only=True)
class Arrival:
    """One request. `status` is what the client was sent (None: nothing, or not yet).

    `effect` says that a write took place, whatever the client was told. `seconds` is how long the answer took.
    """

    number: int
    at: str
    method: str
    path: str
    query: str
    status: int | None = None
    effect: bool = False
    fault: str | None = None
    done: bool = False
    seconds: float | None = None

    def shown(self) -> Row:
        """Return the entry as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class Journal:
    """Every request to the API since the start; numbers are never used again."""

    def __init__(self) -> None:
        self._arrivals: list[Arrival] = []
        self._last = 0

    def open(self, *, at: str, method: str, path: str, query: str) -> Arrival:
        """Note a request as it arrives."""
        self._last += 1
        arrival = Arrival(number=self._last, at=at, method=method, path=path, query=query)
        self._arrivals.append(arrival)
        return arrival

    def clear(self) -> None:
        """Forget the entries."""
        self._arrivals.clear()

    def select(self, filters: Mapping[str, Any]) -> list[Row]:
        """Read entries: `method`, `path` (glob), `status`, `effect`, `fault` (glob), `since` (numbers above)."""
        return [entry.shown() for entry in list(self._arrivals) if _fits(entry, filters)]


def _fits(entry: Arrival, filters: Mapping[str, Any]) -> bool:
    return all(_fits_one(entry, name, str(wanted)) for name, wanted in filters.items())


def _fits_one(entry: Arrival, name: str, wanted: str) -> bool:
    checks = {
        "method": entry.method == wanted.upper(),
        "path": fnmatchcase(entry.path, wanted),
        "status": str(entry.status) == wanted,
        "effect": entry.effect == (wanted.lower() in ("1", "true")),
        "fault": fnmatchcase(entry.fault or "", wanted),
        "since": not (wanted.isascii() and wanted.isdigit()) or entry.number > int(wanted),
    }
    return checks.get(name, True)
