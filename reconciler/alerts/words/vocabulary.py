"""Every name that a template may use, what it is and what it means. A test holds this list to what `view` makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["NAMES", "TABLES", "kind_of", "named"]

_Table = Mapping[str, str]

NAMES: Final[_Table] = MappingProxyType(
    {
        "id": "the message's own key, the same in every retry",
        "incident": "the key of the incident, the same from its first message to its recovery",
        "account_id": "the account in dbt Cloud",
        "case": "which template speaks",
        "outcome": "the policy's word for what happened",
        "cause": "what is special about it: `timeout`, or which deadline was missed; else empty",
        "verb": "what became of the job, to stand behind its name",
        "headline": "what happened in a few words, without severity and mark",
        "tone": "`bad`, `warn`, `good` or `quiet`: what a colour is chosen by",
        "mark": "`TEST` in a test alert, else empty: print it first",
        "test": "there in a test alert only",
        "test.correlation": "what the evidence of the test is found by",
        "test.asked_by": "who asked for the test",
        "test.what": "what is being tested",
        "test.code": "what its reader gives back to `dbt-alerts alert-test confirm`; empty if nobody must",
        "severity": "the tier in capitals; `ALERT` without one",
        "rank": "the tier's rank: 1 is worst; none without a tier",
        "promoted_because": "why it is told under a worse tier than the job's own",
        "left_out": "the words that the channel's `include` does not name: what they stand for is empty here",
        "job": "the job that it is about",
        "job.id": "the job's id",
        "job.name": "the job's name; of a digest, of what it sums up",
        "job.project": "its project",
        "job.environment": "its environment",
        "job.production": "whether that is the production environment",
        "job.url": "its page in dbt Cloud",
        "run": "none where nothing ran",
        "run.id": "the run's id",
        "run.url": "its page in dbt Cloud",
        "run.docs_url": "the documentation of its environment",
        "run.cause": "what started it",
        "run.message": "what dbt Cloud says of it",
        "zone": "the time zone of every time, but those of `late`",
        "at": "when it happened",
        "now": "when the message was made",
        "started": "when the run started",
        "finished": "when it ended",
        "duration": "how long it took",
        "duration_words": "how long, against what is usual",
        "past": "what came before",
        "past.usual": "the median duration of earlier good runs",
        "past.counted": "how many good runs that is the median of",
        "past.failures_in_a_row": "failures in a row, this one included",
        "past.last_success": "when a run last succeeded",
        "past.occurrences": "when earlier runs failed, the newest first",
        "past.same_error": "how many of those said the same",
        "past.words": "how often this came before, in words; empty for the first time",
        "response": "how fast people answer, as the tier says",
        "impact": "what breaks for whom, as the policy says",
        "affected": "dashboards and reports below what failed, by name",
        "owner": "who answers for the job",
        "team": "the team whose rule it is",
        "runbook": "the page that says what to do",
        "node_owners": "addresses of owners of failed nodes whom the policy lets us tell",
        "ack_url": "where somebody acknowledges it; empty where no relay answers",
        "missing": "what nobody knows, in plain words: print it",
        "oncall": "who is on call; give it to `mention()`",
        "oncall.name": "what people call it",
        "oncall.email": "its address",
        "oncall.slack": "the user group's id in Slack",
        "oncall.teams": "an address or id in Microsoft Teams",
        "failed": "what failed: nodes, or the step that failed without any",
        "failed_words": "how many failed, by kind",
        "warned": "what warned",
        "warned_words": "how many warned, by kind",
        "skipped": "what did not run, by the node that failed before it",
        "skipped[].because": "the failed node; empty if nothing tells",
        "skipped[].count": "how many were skipped because of it",
        "skipped[].names": "their names, twenty at most",
        "skipped[].words": "all of it as a sentence",
        "skipped_count": "how many were skipped in all",
        "succeeded_nodes": "how many succeeded",
        "error": "the whole text of the first error",
        "error_line": "its first line that says something",
        "error_of": "the name of what said it",
        "likely": "the likely cause, if a message tells one",
        "likely.kind": "its kind",
        "likely.sentence": "it as a sentence",
        "likely.because": "the line of the message that says so",
        "change": "the code that ran, and the last good run's",
        "change.commit": "the run's commit",
        "change.commit_short": "its first eight letters",
        "change.branch": "its branch",
        "change.author": "who wrote it, if somebody says so",
        "change.pull_request": "the number of its pull request",
        "change.previous_commit": "the commit of the last good run",
        "change.previous_short": "its first eight letters",
        "change.commit_url": "the commit's page",
        "change.compare_url": "what changed between the two",
        "change.pull_request_url": "the pull request's page",
        "actions": "what to do next, in order",
        "actions[].number": "from 1",
        "actions[].text": "what to do",
        "actions[].code": "what to copy; may be empty",
        "actions[].url": "what to open; may be empty",
        "node_seconds": "how long each node took, for metrics",
        "node_seconds[].name": "the node",
        "node_seconds[].status": "what became of it",
        "node_seconds[].seconds": "its seconds",
        "late": "there for a missed deadline; its times are in the zone of the SLA",
        "late.name": "what people call the deadline",
        "late.cause": "which kind of deadline",
        "late.zone": "the zone of the SLA",
        "late.due": "when it was due",
        "late.since": "from when a run counted",
        "late.completed": "when it was completed at last",
        "late.open": "whether it is still open",
        "late.delay": "how late it is, or was",
        "late.limit": "how long or how old was allowed",
        "late.words": "all of it in words",
        "slow": "there for `slow` and `anomaly`",
        "slow.took": "how long it took",
        "slow.usual": "how long it usually takes",
        "slow.rate": "percent of runs that succeeded",
        "slow.expected": "percent that the policy expects",
        "slow.over": "over how long that was looked at",
        "slow.words": "all of it in words",
        "grouped": "there where one message is about several alerts",
        "grouped.by": "what they have in common: project, environment, cause; `opening` for what was held",
        "grouped.count": "how many",
        "grouped.common_cause": "what they have in common, as a sentence; may be empty",
        "grouped.members": "the alerts, the oldest first: each has all the names of this page",
        "escalated": "there where nobody reacted",
        "escalated.level": "which level of the escalation",
        "escalated.since": "since when nobody reacted",
        "escalated.waited": "for how long",
        "escalated.unless": "what would have made it unnecessary",
        "escalated.note": "the policy's note",
        "escalated.told": "who was told before",
        "escalated.ticket": "whether this opens a ticket",
        "escalated.words": "all of it in words",
        "digest": "there in a digest",
        "digest.since": "from when",
        "digest.until": "until when",
        "digest.runs": "how many runs ended",
        "digest.succeeded": "how many of them succeeded",
        "digest.success_rate": "the same as percent; none without runs",
        "digest.failures": "which jobs failed",
        "digest.failures[].job": "the job",
        "digest.failures[].words": "how often, and how",
        "digest.slowest": "the slowest jobs",
        "digest.slowest[].job": "the job",
        "digest.slowest[].duration": "how long",
        "digest.trends": "which jobs grew slower or faster",
        "digest.trends[].job": "the job",
        "digest.trends[].percent": "by how much; less than nothing is faster",
        "digest.usage": "what used the most time",
        "digest.usage[].job": "the job",
        "digest.usage[].duration": "how long in all",
        "digest.completions": "how often jobs ended well",
        "digest.completions[].job": "the job",
        "digest.completions[].count": "how often",
        "digest.anomalies": "what is unusual",
        "digest.recommendations": "what to change",
        "digest.include": "what the policy wants in it, in its order",
        "recovered_from": "when the incident began that is over",
        "recovered_after": "how long it lasted",
    }
)

_TIME: Final[_Table] = MappingProxyType(
    {
        "text": "day and time",
        "clock": "the time of day",
        "iso": "for machines, in UTC",
        "unix": "seconds since 1970",
        "ago": "how long before the message",
    }
)
_LENGTH: Final[_Table] = MappingProxyType(
    {"text": "in words", "seconds": "in seconds", "minutes": "in whole minutes, rounded up"}
)
_THING: Final[_Table] = MappingProxyType(
    {
        "name": "its name",
        "kind": "`model`, `test`, `freshness` or `infrastructure`",
        "unique_id": "dbt's own name for it",
        "error": "the whole text",
        "error_line": "the first line that says something",
        "error_lines": "how many lines the text has",
        "file": "its file",
        "line": "the line that the message names",
        "file_url": "its file at the run's commit",
        "compiled_file": "the file of the compiled query",
        "relation": "the relation that it makes; of a test, where failing rows are stored",
        "owner": "who it belongs to, as the manifest says",
        "owner_email": "the owner's address",
        "docs_url": "its page in the documentation",
        "failures": "how many rows failed; none if it is no test",
        "failures_query": "the query that shows them, if they are stored",
        "neighbours": "other tests on it and its parents",
        "parents": "what it reads",
        "duration": "how long it took",
        "tags": "its tags",
        "description": "what the project says of it",
    }
)

TABLES: Final[Mapping[str, _Table]] = MappingProxyType({"time": _TIME, "length": _LENGTH, "thing": _THING})
"""What stands below names of these kinds."""


def kind_of(value: Any) -> str:  # noqa: ANN401, PLR0911 - whatever a view holds; one kind of value each
    """Return what a value is, in the words of the page; "" for one that does not tell."""
    match value:
        case None | []:
            return ""
        case bool():
            return "yes or no"
        case int() | float():
            return "number"
        case str():
            return "text"
        case [first, *_]:
            inner = kind_of(first)
            return f"list of {'alerts' if 'headline' in first and isinstance(first, dict) else f'{inner}s'}"
        case dict():
            return next((name for name, table in TABLES.items() if value.keys() == table.keys()), "part")
    return ""


def named(view: Mapping[str, Any], *, under: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each name of a view with its value; what is a time, a length, a thing or an alert is one value."""
    for key, value in view.items():
        name = f"{under}{key}"
        yield name, value
        kind = kind_of(value)
        if kind == "part":
            yield from named(value, under=f"{name}.")
        elif kind == "list of parts":
            for each in value:
                yield from named(each, under=f"{name}[].")
