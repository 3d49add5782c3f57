"""What became of the policy's tests, as terminal text and JSON: each failing one as a difference, with both places."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.model.telling import Via
from reconciler.render.explain.document import at_document, place_document, positions
from reconciler.render.explain.words import (
    NO_RELAY,
    after_text,
    clock_text,
    day_text,
    happened,
    place_text,
    why_text,
    withheld_text,
)
from reconciler.render.junit import CheckCase
from reconciler.render.terminal import Styled
from reconciler.views.expectations.judge import Mark

if TYPE_CHECKING:
    from reconciler.model.telling import Happening
    from reconciler.views.expectations.judge import Line, Verdict

__all__ = ["check_cases", "summary", "verdict_document", "verdict_lines", "verdict_text"]

_SIGNS: Final = {Mark.MET: "=", Mark.MISSING: "-", Mark.UNEXPECTED: "+", Mark.FORBIDDEN: "!", Mark.BESIDES: " "}
_STYLES: Final = {
    Mark.MET: "dim",
    Mark.MISSING: "red",
    Mark.UNEXPECTED: "green",
    Mark.FORBIDDEN: "magenta",
    Mark.BESIDES: "dim",
}
_FAR: Final = timedelta(hours=24)


def verdict_lines(verdicts: Sequence[Verdict], *, zone: str, width: int | None = None) -> Iterator[Styled]:
    """Yield the tests file by file, each failing one with its difference, and the summary."""
    for file, group in groupby(verdicts, key=lambda verdict: verdict.test.at.file):
        yield Styled(terminal(file), "bold")
        for verdict in group:
            yield from _verdict(verdict, zone, width)
        yield Styled("")
    yield Styled(summary(verdicts), "bold")
    for note in _notes(verdicts):
        yield from _wrapped(note, "magenta", width, indent=0)


def verdict_text(verdicts: Sequence[Verdict], *, zone: str) -> str:
    """Return the same as plain text."""
    return "\n".join(line.text.rstrip() for line in verdict_lines(verdicts, zone=zone)) + "\n"


def summary(verdicts: Sequence[Verdict]) -> str:
    failed = sum(not each.passed for each in verdicts)
    tests = f"{len(verdicts)} test{'' if len(verdicts) == 1 else 's'}"
    return f"{tests}: {failed} failed, {len(verdicts) - failed} passed." if failed else f"{tests}, all passed."


def _notes(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Return what is true of everything that these tests expect of the relay."""
    tellings = (line.telling for verdict in verdicts for line in verdict.lines)
    return (NO_RELAY,) if any(each is not None and each.via is Via.RELAYED for each in tellings) else ()


def check_cases(verdicts: Iterable[Verdict], *, zone: str) -> Iterator[CheckCase]:
    """Yield each test as JUnit has it; its problem begins with what is missing or too much."""
    for verdict in verdicts:
        problem = None if verdict.passed else _problem(verdict, zone)
        yield CheckCase(name=verdict.test.name, group=verdict.test.at.file, problem=problem)


def _problem(verdict: Verdict, zone: str) -> str:
    failing = [f"{line.channel} {line.mark.value}" for line in verdict.lines if line.fails]
    lines = (line.text for line in _difference(verdict, zone, None))
    return "\n".join([f"{place_text(verdict.test.at)}: {', '.join(failing)}", *lines])


def _verdict(verdict: Verdict, zone: str, width: int | None) -> Iterator[Styled]:
    test = verdict.test
    if verdict.passed:
        yield from _wrapped(terminal(f"  = {test.name}"), "dim", width, indent=4)
        return
    yield from _wrapped(terminal(f"  - {test.name}  ({place_text(test.at)})"), "red", width, indent=4)
    yield from _difference(verdict, zone, width)


def _difference(verdict: Verdict, zone: str, width: int | None) -> Iterator[Styled]:
    place, happening = verdict.place, verdict.test.happening
    what = f"{place.job.name} ({place.project}, {place.environment}) {happened(happening)}"
    yield from _wrapped(terminal(f"      {what} on {day_text(happening.at, zone)} {zone}"), "", width, indent=6)
    wide = max((len(terminal(line.channel)) for line in verdict.lines), default=0)
    late = max((len(_when(line, verdict, zone)) for line in verdict.lines), default=0)
    for line in verdict.lines:
        when = _when(line, verdict, zone).ljust(late)
        before = f"      {_SIGNS[line.mark]} {terminal(line.channel).ljust(wide)}  {when}  "
        text = f"{before}{terminal(_said(line, verdict))}"
        yield from _wrapped(text, _STYLES[line.mark], width, indent=len(before))
    if not verdict.lines:
        yield Styled("      nobody is told")


def _when(line: Line, verdict: Verdict, zone: str) -> str:
    """Return how long after; of another day the time as well."""
    if line.told_at is None:
        return "ever"
    after = line.told_at - verdict.test.happening.at
    return f"{after_text(after)}, {clock_text(line.told_at, zone)}" if after >= _FAR else after_text(after)


def _said(line: Line, verdict: Verdict) -> str:
    asked = f"({place_text(line.at)})" if line.at is not None else ""
    match line.mark:
        case Mark.MISSING:
            why = f": {_withheld(line, verdict.test.happening)}" if line.withheld else ""
            outcome = f" as {line.outcome.value}" if line.outcome else ""
            return f"expected{outcome}, not told{why}  {asked}"
        case Mark.FORBIDDEN:
            return f"told, and must never be: {_told(line, verdict)}  {asked}"
        case Mark.UNEXPECTED:
            return f"told, not expected: {_told(line, verdict)}"
        case _:
            return _told(line, verdict)


def _withheld(line: Line, asked: Happening) -> str:
    withheld = line.withheld
    if withheld is None:
        return ""
    place = f" ({place_text(withheld.because[-1])})" if withheld.because else ""
    return f"{withheld_text(withheld, asked)}{place}"


def _told(line: Line, verdict: Verdict) -> str:
    telling = line.telling
    if telling is None:
        return ""
    place = f"  ({place_text(telling.because[-1])})" if telling.because else ""
    return f"{why_text(telling, verdict.test.happening)}{place}"


def _wrapped(text: str, style: str, width: int | None, *, indent: int) -> Iterator[Styled]:
    if width is None or len(text) <= width:
        yield Styled(text, style)
        return
    hang = " " * min(indent, width // 2)
    for line in textwrap.wrap(text, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False):
        yield Styled(line, style)


# --- JSON -------------------------------------------------------------------------------------------------------------
def verdict_document(verdicts: Iterable[Verdict], *, zone: str) -> dict[str, Any]:
    """Return the results as JSON-ready data."""
    found = list(verdicts)
    failed = sum(not each.passed for each in found)
    return {
        "tests": len(found),
        "failed": failed,
        "timezone": zone,
        "notes": list(_notes(found)),
        "verdicts": [_verdict_document(each, zone) for each in found],
    }


def _verdict_document(verdict: Verdict, zone: str) -> dict[str, Any]:
    test = verdict.test
    return {
        "name": test.name,
        "at": place_text(test.at),
        "passed": verdict.passed,
        "job": place_document(verdict.place),
        "outcome": test.happening.outcome.value,
        "happens_at": at_document(test.happening.at, zone),
        "strictness": test.strictness.value,
        "lines": [_line_document(each, zone) for each in verdict.lines],
    }


def _line_document(line: Line, zone: str) -> dict[str, Any]:
    telling, withheld = line.telling, line.withheld
    return {
        "mark": line.mark.value,
        "channel": line.channel,
        "told_at": at_document(line.told_at, zone),
        "expected_at": None if line.at is None else place_text(line.at),
        "occasion": telling and telling.occasion.value,
        "because": positions(telling.because if telling else withheld.because if withheld else ()),
        "withheld": withheld and withheld.reason.value,
    }
