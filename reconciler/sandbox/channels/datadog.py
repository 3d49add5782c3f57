"""Datadog's intake: metrics in three forms, events, checks; keys in a header, bodies that may be compressed."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.channels.exchange import Post, Serve, keep, refuse, served
from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.envelope import json_response
from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["routes"]

_V1 = (3_200_000, 62_914_560)
_V2 = (512_000, 5_242_880)
_ALERT_TYPES = ("error", "warning", "info", "success", "user_update", "recommendation", "snapshot")
_EVENT_AGE_SECONDS = 18 * 3600
_AHEAD_SECONDS = 600
_BEHIND_SECONDS = 3600


def routes(state: State) -> list[BaseRoute]:
    """List the URLs."""
    table: list[tuple[str, str, Serve]] = [
        ("GET", "/api/v1/validate", _validate),
        ("POST", "/api/v1/distribution_points", _distribution_points),
        ("POST", "/api/v1/series", _series_v1),
        ("POST", "/api/v2/series", _series_v2),
        ("POST", "/api/v1/events", _event),
        ("GET", "/api/v1/events/{id:int}", _read_event),
        ("POST", "/api/v1/check_run", _check_run),
    ]
    return served(state, Kind.DATADOG, table)


def _admit(post: Post) -> None:
    key = post.header("dd-api-key") or post.request.query_params.get("api_key", "")
    if not key or holds(post.state, Kind.DATADOG, "revoked", key):
        raise refuse({"errors": ["Forbidden"]}, 403)


async def _validate(post: Post) -> Response:
    """GET validate: whether the key is one."""
    _admit(post)
    return json_response({"valid": True})


async def _distribution_points(post: Post) -> Response:
    """POST distribution_points: `[time, [values]]`."""
    return _points(post, _V1, _distribution, {"status": "ok"})


async def _series_v1(post: Post) -> Response:
    """POST v1 series: `[time, value]`."""
    return _points(post, _V1, _plain, {"status": "ok"})


async def _series_v2(post: Post) -> Response:
    """POST v2 series: objects, with a type that is a number."""
    return _points(post, _V2, _object, {"errors": []})


def _points(post: Post, limits: tuple[int, int], read: Any, answer: Row) -> Response:
    _admit(post)
    series = _body(post, limits).get("series")
    if not isinstance(series, list) or not series:
        raise refuse({"errors": ["Payload is not in the expected format: series is missing"]}, 400)
    try:
        rows = [row for entry in series for row in _rows_of(post, entry, read)]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        raise refuse({"errors": [f"Payload is not in the expected format: {problem}"]}, 400) from None
    names = sorted({row["metric"] for row in rows})
    text = "\n".join(f"{row['metric']} {row['value']} {' '.join(row['tags'])}" for row in rows)
    title = f"{len(rows)} {'point' if len(rows) == 1 else 'points'}: {', '.join(names)}"
    keep(post, to="metrics", title=title, text=text, payload={"series": series}, points=rows)
    return json_response(answer, 202)


def _rows_of(post: Post, entry: Row, read: Any) -> Iterator[Row]:
    """Read one series; points outside of what Datadog takes are marked: it drops them without a word."""
    metric, tags = entry["metric"], [str(tag) for tag in entry.get("tags") or []]
    if not isinstance(metric, str) or not metric:
        raise ValueError("metric is missing")
    now = post.state.clock.now().timestamp()
    for at, values in read(entry):
        dropped = not now - _BEHIND_SECONDS <= at <= now + _AHEAD_SECONDS
        for value in values:
            if isinstance(value, bool) or not math.isfinite(float(value)):
                raise ValueError("a value is no number")
            yield {"metric": metric, "at": at, "value": value, "tags": tags, "dropped": dropped}


def _distribution(entry: Row) -> Iterator[tuple[float, list[float]]]:
    for at, values in entry["points"]:
        if not isinstance(values, list):
            raise TypeError("a distribution point needs a list of values")
        yield float(at), values


def _plain(entry: Row) -> Iterator[tuple[float, list[float]]]:
    for at, value in entry["points"]:
        yield float(at), [value]


def _object(entry: Row) -> Iterator[tuple[float, list[float]]]:
    if entry.get("type", 0) not in (0, 1, 2, 3):
        raise ValueError("type is none of 0, 1, 2, 3")
    for point in entry["points"]:
        yield float(point["timestamp"]), [point["value"]]


async def _event(post: Post) -> Response:
    """POST events: into the event stream."""
    _admit(post)
    event = _body(post, _V1)
    problems = list(_event_problems(event, post.state.clock.now().timestamp()))
    if problems:
        raise refuse({"errors": problems}, 400)
    number = post.state.store.next_number("datadog-event", 7_000_000_000_000_001)
    more = {"event_id": number, "alert_type": event.get("alert_type") or "info", "tags": event.get("tags") or []}
    keep(post, to="events", title=event["title"], text=event["text"], payload=event, **more)
    shown = {**event, "id": number, "id_str": str(number), "url": f"https://app.datadoghq.com/event/event?id={number}"}
    return json_response({"status": "ok", "event": shown}, 202)


async def _read_event(post: Post) -> Response:
    """GET events/{id}: asks for the application key too."""
    _admit(post)
    if not post.header("dd-application-key"):
        raise refuse({"errors": ["Forbidden"]}, 403)
    number = post.request.path_params["id"]
    for row in post.state.store.find("messages", {"kind": Kind.DATADOG.value}):
        if row.get("event_id") == number:
            return json_response({"event": {**row["payload"], "id": number}})
    raise refuse({"errors": ["No event matches that event_id"]}, 404)


async def _check_run(post: Post) -> Response:
    """POST check_run: a service check."""
    _admit(post)
    check = _body(post, _V1, either=True)
    checks = check if isinstance(check, list) else [check]
    for each in checks:
        missing = [name for name in ("check", "status", "tags", "host_name") if each.get(name) is None]
        if missing or each["status"] not in (0, 1, 2, 3):
            raise refuse({"errors": [f"missing or wrong: {', '.join(missing) or 'status'}"]}, 400)
        words = f"{each['check']}: {('ok', 'warning', 'critical', 'unknown')[each['status']]}"
        keep(post, to="checks", title=words, text=str(each.get("message") or words), payload=each)
    return json_response({"status": "ok"}, 202)


def _event_problems(event: Row, now: float) -> Iterator[str]:
    for name in ("title", "text"):
        if not isinstance(event.get(name), str) or not event[name]:
            yield f"'{name}' is a required property"
    if isinstance(event.get("text"), str) and len(event["text"]) > 4000:
        yield "'text' is too long: at most 4000 characters"
    if len(str(event.get("aggregation_key") or "")) > 100:
        yield "'aggregation_key' is too long: at most 100 characters"
    if event.get("alert_type", "info") not in _ALERT_TYPES:
        yield f"'alert_type' is none of {', '.join(_ALERT_TYPES)}"
    if event.get("priority", "normal") not in ("normal", "low"):
        yield "'priority' is none of normal, low"
    happened = event.get("date_happened")
    if happened is not None and not (isinstance(happened, int) and happened > now - _EVENT_AGE_SECONDS):
        yield "'date_happened' is older than 18 hours, or no time"


def _body(post: Post, limits: tuple[int, int], *, either: bool = False) -> Any:
    """Read the body, unpacked; refuses one that is too large before or after that (413)."""
    packed, unpacked = limits
    if len(post.body) > packed:
        raise refuse({"errors": ["Payload too big"]}, 413)
    try:
        raw = _unpacked(post, unpacked)
        found = json.loads(raw)
    except (ValueError, RecursionError, zlib.error):
        raise refuse({"errors": ["Payload is not in the expected format: invalid JSON or encoding"]}, 400) from None
    if not isinstance(found, dict) and not (either and isinstance(found, list)):
        raise refuse({"errors": ["Payload is not in the expected format: not an object"]}, 400)
    return found


def _unpacked(post: Post, most: int) -> bytes:
    encoding = post.header("content-encoding").lower()
    if encoding not in ("deflate", "gzip"):
        if encoding:
            raise ValueError(encoding)
        return post.body
    opened = zlib.decompressobj(zlib.MAX_WBITS | (16 if encoding == "gzip" else 0))
    raw = opened.decompress(post.body, most + 1)
    if len(raw) > most:
        raise refuse({"errors": ["Payload too big"]}, 413)
    if not opened.eof:
        raise ValueError("the compressed body is cut off")
    return raw
