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

    `effect` says that a write took place, whatever the client was told.
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

    def shown(self) -> Row:
        """The entry as JSON."""
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
    checks = {
        "method": lambda wanted: entry.method == wanted.upper(),
        "path": lambda wanted: fnmatchcase(entry.path, wanted),
        "status": lambda wanted: str(entry.status) == wanted,
        "effect": lambda wanted: entry.effect == (wanted.lower() in ("1", "true")),
        "fault": lambda wanted: fnmatchcase(entry.fault or "", wanted),
        "since": lambda wanted: entry.number > int(wanted) if wanted.isdigit() else True,
    }
    return all(checks[name](str(wanted)) for name, wanted in filters.items() if name in checks)
