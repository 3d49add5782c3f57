"""An alert as data, for programs: stable names, absolute times, small enough for every receiver."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from reconciler.channels.exchange import json_bytes
from reconciler.channels.fit import Unit, clip, clip_words, shrink
from reconciler.channels.included import parts_of, wants
from reconciler.channels.links import linkable
from reconciler.model.alert import Alert, FailedThing, Lateness
from reconciler.model.message import Message

__all__ = ["MAX_BYTES", "body"]

MAX_BYTES: Final = 20_000
"""Bytes: what Standard Webhooks asks for."""
_WORD: Final = 200
_URL: Final = 400
_MOST_FAILED: Final = 8
_MOST_ACTIONS: Final = 3


def body(message: Message) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return `type`, `timestamp` and `data`, and what was cut."""
    alert = message.alert
    parts = parts_of(message)
    kind, every = ("failed", alert.failed) if alert.failed else ("warned", alert.warned)
    failed = every[:_MOST_FAILED] if wants(message, "models") else ()
    texts = {"text": parts.get("text") or parts.get("body", "")}
    if wants(message, "error"):
        texts |= {f"error of {number}": each.error for number, each in enumerate(failed, start=1)}
    title = _word(parts.get("title") or f"{alert.severity}: {alert.job.name} {alert.outcome.value}", 500)

    def made(kept: Mapping[str, str], count: int = _MOST_FAILED, notes: tuple[str, ...] = ()) -> dict[str, Any]:
        errors = (kept.get(f"error of {at}", "") for at in range(1, count + 1))
        things = [_thing(message, each, error) for each, error in zip(failed, errors, strict=False)]
        data = {"title": title, "text": kept.get("text", ""), **_facts(message), kind: things}
        return {
            "type": f"dbt.alert.{alert.case.value}",
            "timestamp": _time(alert.at),
            "data": _present(data | {"cut": [clip(note, _WORD) for note in notes[:_MOST_FAILED]]}),
        }

    count = next((n for n in range(len(failed), 0, -1) if _small(made({}, n))), 0)
    order = [*(f"error of {number}" for number in range(len(failed), 0, -1)), "text"]
    kept, cut = shrink(texts, lambda each: _small(made(each, count)), order=order)
    if len(every) > count and wants(message, "models"):
        cut = (*cut, clip_words(f"{len(every) - count} of {len(every)} {kind} nodes", "", ""))
    return made(kept, count, cut), cut


def _small(content: Mapping[str, Any]) -> bool:
    return len(json_bytes(content)) <= MAX_BYTES - 2000  # for the words about what was cut


def _facts(message: Message) -> dict[str, Any]:
    alert = message.alert
    return {
        "id": _word(alert.id),
        "incident": _word(alert.incident),
        "severity": _word(alert.severity),
        "rank": alert.rank,
        "outcome": alert.outcome.value,
        "cause": alert.cause.value if alert.cause else None,
        "test": _word(alert.test.correlation) if alert.test else None,
        "account_id": alert.account_id or None,
        "job": _job(message),
        "run": _run(message),
        "late": _late(alert.late, alert.now) if alert.late else None,
        "impact": _word(alert.impact) if wants(message, "impact") else None,
        "owner": _word(alert.owner) if wants(message, "owner") else None,
        "team": _word(alert.team),
        "runbook": _url(alert.runbook) if wants(message, "runbook") else None,
        "likely_cause": _word(alert.likely.sentence) if alert.likely and wants(message, "cause") else None,
        "failed_count": len(alert.failed) or None,
        "warned_count": len(alert.warned) or None,
        "skipped_count": sum(each.count for each in alert.skipped) or None,
        "actions": _actions(alert) if wants(message, "actions") else None,
        "missing": [_word(each, 80) for each in alert.missing[:_MOST_ACTIONS]],
    }


def _job(message: Message) -> dict[str, Any]:
    job = message.alert.job
    return _present(
        {
            "id": job.id,
            "name": _word(job.name),
            "project": _word(job.project),
            "environment": _word(job.environment),
            "production": job.production,
            "url": _url(job.url) if wants(message, "link") else None,
        }
    )


def _run(message: Message) -> dict[str, Any] | None:
    run = message.alert.run
    if run is None:
        return None
    seconds = run.duration.total_seconds() if run.duration and wants(message, "duration") else None
    return _present(
        {
            "id": run.id,
            "url": _url(run.url) if wants(message, "link") else None,
            "started_at": _time(run.started_at),
            "finished_at": _time(run.finished_at),
            "duration_seconds": seconds,
            "message": _word(run.message) if wants(message, "error") else None,
        }
    )


def _late(late: Lateness, now: datetime) -> dict[str, Any]:
    delay = late.by(now)
    return _present(
        {
            "name": _word(late.name),
            "due": _time(late.due),
            "completed_at": _time(late.completed_at),
            "delay_seconds": None if delay is None else delay.total_seconds(),
        }
    )


def _thing(message: Message, thing: FailedThing, error: str) -> dict[str, Any]:
    return _present(
        {
            "name": _word(thing.name),
            "kind": thing.kind.value,
            "unique_id": _word(thing.unique_id),
            "error": error,
            "file": _word(thing.file),
            "line": thing.line,
            "relation": _word(thing.relation),
            "owner": _word(thing.owner) if wants(message, "owner") else None,
            "failures": thing.failures,
        }
    )


def _actions(alert: Alert) -> list[dict[str, Any]]:
    return [
        _present({"text": _word(each.text), "code": _word(each.code, 300), "url": _url(each.url)})
        for each in alert.actions[:_MOST_ACTIONS]
    ]


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known; zero and false are."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _word(text: str, most: int = _WORD) -> str:
    """Return a short text of printable characters: bounded in bytes, whatever it is made of."""
    seen = text[: most * 2]
    if not seen.isprintable():
        seen = "".join(mark if mark.isprintable() else " " for mark in seen)
    return clip(" ".join(seen.split()), most, unit=Unit.BYTES)


def _url(url: str) -> str:
    """Return an address whole or not at all: half of one leads somewhere else."""
    return url if linkable(url, most=_URL) else ""


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
