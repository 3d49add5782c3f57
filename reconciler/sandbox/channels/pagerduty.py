"""PagerDuty's Events API v2: trigger, acknowledge, resolve; one incident per open dedup key (and integration key)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import NotJson, Post, keep, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind, MessageState, amend
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["incidents", "routes"]

_BODY_BYTES = 512 * 1024
_SEVERITIES = ("critical", "error", "warning", "info")
_STATUS = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


def routes(state: State) -> list[BaseRoute]:
    """List the URLs."""
    table = [("POST", "/v2/enqueue", _enqueue), ("POST", "/v2/change/enqueue", _change)]
    return served(state, Kind.PAGERDUTY, table)


def incidents(state: State) -> list[Row]:
    """List the inbox's rows that are incidents, oldest first."""
    return [row for row in state.store.find("messages", {"kind": Kind.PAGERDUTY.value}) if row.get("incident_number")]


async def _enqueue(post: Post) -> Response:
    """Take an event: asynchronous, so 202 says only that it was well formed."""
    event = _read(post, list(_event_problems))
    key = event.get("dedup_key") or post.state.random_text("dedup", 32).lower()
    _apply(post, {**event, "dedup_key": key})
    return _taken({"dedup_key": key})


async def _change(post: Post) -> Response:
    """Take a change event: it informs and pages nobody."""
    event = _read(post, [_routing_problems])
    summary = str((event.get("payload") or {}).get("summary") or "")
    keep(post, to=f"{event['routing_key']}|change events", title=summary, text=summary, payload=_masked(event))
    return _taken({})


def _taken(more: Row) -> Response:
    return json_response({"status": "success", "message": "Event processed", **more}, 202)


def _read(post: Post, checks: list[Any]) -> Row:
    if len(post.body) > _BODY_BYTES:
        raise refuse({"status": "invalid event", "message": "Event object is too large", "errors": []}, 413)
    try:
        event = post.json()
    except NotJson:
        raise refuse({"status": "invalid event", "message": "Event object is invalid", "errors": []}, 400) from None
    problems = [problem for check in checks for problem in check(event)]
    if not problems and holds(post.state, Kind.PAGERDUTY, "revoked", event["routing_key"]):
        problems = ["Invalid routing key"]
    if problems:
        refused = {"status": "invalid event", "message": "Event object is invalid", "errors": problems}
        raise refuse(refused, 400)
    return event


def _routing_problems(event: Row) -> Iterator[str]:
    key = event.get("routing_key")
    if not isinstance(key, str) or not key:
        yield "'routing_key' is missing or blank"
    elif len(key) != 32:
        yield "Length of 'routing_key' is incorrect (should be 32 characters)"


def _action_problems(event: Row) -> Iterator[str]:
    action, key = event.get("event_action"), event.get("dedup_key")
    if not action:
        yield "'event_action' is missing or blank"
    elif action not in _STATUS:
        yield f"'event_action' is invalid (must be one of the following: {', '.join(map(repr, _STATUS))})"
    if key is not None and (not isinstance(key, str) or len(key) > 255):
        yield "'dedup_key' is too long (maximum is 255 characters)"
    if action in ("acknowledge", "resolve") and not key:
        yield "'dedup_key' is missing or blank"


def _payload_problems(event: Row) -> Iterator[str]:
    if event.get("event_action") != "trigger":
        return
    payload = event.get("payload")
    if not isinstance(payload, dict):
        yield "'payload' is missing or blank"
        return
    for name in ("summary", "source", "severity"):
        if not isinstance(payload.get(name), str) or not payload[name].strip():
            yield f"'payload.{name}' is missing or blank"
    if isinstance(payload.get("summary"), str) and len(payload["summary"]) > 1024:
        yield "'payload.summary' is too long (maximum is 1024 characters)"
    if payload.get("severity") and payload["severity"] not in _SEVERITIES:
        choices = "'critical', 'warning', 'error' or 'info'"
        yield f"'payload.severity' is invalid (must be one of the following: {choices})"
    if payload.get("timestamp") is not None and not _is_time(payload["timestamp"]):
        yield "'payload.timestamp' is invalid (must be an ISO 8601 time)"


def _link_problems(event: Row) -> Iterator[str]:
    for name, needed in (("links", "href"), ("images", "src")):
        found = event.get(name) or []
        if not isinstance(found, list):
            yield f"'{name}' must be an array"
        elif any(not isinstance(each, dict) or not each.get(needed) for each in found):
            yield f"'{name}' is invalid: '{needed}' is missing or blank"


_event_problems = (_routing_problems, _action_problems, _payload_problems, _link_problems)


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _apply(post: Post, event: Row) -> None:
    """Open an incident, add to the one that is open, or change its status; without an open one, drop the event."""
    action, found = event["event_action"], _open(post.state, event)
    if found is not None:
        _continue(post, found, event)
    elif action == "trigger" and not holds(post.state, Kind.PAGERDUTY, "swallowed", event["routing_key"]):
        _open_incident(post, event)
    else:
        why = "taken, and no incident opened" if action == "trigger" else "no open incident has this key: dropped"
        words = {"title": f"{action} {event['dedup_key']}", "text": why, "reason": why}
        keep(post, to=_to(event), payload=_masked(event), became=MessageState.SUPPRESSED, incident_number=0, **words)


def _open(state: State, event: Row) -> Row | None:
    named = (event["routing_key"][-4:], event["dedup_key"])
    same = [row for row in incidents(state) if (row["service"], row["dedup_key"]) == named]
    return next((row for row in same if row["status"] != "resolved"), None)


def _open_incident(post: Post, event: Row) -> None:
    payload, number = event["payload"], post.state.store.next_number("incident")
    keep(
        post,
        to=_to(event),
        title=payload["summary"],
        text=_words(event),
        payload=_masked(event),
        incident_number=number,
        incident_id="Q" + post.state.random_text("incident", 13).upper(),
        service=event["routing_key"][-4:],
        dedup_key=event["dedup_key"],
        severity=payload["severity"],
        status="triggered",
        changes=[{"at": post.state.stamp(), "action": "trigger", "summary": payload["summary"]}],
    )


def _continue(post: Post, row: Row, event: Row) -> None:
    action = event["event_action"]
    again = row["status"] if action == "trigger" else _STATUS[action]
    change = {"at": post.state.stamp(), "action": action, "summary": (event.get("payload") or {}).get("summary")}
    amend(post.state, row["id"], {"status": again, "changes": [*row["changes"], change]})


def _to(event: Row) -> str:
    return f"{event['routing_key'][-4:]}|integration key …{event['routing_key'][-4:]}"


def _masked(event: Row) -> Row:
    return {**event, "routing_key": f"…{event['routing_key'][-4:]}"}


def _words(event: Row) -> str:
    details = event["payload"].get("custom_details") or {}
    lines = details.items() if isinstance(details, dict) else [("details", details)]
    return "\n".join(f"{name}: {value}" for name, value in lines) or event["payload"]["summary"]
