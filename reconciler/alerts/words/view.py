"""What a template sees of an alert: plain data, every name always there. `vocabulary.py` says what each one means.

Text is as it came, remote and unescaped: the template's environment escapes it for its medium.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from reconciler.alerts.words.sentences import (
    escalated_words,
    failed_words,
    first_line,
    headline,
    late_words,
    past_words,
    skipped_words,
    slow_words,
    tone,
    usual_words,
    verb,
)
from reconciler.alerts.words.times import ago, clock, happened, lasted, minutes, moment
from reconciler.model.alert import (
    Alert,
    AlertRun,
    Change,
    Digested,
    Drill,
    Escalated,
    FailedThing,
    Grouped,
    Lateness,
    LikelyCause,
    Past,
    Skipped,
    Slowness,
)
from reconciler.model.layers import Oncall

__all__ = ["TEST_MARK", "view"]

TEST_MARK: Final = "TEST"
_SHORT_COMMIT: Final = 8
_Part = TypeVar("_Part")


def view(alert: Alert) -> dict[str, Any]:
    """Return the vocabulary of templates: str, int, float, bool, None, lists and dicts, and nothing else."""
    return {**_what(alert), **_when(alert), **_who(alert), **_failures(alert), **_special(alert)}


def _what(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "incident": alert.incident,
        "account_id": alert.account_id,
        "case": alert.case.value,
        "outcome": alert.outcome.value,
        "cause": alert.cause.value if alert.cause else "",
        "verb": verb(alert),
        "headline": headline(alert),
        "tone": tone(alert),
        "mark": TEST_MARK if alert.test else "",
        "test": _given(alert.test, _test),
        "severity": alert.severity,
        "rank": alert.rank,
        "promoted_because": alert.promoted_because,
        "left_out": [],
        "job": {
            "id": alert.job.id,
            "name": alert.job.name,
            "project": alert.job.project,
            "environment": alert.job.environment,
            "production": alert.job.production,
            "url": alert.job.url,
        },
        "run": _given(alert.run, _run),
    }


def _given(part: _Part | None, show: Callable[[_Part], dict[str, Any]]) -> dict[str, Any] | None:
    return None if part is None else show(part)


def _test(test: Drill) -> dict[str, Any]:
    return {"correlation": test.correlation, "asked_by": test.asked_by, "what": test.what, "code": test.code}


def _run(run: AlertRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "url": run.url,
        "docs_url": run.docs_url,
        "cause": run.cause,
        "message": run.message,
    }


def _when(alert: Alert) -> dict[str, Any]:
    run = alert.run
    return {
        "zone": alert.zone,
        "at": _time(alert.at, alert),
        "now": _time(alert.now, alert),
        "started": _time(run.started_at if run else None, alert),
        "finished": _time(run.finished_at if run else None, alert),
        "duration": _length(run.duration if run else None),
        "duration_words": usual_words(alert),
        "past": _past(alert.past, alert),
    }


def _time(
    at: datetime | None, alert: Alert, *, zone: str = "", say: Callable[[datetime, datetime], str] = happened
) -> dict[str, Any] | None:
    there = zone or alert.zone
    if at is None:
        return None
    return {
        "text": moment(at, there),
        "clock": clock(at, there),
        "iso": at.isoformat(timespec="seconds"),
        "unix": int(at.timestamp()),
        "ago": say(at, alert.now),
    }


def _length(length: timedelta | None) -> dict[str, Any] | None:
    if length is None:
        return None
    return {"text": lasted(length), "seconds": round(length.total_seconds(), 3), "minutes": minutes(length)}


def _past(past: Past, alert: Alert) -> dict[str, Any]:
    return {
        "usual": _length(past.usual),
        "counted": past.counted,
        "failures_in_a_row": past.failures_in_a_row,
        "last_success": _time(past.last_success, alert),
        "occurrences": [_time(each, alert) for each in past.occurrences],
        "same_error": past.same_error,
        "words": past_words(past),
    }


def _who(alert: Alert) -> dict[str, Any]:
    return {
        "response": alert.response,
        "impact": alert.impact,
        "affected": list(alert.affected),
        "owner": alert.owner,
        "team": alert.team,
        "runbook": alert.runbook,
        "node_owners": list(alert.node_owners),
        "ack_url": alert.ack_url,
        "missing": list(alert.missing),
        "oncall": _given(alert.oncall, _oncall),
    }


def _oncall(oncall: Oncall) -> dict[str, Any]:
    return {
        "name": oncall.name or "",
        "email": oncall.email or "",
        "slack": oncall.slack or "",
        "teams": oncall.teams or "",
    }


def _failures(alert: Alert) -> dict[str, Any]:
    first = next((each for each in alert.failed if each.error), None)
    error = first.error if first else (alert.run.message if alert.run else "")
    return {
        "failed": _things(alert.failed),
        "failed_words": failed_words(alert.failed),
        "warned": _things(alert.warned),
        "warned_words": failed_words(alert.warned),
        "skipped": [_skipped(each) for each in alert.skipped],
        "skipped_count": sum(each.count for each in alert.skipped),
        "succeeded_nodes": alert.succeeded_nodes,
        "error": error,
        "error_line": first_line(error),
        "error_of": first.name if first else "",
        "likely": _given(alert.likely, _likely),
        "change": _given(alert.change, _change),
        "actions": [
            {"number": number, "text": each.text, "code": each.code, "url": each.url}
            for number, each in enumerate(alert.actions, start=1)
        ],
        "node_seconds": [
            {"name": name, "status": status, "seconds": seconds} for name, status, seconds in alert.node_seconds
        ],
    }


def _likely(likely: LikelyCause) -> dict[str, Any]:
    return {"kind": likely.kind.value, "sentence": likely.sentence, "because": likely.because}


def _things(things: Sequence[FailedThing]) -> list[dict[str, Any]]:
    return [_thing(each) for each in things]


def _thing(thing: FailedThing) -> dict[str, Any]:
    return {
        "name": thing.name,
        "kind": thing.kind.value,
        "unique_id": thing.unique_id,
        "error": thing.error,
        "error_line": first_line(thing.error),
        "error_lines": sum(1 for line in thing.error.splitlines() if line.strip()),
        "file": thing.file,
        "line": thing.line,
        "file_url": thing.file_url,
        "compiled_file": thing.compiled_file,
        "relation": thing.relation,
        "owner": thing.owner,
        "owner_email": thing.owner_email,
        "docs_url": thing.docs_url,
        "failures": thing.failures,
        "failures_query": thing.failures_query,
        "neighbours": list(thing.neighbours),
        "parents": list(thing.parents),
        "duration": _length(None if thing.seconds is None else timedelta(seconds=thing.seconds)),
        "tags": list(thing.tags),
        "description": thing.description,
    }


def _skipped(skipped: Skipped) -> dict[str, Any]:
    return {
        "because": skipped.because,
        "count": skipped.count,
        "names": list(skipped.names),
        "words": skipped_words(skipped),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "commit": change.commit,
        "commit_short": change.commit[:_SHORT_COMMIT],
        "branch": change.branch,
        "author": change.author,
        "pull_request": change.pull_request,
        "previous_commit": change.previous_commit,
        "previous_short": change.previous_commit[:_SHORT_COMMIT],
        "commit_url": change.commit_url,
        "compare_url": change.compare_url,
        "pull_request_url": change.pull_request_url,
    }


def _special(alert: Alert) -> dict[str, Any]:
    return {
        "late": _given(alert.late, lambda late: _late(late, alert)),
        "slow": _given(alert.slow, _slow),
        "grouped": _given(alert.grouped, _grouped),
        "escalated": _given(alert.escalated, lambda escalated: _escalated(escalated, alert)),
        "digest": _given(alert.digest, lambda digest: _digest(digest, alert)),
        "recovered_from": _time(alert.recovered_from, alert),
        "recovered_after": _length(alert.at - alert.recovered_from if alert.recovered_from else None),
    }


def _late(late: Lateness, alert: Alert) -> dict[str, Any]:
    return {
        "name": late.name,
        "cause": late.cause.value if late.cause else "",
        "zone": late.zone,
        "due": _time(late.due, alert, zone=late.zone, say=ago),
        "since": _time(late.since, alert, zone=late.zone),
        "completed": _time(late.completed_at, alert, zone=late.zone),
        "open": late.completed_at is None,
        "delay": _length(late.by(alert.now)),
        "limit": _length(late.limit),
        "words": late_words(late, alert.now),
    }


def _slow(slow: Slowness) -> dict[str, Any]:
    return {
        "took": _length(slow.took),
        "usual": _length(slow.usual),
        "rate": slow.rate,
        "expected": slow.expected,
        "over": _length(slow.over),
        "words": slow_words(slow),
    }


def _grouped(grouped: Grouped) -> dict[str, Any]:
    return {
        "by": grouped.by,
        "count": len(grouped.members),
        "common_cause": grouped.common_cause,
        "members": [view(each) for each in grouped.members],
    }


def _escalated(escalated: Escalated, alert: Alert) -> dict[str, Any]:
    return {
        "level": escalated.level,
        "since": _time(escalated.since, alert),
        "waited": _length(alert.now - escalated.since),
        "unless": escalated.unless,
        "note": escalated.note,
        "told": list(escalated.told),
        "ticket": escalated.ticket,
        "words": escalated_words(escalated, alert.now),
    }


def _digest(digest: Digested, alert: Alert) -> dict[str, Any]:
    rate = round(100 * digest.succeeded / digest.runs, 1) if digest.runs else None
    return {
        "since": _time(digest.since, alert),
        "until": _time(digest.until, alert),
        "runs": digest.runs,
        "succeeded": digest.succeeded,
        "success_rate": rate,
        "failures": [{"job": job, "words": words} for job, words in digest.failures],
        "slowest": [{"job": job, "duration": _length(length)} for job, length in digest.slowest],
        "trends": [{"job": job, "percent": percent} for job, percent in digest.trends],
        "usage": [{"job": job, "duration": _length(length)} for job, length in digest.usage],
        "completions": [{"job": job, "count": count} for job, count in digest.completions],
        "anomalies": list(digest.anomalies),
        "recommendations": list(digest.recommendations),
        "include": list(digest.include),
    }
