"""The inbox as a page: each message as its reader would see it, what was sent folded away below."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jinja2

from reconciler.sandbox.inbox_markup import card_markdown, mrkdwn
from reconciler.sandbox.store import Row

__all__ = ["POLICY", "render"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""No script, nothing from elsewhere: a mail's pictures are not fetched, whatever the mail says."""

_LABELS = {
    "email": ("e-mail", "e-mails"),
    "slack": ("Slack", "Slack messages"),
    "pagerduty": ("PagerDuty", "PagerDuty events"),
    "teams": ("Teams", "Teams cards"),
    "datadog": ("Datadog", "Datadog posts"),
    "monte_carlo": ("Monte Carlo", "Monte Carlo calls"),
    "webhook": ("dbt Cloud webhook", "dbt Cloud webhooks"),
    "webhook_out": ("webhook", "webhooks of ours"),
    "apprise": ("Apprise", "Apprise posts"),
}


def render(messages: Sequence[Row]) -> str:
    """Write the page; every text in it is somebody's and is escaped. Replies stand below what they reply to."""
    shown = [dict(row) for row in messages]
    firsts = {(row.get("channel"), row["ts"]): row for row in shown if row.get("ts") and not row.get("thread_ts")}
    for row in shown:
        parent = firsts.get((row.get("channel"), row.get("thread_ts")))
        if parent is not None:
            parent.setdefault("replies", []).insert(0, row)
            row["inside"] = True
    tally = [(sum(row["kind"] == kind for row in shown), label) for kind, label in _LABELS.items()]
    return _template().render(messages=[row for row in shown if not row.get("inside")], labels=_LABELS, tally=tally)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("reconciler.sandbox", "pages")
    environment = jinja2.Environment(autoescape=True, loader=loader, undefined=jinja2.ChainableUndefined)
    environment.filters |= {
        "mrkdwn": mrkdwn,
        "card": card_markdown,
        "pretty": lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str),
        "bar": _bar,
        "clock": _clock,
        "items_of": lambda value: list(value.items()) if isinstance(value, dict) else [],
        "list_of": lambda value: [each for each in value if isinstance(each, dict)] if isinstance(value, list) else [],
    }
    return environment.get_template("inbox.html")


_NAMED_BARS = {"good": "#2eb67d", "warning": "#daa038", "danger": "#e01e5a"}


def _bar(value: Any) -> str:
    """Return an attachment's colour if it is one: it stands in a style."""
    text = str(value or "")
    bare = text.removeprefix("#")
    if len(bare) == 6 and all(letter in "0123456789abcdefABCDEF" for letter in bare):
        return f"#{bare}"
    return _NAMED_BARS.get(text, "#9aa5b1")


def _clock(value: Any) -> str:
    """Write a Unix time of a point; a number that is no time stays a number."""
    try:
        return datetime.fromtimestamp(float(value), UTC).strftime("%H:%M:%S")
    except (ValueError, OverflowError, OSError, TypeError):
        return str(value)
