"""PagerDuty's REST API, for reading back: incidents, services, who is on call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import Post, Serve, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.pagerduty import incidents
from reconciler.sandbox.durations import parse_time
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

_WEB = "https://acme.pagerduty.com"
_API = "https://api.pagerduty.com"
_POLICY: Mapping[str, Any] = {"id": "PSANDBOXE", "type": "escalation_policy_reference", "summary": "Data on call"}


def routes(state: State) -> list[BaseRoute]:
    """List the URLs; all ask for a key in `Authorization: Token token=…`."""
    table: list[tuple[str, str, Serve]] = [
        ("GET", "/incidents", _list),
        ("GET", "/incidents/{id}", _one),
        ("GET", "/incidents/{id}/alerts", _alerts),
        ("GET", "/oncalls", _on_call),
        ("GET", "/services", _services),
        ("GET", "/abilities", _abilities),
    ]
    return served(state, Kind.PAGERDUTY, table)


def _admit(post: Post) -> None:
    scheme, _, key = post.header("authorization").partition(" token=")
    if scheme != "Token" or not key or holds(post.state, Kind.PAGERDUTY, "revoked_api_key", key):
        raise refuse({"error": {"message": "Authentication failed", "code": 2006}}, 401)


async def _list(post: Post) -> Response:
    """GET incidents: by `incident_key`, `statuses[]`, `since`, `until`; oldest first unless `sort_by` tells."""
    _admit(post)
    query = post.request.query_params
    try:
        since, until = parse_time(query.get("since")), parse_time(query.get("until"))
    except ValueError:
        bad = {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": ["since or until is no time"]}}
        raise refuse(bad, 400) from None
    statuses = query.getlist("statuses[]") or query.getlist("statuses")
    found = []
    for row in incidents(post.state):
        at = parse_time(row["at"])
        timely = at is not None and (since is None or at >= since) and (until is None or at < until)
        named = query.get("incident_key") in (None, row["dedup_key"])
        if timely and named and (not statuses or row["status"] in statuses):
            found.append(_incident(post, row))
    newest_first = query.get("sort_by", "") in ("created_at:desc", "incident_number:desc")
    return _page(post, "incidents", found[::-1] if newest_first else found)


async def _one(post: Post) -> Response:
    """GET incidents/{id}: by id or number."""
    _admit(post)
    return json_response({"incident": _incident(post, _found(post))})


async def _alerts(post: Post) -> Response:
    """GET incidents/{id}/alerts: what was sent, in the alert's body."""
    _admit(post)
    row = _found(post)
    details = {"type": "alert_body", "details": row["payload"].get("payload", {}).get("custom_details")}
    alert = {
        "id": f"{row['incident_id']}A",
        "type": "alert",
        "alert_key": row["dedup_key"],
        "summary": row["subject"],
        "severity": row["severity"],
        "status": "resolved" if row["status"] == "resolved" else "triggered",
        "created_at": _zulu(row["at"]),
        "body": details,
    }
    return _page(post, "alerts", [alert])


async def _on_call(post: Post) -> Response:
    """GET oncalls: one person of the account on the first level, or nobody."""
    _admit(post)
    level = {"escalation_policy": dict(_POLICY), "escalation_level": 1, "schedule": None, "start": None, "end": None}
    nobody = holds(post.state, Kind.PAGERDUTY, "nobody_on_call")
    return _page(post, "oncalls", [] if nobody else [{**level, "user": _person(post)}])


async def _services(post: Post) -> Response:
    """GET services: one per integration key that was used."""
    _admit(post)
    ends = dict.fromkeys(row["service"] for row in incidents(post.state))
    return _page(post, "services", [{**_service(end), "status": "active"} for end in ends])


async def _abilities(post: Post) -> Response:
    _admit(post)
    return json_response({"abilities": ["teams", "event_rules"]})


def _found(post: Post) -> Row:
    named = post.request.path_params["id"]
    for row in incidents(post.state):
        if named in (row["incident_id"], str(row["incident_number"])):
            return row
    raise refuse({"error": {"message": "Not Found", "code": 2100}}, 404)


def _person(post: Post) -> Row:
    """Return who is on call: the account's first person."""
    owner = post.state.store.first("users", {"is_active": True}) or {}
    name = f"{owner.get('first_name', '')} {owner.get('last_name', '')}".strip() or "On Call"
    return {"id": "PSANDBOXU", "type": "user_reference", "summary": name, "email": owner.get("email")}


def _incident(post: Post, row: Row) -> Row:
    assignment = {"at": _zulu(row["at"]), "assignee": _person(post)}
    return {
        "assignments": [] if row["status"] == "resolved" else [assignment],
        "id": row["incident_id"],
        "type": "incident",
        "summary": f"[#{row['incident_number']}] {row['subject']}",
        "self": f"{_API}/incidents/{row['incident_id']}",
        "html_url": f"{_WEB}/incidents/{row['incident_id']}",
        "incident_number": row["incident_number"],
        "title": row["subject"],
        "created_at": _zulu(row["at"]),
        "status": row["status"],
        "incident_key": row["dedup_key"],
        "urgency": "high" if row["severity"] in ("critical", "error") else "low",
        "service": _service(row["service"]),
        "escalation_policy": dict(_POLICY),
        "alert_counts": {"all": 1, "triggered": int(row["status"] != "resolved")},
        "last_status_change_at": row["changes"][-1]["at"],
    }


def _service(end: str) -> Row:
    return {"id": f"PSVC{end.upper()}", "type": "service_reference", "summary": f"dbt alerts …{end}"}


def _zulu(at: str) -> str:
    return at[:19].replace(" ", "T") + "Z"


def _page(post: Post, name: str, rows: list[Row]) -> Response:
    asked = {part: post.request.query_params.get(part, "") for part in ("limit", "offset")}
    limit, offset = (
        int(asked[part]) if asked[part].isascii() and asked[part].isdigit() and len(asked[part]) < 6 else usual
        for part, usual in (("limit", 25), ("offset", 0))
    )
    limit = min(limit, 100)
    shown = rows[offset : offset + limit]
    more = {"limit": limit, "offset": offset, "more": offset + limit < len(rows), "total": None}
    return json_response({name: shown, **more})
