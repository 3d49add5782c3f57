"""Datadog's event of an alert (its API v1: title, text of 4,000 characters, aggregation key of 100)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from reconciler.channels.datadog.tags import tag, tags
from reconciler.channels.fit import clip, clip_words, sound
from reconciler.channels.keys import short_key
from reconciler.model.alert import Alert, Case
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome

__all__ = ["event", "event_problems"]

_TYPES: Final = {
    Outcome.SUCCESS: "success",
    Outcome.RECOVERED: "success",
    Outcome.STARTED: "info",
    Outcome.WARNING: "warning",
    Outcome.CANCELLED: "warning",
    Outcome.SLOW: "warning",
    Outcome.ANOMALY: "warning",
    Outcome.FAILURE: "error",
    Outcome.LATE: "error",
}
_MOST_TITLE: Final = 100
_MOST_TEXT: Final = 4000
_MOST_KEY: Final = 100
_OLDEST: Final = timedelta(hours=18)


def event(message: Message) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    """Return the event and what was cut of it; None for a success, which the points tell. A test is always told."""
    alert = message.alert
    if alert.outcome is Outcome.SUCCESS and alert.case is Case.SUCCESS and alert.test is None:
        return None
    parts = {key: sound(value).strip() for key, value in message.parts.items()}
    name = parts.get("title") or sound(f"{alert.severity}: {alert.job.name} {alert.outcome.value}")
    title = clip(" ".join(name.split()), _MOST_TITLE)
    whole = _plain(parts.get("text") or parts.get("body") or name)
    text = clip(whole, _MOST_TEXT)
    cut = [clip_words("text", whole, text)] if text != whole else []
    gathered = alert.conversation or alert.incident
    content: dict[str, Any] = {
        "title": title,
        "text": text,
        "alert_type": _type(alert),
        "aggregation_key": gathered if 0 < len(gathered) <= _MOST_KEY else short_key(gathered),
        "priority": "normal" if alert.test is None else "low",
        "tags": _tags(alert),
    }
    if alert.now - alert.at < _OLDEST:
        content["date_happened"] = int(alert.at.timestamp())
    else:
        cut.append("the time it happened: Datadog takes none that is 18 hours past")
    return content, tuple(cut)


def _type(alert: Alert) -> str:
    """Return how bad it is; what ended late at last is a warning."""
    if alert.case is Case.DIGEST:
        return "info"
    return "warning" if alert.over and alert.late else _TYPES[alert.outcome]


def _plain(text: str) -> str:
    """Return text that Datadog does not read as Markdown: it would, between two lines of three percent signs."""
    return text.replace("%%%", "% % %")


def _tags(alert: Alert) -> list[str]:
    job = alert.job
    named = tags(
        job=job.name,
        project=job.project,
        environment=job.environment,
        status=alert.outcome.value,
        severity=alert.severity,
        team=alert.team,
    )
    return [tag("source", "dbt_cloud"), *named, *(["test:true"] if alert.test else [])]


def event_problems(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Datadog would refuse about an event."""
    found = []
    for name, most in (("title", _MOST_TITLE), ("text", _MOST_TEXT), ("aggregation_key", _MOST_KEY)):
        value = content.get(name)
        if not isinstance(value, str) or not value:
            found.append(f"no {name}")
        elif len(value) > most:
            found.append(f"{name} of {len(value)} characters, {most} at most")
    if content.get("alert_type") not in _TYPES.values():
        found.append(f"alert_type {content.get('alert_type')!a} is none of Datadog's")
    return tuple(found)
