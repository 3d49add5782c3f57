"""PagerDuty, Events API v2: trigger, resolve, under a key that stays the same as long as the incident does.

POST {host}/v2/enqueue with the routing key in the body; 202 means taken, not rung. The same key while an alert is open
repeats it without ringing again; after a resolve it opens a new one; a resolve of nothing is dropped in silence.
Limits: 512 KB, summary 1,024, dedup key 255; about 120 events a minute for each integration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Wire
from reconciler.channels.destination import masked, revealed
from reconciler.channels.exchange import call, json_bytes
from reconciler.channels.fit import clip, clip_words, shrink
from reconciler.channels.included import parts_of, wants
from reconciler.channels.keys import delivery_key, short_key
from reconciler.channels.links import linkable
from reconciler.model.alert import Alert, Case
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from reconciler.model.secret import MASK

__all__ = ["KIND", "MAX_BYTES", "PagerDuty", "dedup_key", "ending", "events_host", "severity"]

MAX_BYTES: Final = 512_000
"""Bytes of the whole body: below 512 KB in either reading of KB."""
_SUMMARY: Final = 1024
_KEY: Final = 255
_WORD: Final = 255
_DETAIL: Final = 20_000
_DETAILS: Final = 60
_LINKS: Final = 20
_URL: Final = 2000
_SEVERITIES: Final = {1: "critical", 2: "error", 3: "warning"}
_ACTIONS: Final = frozenset({"trigger", "acknowledge", "resolve"})
_ROUTING_KEY: Final = MASK
"""Stands in for the routing key until the event leaves."""


class PagerDuty:
    name = "pagerduty"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Make one event: good news resolves, everything else triggers; a digest is no news of any incident."""
        event: dict[str, Any] = {
            "routing_key": _ROUTING_KEY,
            "event_action": "resolve" if _resolves(message.alert) else "trigger",
            "dedup_key": dedup_key(message),
        }
        cut: tuple[str, ...] = ()
        if event["event_action"] == "trigger":
            event, cut = _triggering(event, message)
        return (Payload(role=Role.MAIN, content=event, key=delivery_key(message, to), cut=cut),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        return tuple(_problems(content)) if isinstance(content, Mapping) else ("a mail is no event",)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Send the event. The routing key is put in only here, so that a payload can be shown."""
        event = dict(payload.content) if isinstance(payload.content, Mapping) else {}
        event["routing_key"] = revealed(to.settings.get("routing_key", ""))
        done = call(f"{events_host(to)}/v2/enqueue", to, wire, body=json_bytes(event))
        key = done.data.get("dedup_key", event.get("dedup_key"))
        return replace(done.receipt, vendor_id=key if done.done and isinstance(key, str) else None)

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


def _resolves(alert: Alert) -> bool:
    return alert.over or (alert.outcome is Outcome.SUCCESS and alert.case is not Case.DIGEST)


def events_host(to: Destination) -> str:
    return "https://events.eu.pagerduty.com" if to.settings.get("region") == "eu" else "https://events.pagerduty.com"


def dedup_key(message: Message) -> str:
    """Return the incident's key; of one that is too long for PagerDuty, 32 digits that stand for it."""
    incident = message.alert.incident
    return incident if 0 < len(incident) <= _KEY and incident.isprintable() else short_key(incident)


def severity(rank: int | None) -> str:
    """Return PagerDuty's word for a tier's rank: 1 is worst. Without a tier, a warning."""
    return "warning" if rank is None else _SEVERITIES.get(rank, "info")


def ending(key: str, *, action: Literal["acknowledge", "resolve"]) -> Payload:
    """Return the event for the incident with this dedup key: somebody took it elsewhere, or it was a test."""
    event = {"routing_key": _ROUTING_KEY, "event_action": action, "dedup_key": key}
    return Payload(role=Role.MAIN, content=event, key=f"{short_key(key)}-{action}")


def _triggering(event: Mapping[str, Any], message: Message) -> tuple[dict[str, Any], tuple[str, ...]]:
    parts = parts_of(message)
    details, cut = _details(parts)
    kept, shrunk = shrink(details, lambda each: len(json_bytes(each)) <= MAX_BYTES - 100_000, order=_order(details))
    if cut := (*cut, *shrunk):
        kept["Cut"] = clip("; ".join(cut), 2000)
    links = list(_links(message, parts))
    whole = {
        **event,
        "client": "dbt alerts",
        "payload": _payload(message, parts, kept),
        **({"links": links} if links else {}),
    }
    if message.alert.run and wants(message, "link") and linkable(message.alert.run.url, most=_URL):
        whole["client_url"] = message.alert.run.url
    return whole, cut


def _payload(message: Message, parts: Mapping[str, str], details: Mapping[str, str]) -> dict[str, Any]:
    alert = message.alert
    plain = f"{alert.severity}: dbt job {alert.outcome.value} - {alert.job.name}"
    said = {
        "summary": clip(" ".join((parts.get("summary") or plain).split()), _SUMMARY),
        "source": clip(f"dbt Cloud job {alert.job.id}", _WORD),
        "severity": severity(alert.rank),
        "timestamp": alert.at.isoformat(timespec="seconds"),
        "component": clip(alert.job.name, _WORD),
        "group": clip(alert.job.project, _WORD),
        "class": clip(f"dbt {alert.case.value}" if alert.case is not Case.TEST else "test alert", _WORD),
        "custom_details": dict(details),
    }
    return {name: value for name, value in said.items() if value}


def _details(parts: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read `Key|value` lines; one without a bar goes on where the one before it ended."""
    found: dict[str, str] = {}
    key = "Details"
    for line in parts.get("details", "").splitlines():
        label, bar, value = line.partition("|")
        if bar and label.strip():
            key = clip(label.strip(), _WORD)
        text = value.strip() if bar and label.strip() else line
        found[key] = f"{found[key]}\n{text}" if key in found else text
    kept = {name: clip(found[name], _DETAIL) for name in list(found)[:_DETAILS]}
    cut = [clip_words(name, found[name], kept[name]) for name in kept if kept[name] != found[name]]
    return kept, (*cut, *([f"{len(found) - _DETAILS} details left out"] if len(found) > _DETAILS else []))


def _order(details: Mapping[str, str]) -> list[str]:
    """Return the details by what is spared least: the longest go first, whatever they are called."""
    return sorted(details, key=lambda name: len(details[name]), reverse=True)


def _links(message: Message, parts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    count = 0
    for line in parts.get("links", "").splitlines():
        text, _, url = line.rpartition("|")
        runbook = url.strip() == message.alert.runbook
        wanted = wants(message, "runbook") if runbook else wants(message, "link")
        if wanted and count < _LINKS and linkable(url.strip(), most=_URL):
            count += 1
            yield {"href": url.strip(), "text": clip(text.strip() or url.strip(), _WORD)}


def _problems(event: Mapping[str, Any]) -> Iterator[str]:
    action, key = event.get("event_action"), event.get("dedup_key", "")
    if action not in _ACTIONS:
        yield f"the action {action}, which PagerDuty does not know"
    if not 0 < len(key) <= _KEY:
        yield f"a dedup key of {len(key)} characters, 1 to {_KEY} are taken"
    if (size := len(json_bytes(event))) > MAX_BYTES:
        yield f"{size:,} bytes, {MAX_BYTES:,} are taken"
    if action == "trigger":
        yield from _payload_problems(event.get("payload", {}))


def _payload_problems(payload: Mapping[str, Any]) -> Iterator[str]:
    if not 0 < len(payload.get("summary", "")) <= _SUMMARY:
        yield f"a summary of {len(payload.get('summary', ''))} characters, 1 to {_SUMMARY:,} are taken"
    if not payload.get("source"):
        yield "no source"
    if payload.get("severity") not in {*_SEVERITIES.values(), "info"}:
        yield f"the severity {payload.get('severity')}, which PagerDuty does not know"


KIND: Final[Kind] = PagerDuty()
