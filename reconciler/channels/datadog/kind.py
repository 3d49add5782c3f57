"""Datadog: an event for anything but success, and points of every finished run.

Datadog knows no key of a request: points that were perhaps taken (`in doubt`) are not sent again, they would count
twice. A repeated event joins the first one by its aggregation key.
"""

from __future__ import annotations

import json
import zlib
from email.message import EmailMessage
from typing import Any, Final

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.datadog.event import event, event_problems
from reconciler.channels.datadog.points import points, points_problems
from reconciler.channels.destination import address, masked, revealed, shown
from reconciler.channels.keys import delivery_key
from reconciler.channels.verdicts import judge
from reconciler.http.outgoing import Returned
from reconciler.model.message import Message

__all__ = ["KIND", "SITES", "Datadog"]

SITES: Final = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
"""Every site of Datadog's published description: the API key goes nowhere else."""

_PATHS: Final = {Role.EVENT: "/api/v1/events", Role.METRICS: "/api/v1/distribution_points"}
_MOST_SENT: Final = 512_000
_MOST_UNPACKED: Final = 5_242_880


class Datadog:
    """The kind `datadog`."""

    name = "datadog"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Make the event, if there is one to tell of, and the points of the run, if it has just finished."""
        key = delivery_key(message, to)
        made: list[Payload] = []
        told = event(message)
        if told is not None:
            content, cut = told
            made.append(Payload(role=Role.EVENT, content=content, key=f"{key}-event", cut=cut))
        for number, (content, cut) in enumerate(points(message.alert)):
            made.append(Payload(role=Role.METRICS, content=content, key=f"{key}-points-{number}", cut=cut))
        return tuple(made)

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        if isinstance(content, EmailMessage) or payload.role not in _PATHS:
            return ("neither an event nor points",)
        unpacked = _json(content)
        found = [
            f"{size} bytes {when} compression, {most} at most"
            for when, size, most in (
                ("before", len(unpacked), _MOST_UNPACKED),
                ("after", len(zlib.compress(unpacked)), _MOST_SENT),
            )
            if size > most
        ]
        of_role = event_problems if payload.role is Role.EVENT else points_problems
        return (*found, *of_role(content))

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Send it. A 202 says that Datadog has it, and no more: nothing tells that it was kept."""
        site = str(to.settings.get("site") or SITES[0]).strip().lower()
        if site not in SITES:
            return Receipt(verdict=Verdict.PERMANENT, answer=f"{site!a} is no site of Datadog: {', '.join(SITES)}")
        if payload.content == {"series": []}:
            return Receipt(verdict=Verdict.DONE, answer=f"nothing was sent: {'; '.join(payload.cut)}")
        returned = wire.http.request(
            "POST",
            address(to, f"https://api.{site}{_PATHS[payload.role]}"),
            body=_body(payload),
            headers={**_HEADERS[payload.role], "DD-API-KEY": revealed(to.settings.get("api_key", ""))},
        )
        found = judge(self.name, returned, now=wire.now())
        return Receipt(
            verdict=found.verdict,
            answer=shown(found.answer, to),
            status=returned.status,
            vendor_id=_event_id(returned) if payload.role is Role.EVENT else None,
            retry_after=found.retry_after,
            seconds=returned.seconds,
        )

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


_HEADERS: Final = {
    Role.EVENT: {"Content-Type": "application/json"},
    Role.METRICS: {"Content-Type": "text/json", "Content-Encoding": "deflate"},
}


def _body(payload: Payload) -> bytes:
    unpacked = _json(payload.content)
    return zlib.compress(unpacked) if payload.role is Role.METRICS else unpacked


def _json(content: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def _event_id(returned: Returned) -> str | None:
    """Return by what the event is found again, if the answer says so."""
    try:
        told = json.loads(returned.body)
        return str(told["event"]["id_str"])[:40]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


KIND: Final[Kind] = Datadog()
