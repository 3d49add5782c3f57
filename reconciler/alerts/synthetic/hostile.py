"""The same made-up alerts with all that somebody might write to break out of a message, or to flood it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Alert, Case, FailedThing
from reconciler.model.telling import NodeKind

__all__ = ["HOSTILE", "hostile_alert", "huge_alert"]

HOSTILE: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!channel> <!here> <@U012AB3CD> <!subteam^S012AB3CD> @everyone @channel",
    "<https://evil.example|click me> [click me](https://evil.example) https://evil.example",
    "*bold* _italic_ ~gone~ `code` ```block``` > quote # head - list | a | b |",
    "<at>everyone</at> &lt;b&gt; &amp; &#x202e;",
    "{{ 7 * 7 }} {% for x in range(9) %}x{% endfor %} {{ ''.__class__ }} ${HOME} $(id) %s {0}",
    "\u202egnp.exe\u202c \u200b\u2066hidden\u2069 \ufeff",
    "line one\nline two\r\nSubject: forged\r\n\r\nbody",
    "\x00\x07\x1b[31mred\x1b[0m\x7f\x85",
    "a\u0301\u0302\u0303 \U0001f468\u200d\U0001f469\u200d\U0001f467 \u4e2d\u6587 \u05e2\u05d1\u05e8\u05d9\u05ea",
    "'; drop table users; -- ",
)
"""Texts that mean something somewhere: markup of every medium, mentions, links, templates, control and bidi marks."""

_LONG_ERROR: Final = 100_000
_MANY: Final = 500
_OURS: Final = frozenset({"id", "incident", "zone", "url", "docs_url", "file_url", "commit_url", "compare_url"})
_KEPT: Final = _OURS | {"pull_request_url", "ack_url", "owner_email", "node_owners", "oncall", "case", "unless", "by"}


def hostile_alert(case: Case, text: str) -> Alert:
    """Return the alert of a case with `text` behind every name, message and note in it that others may write.

    What is ours by construction stays: keys, addresses that are built, checked e-mail addresses, ids.
    """
    return _everywhere(synthetic_alert(case), lambda old: f"{old}{text}")


def huge_alert(case: Case) -> Alert:
    """Return the alert of a case with 500 failed nodes, errors of 100 kB and names of a thousand letters."""
    alert = synthetic_alert(case)
    error = ("Database Error in model orders\n  invalid identifier 'AMOUNT'\n" + "x" * 200 + "\n") * 400
    one = alert.failed[0] if alert.failed else FailedThing(name="orders", kind=NodeKind.MODEL)
    things = tuple(
        replace(one, name=f"{'m' * 1000}{number}", unique_id=f"model.shop.m{number}", error=error[:_LONG_ERROR])
        for number in range(_MANY)
    )
    return replace(
        alert,
        job=replace(alert.job, name="J" * 5000),
        failed=things,
        impact="i" * 20_000,
        affected=tuple(f"dashboard {number}" for number in range(_MANY)),
        actions=alert.actions * 50,
        missing=tuple(f"something {number}" for number in range(100)),
    )


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - walks any value of the model
    """Return a value of the model with every text of others changed."""
    if isinstance(value, Enum | bool | int | float | date | timedelta) or value is None:
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_everywhere(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            each.name: _everywhere(getattr(value, each.name), change)
            for each in fields(value)
            if each.name not in _KEPT
        }
        return replace(value, **changed)
    return value
