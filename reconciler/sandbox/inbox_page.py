"""The inbox as a page: each message as its reader would see it, what was sent folded away below."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    "email": ("e-mail", "e-mail"),
    "slack": ("Slack", "Slack message"),
    "pagerduty": ("PagerDuty", "PagerDuty incident"),
    "teams": ("Teams", "Teams card"),
    "datadog": ("Datadog", "Datadog post"),
    "monte_carlo": ("Monte Carlo", "Monte Carlo call"),
    "webhook": ("dbt Cloud webhook", "webhook of dbt Cloud"),
    "webhook_out": ("webhook", "webhook of ours"),
    "apprise": ("Apprise", "Apprise post"),
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
    counts = {kind: sum(row["kind"] == kind for row in shown) for kind in _LABELS}
    tally = [(counts[kind], _plural(counts[kind], noun)) for kind, (_, noun) in _LABELS.items() if _shown(kind, counts)]
    return _template().render(messages=[row for row in shown if not row.get("inside")], labels=_LABELS, tally=tally)


def _shown(kind: str, counts: Mapping[str, int]) -> bool:
    """Count what dbt Cloud sends by itself even where there is none of it; a vendor only once it took something."""
    return counts[kind] > 0 or kind in ("email", "slack", "webhook")


def _plural(count: int, noun: str) -> str:
    if count == 1:
        return noun
    first, _, rest = noun.partition(" of ")
    return f"{first}s of {rest}" if rest else f"{noun}s"


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("reconciler.sandbox", "pages")
    environment = jinja2.Environment(autoescape=True, loader=loader, undefined=jinja2.ChainableUndefined)
    filters: dict[str, Any] = {
        "mrkdwn": mrkdwn,
        "card": card_markdown,
        "pretty": lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str),
        "bar": _bar,
        "clock": _clock,
        "items_of": lambda value: list(value.items()) if isinstance(value, dict) else [],
        "list_of": lambda value: [each for each in value if isinstance(each, dict)] if isinstance(value, list) else [],
    }
    environment.filters.update(filters)
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
