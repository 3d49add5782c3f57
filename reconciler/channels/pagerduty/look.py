"""Reading back from PagerDuty's REST API, for proof: the incident behind a dedup key, and whether anybody is on call.

Needs the channel's `api_key`; the Events API alone says no more than that an event was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reconciler.channels.contract import Destination, Receipt, Wire
from reconciler.channels.destination import revealed
from reconciler.channels.exchange import Exchange, call

__all__ = ["Incident", "can_look", "incident", "on_call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`status` is triggered, acknowledged or resolved; empty if there is no such incident."""

    receipt: Receipt
    id: str = ""
    status: str = ""
    url: str = ""
    assigned: tuple[str, ...] = ()


def can_look(to: Destination) -> bool:
    return bool(to.settings.get("api_key"))


def incident(to: Destination, wire: Wire, *, key: str) -> Incident:
    """Return the newest incident with this dedup key, which the REST API calls the incident key."""
    found = _get("incidents", [("incident_key", key), ("sort_by", "created_at:desc"), ("limit", "1")], to, wire)
    rows = found.data.get("incidents")
    newest = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    return Incident(
        receipt=found.receipt,
        id=str(newest.get("id", "")),
        status=str(newest.get("status", "")),
        url=str(newest.get("html_url", "")),
        assigned=tuple(_names(newest.get("assignments"), "assignee")),
    )


def on_call(to: Destination, wire: Wire, *, escalation_policy: str = "") -> tuple[Receipt, tuple[str, ...]]:
    """Return who is on call now, of one escalation policy or of all that the key sees."""
    narrowed = [("escalation_policy_ids[]", escalation_policy)] if escalation_policy else []
    found = _get("oncalls", [*narrowed, ("limit", "100")], to, wire)
    return found.receipt, tuple(dict.fromkeys(_names(found.data.get("oncalls"), "user")))


def _names(rows: object, inner: str) -> list[str]:
    people = [row.get(inner) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [_name(person) for person in people if isinstance(person, dict)]


def _name(person: Mapping[str, Any]) -> str:
    return str(person.get("summary") or person.get("name") or person.get("id") or "somebody")


def _get(path: str, asked: list[tuple[str, str]], to: Destination, wire: Wire) -> Exchange:
    host = "https://api.eu.pagerduty.com" if to.settings.get("region") == "eu" else "https://api.pagerduty.com"
    headers = {
        "Accept": "application/vnd.pagerduty+json;version=2",
        "Authorization": f"Token token={revealed(to.settings.get('api_key', ''))}",
    }
    return call(
        f"{host}/{path}?{urlencode(asked)}", to, wire, method="GET", headers=headers, judged_as="pagerduty REST"
    )
