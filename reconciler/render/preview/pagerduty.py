"""A PagerDuty event as its incident page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.render.preview.spans import web_address

__all__ = ["pagerduty_values"]


def pagerduty_values(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page draws of one event; of an acknowledgement or a resolution there is little to see."""
    payload = content.get("payload") or {}
    return {
        "action": str(content.get("event_action", "")),
        "key": str(content.get("dedup_key", "")),
        "summary": str(payload.get("summary", "")),
        "severity": str(payload.get("severity", "")),
        "facts": [
            (title, str(payload[key]))
            for title, key in (("Source", "source"), ("Component", "component"), ("Group", "group"), ("Class", "class"))
            if payload.get(key)
        ],
        "details": [(str(key), _value(value)) for key, value in (payload.get("custom_details") or {}).items()],
        "links": [
            (str(each.get("text") or each["href"]), web_address(each["href"])) for each in content.get("links") or ()
        ],
        "client": str(content.get("client", "")),
        "client_url": web_address(content.get("client_url")),
    }


def _value(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)
