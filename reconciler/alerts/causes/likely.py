"""The likely cause of a failure, as far as messages tell. A guess with its reason: people are shown both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.alerts.causes.patterns import PATTERNS, Pattern
from reconciler.alerts.words.times import lasted
from reconciler.model.alert import CauseKind, FailedThing, LikelyCause
from reconciler.model.run import Run
from reconciler.model.telling import Cause, NodeKind

__all__ = ["cause_in", "likely_cause", "named_relation", "timed_out"]

_HEAD: Final = 8_000
_TAIL: Final = 4_000
_LONGEST_REASON: Final = 300
_TIMED_OUT: Final = re.compile(r"\btime[- ]?out\b|\btimed out\b|\bexceeded [^\n]{0,80}(?:time|duration)", re.IGNORECASE)
_RELATIONS: Final = tuple(
    re.compile(each, re.IGNORECASE)
    for each in (
        r"(?:object|table|view) '(?P<what>[^'\n]{1,300})' does not exist or not authorized",
        r"not found: (?:table|view) (?P<what>[^\s]{1,300})",
        r"access denied: table (?P<what>[^\s]{1,300}):",
        r"\[table_or_view_not_found\][^\n`]{0,80}(?P<what>`[^\n ]{1,300}`)",
        r"relation \"?(?P<what>[^\"\s]{1,300})\"? does not exist",
        r"permission denied for (?:relation|table|view) \"?(?P<what>[^\"\s]{1,200})",
        r"table with name (?P<what>[^\s]{1,200}) does not exist",
        r"table '(?P<what>[^'\n]{1,300})' (?:does not exist|is missing)",
        r"table or view not found: (?P<what>[^\s;]{1,300})",
    )
)
_PLAIN_PART: Final = re.compile(r"[A-Za-z_][\w$]{0,254}")
_NAME: Final = re.compile(r"[\w$`\".:\- ]{1,300}")


def likely_cause(
    failed: Sequence[FailedThing], *, run: Run | None, cause: Cause | None, below: Mapping[str, Sequence[str]]
) -> LikelyCause | None:
    """Return the likely cause of a failed run: that of the first failed node whose message says something.

    `below` holds, by unique id, what depends on a node: what failed below another failed node comes last, and is an
    upstream failure if nothing better is known. None where no message says anything.
    """
    if cause is Cause.TIMEOUT:
        return timed_out(run)
    upstream = _upstream(failed, below)
    later: LikelyCause | None = None
    for each in failed:
        said = _cause_among(each, upstream)
        if said is not None and said.kind is not CauseKind.UPSTREAM:
            return said
        later = later or said
    return (_by_patterns(run.message) if run else None) or later or _unknown(failed)


def _upstream(failed: Sequence[FailedThing], below: Mapping[str, Sequence[str]]) -> Mapping[str, FailedThing]:
    """Return, by unique id and by relation, the failed node that a failed node waits for."""
    ids = {each.unique_id for each in failed if each.unique_id}
    found = {each.relation.casefold(): each for each in failed if each.relation}
    for each in failed:
        for later in ids.intersection(below.get(each.unique_id, ())):
            found.setdefault(later, each)
    return found


def _cause_among(thing: FailedThing, upstream: Mapping[str, FailedThing]) -> LikelyCause | None:
    """Return what one failed node's message tells, beside what else failed."""
    for key in (thing.unique_id, named_relation(thing.error).casefold()):
        root = upstream.get(key) if key else None
        if root is not None and root.unique_id != thing.unique_id:
            return LikelyCause(kind=CauseKind.UPSTREAM, sentence=f"{root.name} failed before it.", because=root.name)
    return cause_in(thing)


def _unknown(failed: Sequence[FailedThing]) -> LikelyCause | None:
    """Say that there is a message and that it is none that we know."""
    if not any(each.error.strip() for each in failed):
        return None
    return LikelyCause(kind=CauseKind.UNKNOWN, sentence="The message is none that we know.")


def cause_in(thing: FailedThing) -> LikelyCause | None:
    """Return what one failed node's message tells."""
    if thing.kind is NodeKind.FRESHNESS:
        return LikelyCause(
            kind=CauseKind.FRESHNESS,
            sentence=f"The source {thing.name} was not loaded in time.",
            because=_line_at(thing.error, 0),
        )
    said = _by_patterns(thing.error)
    if said is not None or thing.kind is not NodeKind.TEST or not thing.failures:
        return said
    return LikelyCause(kind=CauseKind.DATA, sentence="The data is not what a test expects.", because=thing.name)


def timed_out(run: Run | None) -> LikelyCause:
    """Return the cause of a run that dbt Cloud ended because it took too long (reference §2.5)."""
    message = run.message if run else ""
    ran = run.finished_at - run.started_at if run and run.started_at and run.finished_at else None
    after = f" It was ended after {lasted(ran)}." if ran else ""
    match = _TIMED_OUT.search(_bounded(message))
    return LikelyCause(
        kind=CauseKind.TIMEOUT,
        sentence=f"The run took longer than it may.{after}",
        because=_line_at(message, match.start()) if match else "",
    )


def named_relation(message: str) -> str:
    """Return the relation that a message names, ready to stand in a query; "" if none does or the name is odd.

    A name is taken only letter by letter known: a message is remote, and what people copy must not hold a surprise.
    """
    text = _bounded(message)
    for pattern in _RELATIONS:
        if match := pattern.search(text):
            return _quoted(match["what"].rstrip(".,;:!"))
    return ""


def _quoted(name: str) -> str:
    """Write a relation as its warehouse does: BigQuery's `project:dataset.table` in one pair of backticks."""
    if _NAME.fullmatch(name) is None:
        return ""
    if "`" in name or '"' in name:
        return name
    if ":" in name or "-" in name:
        return f"`{name.replace(':', '.', 1)}`"
    parts = name.split(".")
    return ".".join(part if _PLAIN_PART.fullmatch(part) else f'"{part}"' for part in parts)


def _by_patterns(message: str) -> LikelyCause | None:
    text = _bounded(message)
    if not text.strip():
        return None
    for each in PATTERNS:
        if match := each.pattern.search(text):
            return _said(each, match, text)
    return None


def _said(pattern: Pattern, match: re.Match[str], text: str) -> LikelyCause:
    what = (match.groupdict().get("what") or "").strip(" `\"'.,;:")
    sentence = f"{pattern.sentence}: {what}." if what else f"{pattern.sentence}."
    return LikelyCause(kind=pattern.kind, sentence=sentence, because=_line_at(text, match.start()))


def _bounded(text: str) -> str:
    """Return the beginning and the end of a message: what it says stands there, and a megabyte takes no longer."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"


def _line_at(text: str, place: int) -> str:
    """Return the line in which a place lies."""
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return text[begin : end if end >= 0 else len(text)].strip()[:_LONGEST_REASON]
