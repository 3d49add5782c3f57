"""Facts of an alert as short sentences, the same in every medium: what happened, how late, how slow, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from reconciler.alerts.words.times import lasted, minutes
from reconciler.model.alert import Alert, Case, Escalated, FailedThing, Lateness, Past, Skipped, Slowness
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Cause, NodeKind

__all__ = [
    "counted",
    "escalated_words",
    "failed_words",
    "first_line",
    "headline",
    "late_words",
    "past_words",
    "skipped_words",
    "slow_words",
    "tone",
    "usual_words",
    "verb",
]

_VERBS: Final = {
    Outcome.SUCCESS: "succeeded",
    Outcome.WARNING: "finished with warnings",
    Outcome.FAILURE: "failed",
    Outcome.CANCELLED: "was cancelled",
    Outcome.LATE: "is late",
    Outcome.SLOW: "was slow",
    Outcome.ANOMALY: "behaves unusually",
    Outcome.RECOVERED: "recovered",
    Outcome.STARTED: "started",
}

_LATE_VERBS: Final = {
    Cause.STALE: "has had no success for too long",
    Cause.TOO_LONG: "runs too long",
    Cause.DEACTIVATED: "is deactivated",
}

_TONES: Final = {
    Outcome.SUCCESS: "good",
    Outcome.RECOVERED: "good",
    Outcome.STARTED: "quiet",
    Outcome.CANCELLED: "quiet",
    Outcome.WARNING: "warn",
    Outcome.SLOW: "warn",
    Outcome.ANOMALY: "warn",
    Outcome.FAILURE: "bad",
    Outcome.LATE: "bad",
}

_KIND_WORDS: Final = {
    NodeKind.MODEL: ("model", "models"),
    NodeKind.TEST: ("test", "tests"),
    NodeKind.FRESHNESS: ("source", "sources"),
    NodeKind.INFRASTRUCTURE: ("step", "steps"),
}


def counted(count: int, one: str, many: str = "") -> str:
    """Write a number with its noun: `1 model`, `3 models`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def first_line(text: str) -> str:
    """Return the first line that says something, without outer blanks; of a dbt message, what is below its title."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith(("Database Error in ", "Compilation Error in ", "Runtime Error in ")):
        return lines[1]
    return lines[0] if lines else ""


def tone(alert: Alert) -> str:
    """Return `bad`, `warn`, `good` or `quiet`: what a colour is chosen by. What ended late is a warning."""
    if alert.case is Case.DIGEST:
        return "quiet"
    if alert.late is not None and alert.late.completed_at is not None:
        return "warn"
    return _TONES[alert.outcome]


def verb(alert: Alert) -> str:
    """Say what became of the job, to stand behind its name."""
    if alert.outcome is Outcome.FAILURE and alert.cause is Cause.TIMEOUT:
        return "timed out"
    late = alert.late
    if late is None or alert.outcome is not Outcome.LATE:
        return _VERBS[alert.outcome]
    if late.completed_at is not None and late.due is not None:
        return f"completed {minutes(late.completed_at - late.due)} min late"
    return _LATE_VERBS.get(late.cause or Cause.DUE, _VERBS[Outcome.LATE])


def headline(alert: Alert) -> str:
    """Return what happened in a few words, without severity and mark: `Daily Revenue failed`."""
    if alert.grouped is not None:
        return _group_headline(alert)
    if alert.case is Case.DIGEST:
        return f"Summary of {alert.job.name}" if alert.job.name else "Summary"
    said = f"{alert.job.name} {verb(alert)}"
    if alert.escalated is not None:
        waited = lasted(alert.now - alert.escalated.since)
        return f"{said} and is not {_reaction(alert.escalated)} after {waited}"
    return said


def _group_headline(alert: Alert) -> str:
    members = alert.grouped.members if alert.grouped else ()
    verbs = {verb(each) for each in members}
    said = verbs.pop() if len(verbs) == 1 else "need a look"
    jobs = len({each.job.id for each in members})
    return f"{counted(jobs, 'job')} {said}"


def _reaction(escalated: Escalated) -> str:
    return escalated.unless or "acknowledged"


def escalated_words(escalated: Escalated, now: datetime) -> str:
    """Say since when nobody reacted: `not acknowledged for 15 min: level 2`."""
    return f"not {_reaction(escalated)} for {lasted(now - escalated.since)}: level {escalated.level}"


def failed_words(things: Iterable[FailedThing]) -> str:
    """Count what failed by its kind: `2 models and 1 test`; nothing for nothing."""
    kinds = Counter(each.kind for each in things)
    parts = [counted(kinds[kind], *_KIND_WORDS[kind]) for kind in _KIND_WORDS if kinds[kind]]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def skipped_words(skipped: Skipped) -> str:
    """Say why nodes did not run: `14 nodes were skipped because stg_payments failed`."""
    said = f"{counted(skipped.count, 'node')} {'was' if skipped.count == 1 else 'were'} skipped"
    return f"{said} because {skipped.because} failed" if skipped.because else said


def usual_words(alert: Alert) -> str:
    """Hold the duration against what is usual: `took 42 min, usually 18 min`; nothing where neither is known."""
    took = alert.run.duration if alert.run else None
    usual = alert.past.usual
    if took is None:
        return "" if usual is None else f"usually {lasted(usual)}"
    return f"took {lasted(took)}" + ("" if usual is None else f", usually {lasted(usual)}")


def past_words(past: Past) -> str:
    """Say how often this came before, each failure once: `failure 3 in a row`, `2 earlier failures like this one`."""
    parts = [f"failure {past.failures_in_a_row} in a row"] if past.failures_in_a_row > 1 else []
    if past.same_error:
        parts.append(f"{counted(past.same_error, 'earlier failure')} like this one")
    elif len(past.occurrences) >= max(1, past.failures_in_a_row):
        parts.append(counted(len(past.occurrences), "earlier failure"))
    return ", ".join(parts)


def late_words(late: Lateness, now: datetime) -> str:
    """Say how late: `completed 25 min late`, `25 min late and not completed yet`, or what has gone on for too long."""
    delay = late.by(now)
    if late.cause is Cause.DEACTIVATED:
        return "the job is deactivated: it will not run by its deadline"
    if late.cause is Cause.TOO_LONG and late.completed_at is None:
        limit = "" if late.limit is None else f", allowed are {lasted(late.limit)}"
        return f"still running{limit}"
    if delay is None:
        return "late"
    said = f"{minutes(delay)} min late"
    return f"completed {said}" if late.completed_at is not None else f"{said} and not completed yet"


def slow_words(slow: Slowness) -> str:
    """Say how slow, or how few runs succeed: `took 42 min, usually 18 min`, `80 % of runs succeeded, expected 95 %`."""
    if slow.rate is not None:
        over = "" if slow.over is None else f" over {lasted(slow.over)}"
        expected = "" if slow.expected is None else f", expected are {slow.expected:g} %"
        return f"{slow.rate:g} % of runs succeeded{over}{expected}"
    if slow.took is None:
        return ""
    return f"took {lasted(slow.took)}" + ("" if slow.usual is None else f", usually {lasted(slow.usual)}")
