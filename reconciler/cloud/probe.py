"""Questions about the token and the host themselves. GETs without a side effect, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import WirePage, decoder
from reconciler.errors import NotFound
from reconciler.http import Client

__all__ = ["AREAS", "Probe", "VisibleAccount"]

AREAS: Final = ("projects", "environments", "jobs", "users", "notifications", "webhooks")
"""The lists that a plan reads."""

_ONE: Final = {"limit": 1}


class _Account(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    id: int
    name: str | None = None
    plan: str | None = None
    locked: bool | None = None


_ACCOUNTS: Final = decoder(WirePage[_Account])
_ANY_ROWS: Final = decoder(WirePage[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleAccount:
    """An account that the token may ask about. `locked` accounts answer nothing else."""

    id: int
    name: str
    plan: str
    locked: bool


class Probe:
    """Asks dbt Cloud who we are to it."""

    def __init__(self, client: Client, account_id: int) -> None:
        self._client = client
        self._paths = Paths(account_id)

    def accounts(self) -> tuple[VisibleAccount, ...]:
        """Return the accounts that the token belongs to: the question with which clients log in (reference §4.3)."""
        found = self._client.get("/api/v3/accounts/", _ACCOUNTS).data
        return tuple(
            VisibleAccount(id=each.id, name=each.name or "", plan=each.plan or "", locked=bool(each.locked))
            for each in found
        )

    def readable(self, area: str) -> bool:
        """Tell whether the token may read one of AREAS. dbt Cloud answers 404 for what it may not (reference §1.7)."""
        try:
            self._client.get(self._path(area), _ANY_ROWS, params=_ONE)
        except NotFound:
            return False
        return True

    def _path(self, area: str) -> str:
        return self._paths.subscriptions if area == "webhooks" else str(getattr(self._paths, area))

    def server_time(self) -> datetime | None:
        """Return when the newest answer was sent, to the second; None where it did not say."""
        try:
            moment = parsedate_to_datetime(self._client.server_date or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
