"""Policy tests: what a team expects to be told, held against what routing says. Exact unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.outcome import Outcome
from reconciler.model.problem import Position
from reconciler.model.telling import Happening, History, Occasion, Reaction, Routed, Telling, Withheld
from reconciler.plan.survey import Survey
from reconciler.routing.route import Router
from reconciler.views.explain.find import JobPlace, JobSearch

__all__ = ["Expected", "Line", "Mark", "Never", "PolicyTest", "Strictness", "Verdict", "compared", "judge"]


class Strictness(StrEnum):
    """What is said of messages that a test does not name."""

    EXACT = "expect"
    AT_LEAST = "expect_at_least"
    SILENT = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One message that must be told. Without `told_at` at any time, without `outcome` as whatever."""

    at: Position
    channel: str
    told_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """A channel that must not be told, at no time."""

    at: Position
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTest:
    """One test: given this job and what happens to it, these channels are told at these times."""

    at: Position
    name: str
    job: JobSearch
    job_at: Position
    happening: Happening
    history: History
    reaction: Reaction
    strictness: Strictness
    expected: tuple[Expected, ...] = ()
    never: tuple[Never, ...] = ()


class Mark(StrEnum):
    """What became of an expectation, or of a message."""

    MET = "met"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    FORBIDDEN = "forbidden"
    BESIDES = "besides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An expectation, a message, or both together. `withheld` is why an expected message is not sent, if routing says.

    `at` is the line of the test that asks for it; None for a message that nothing asks for.
    """

    mark: Mark
    channel: str
    at: Position | None = None
    told_at: datetime | None = None
    outcome: Outcome | None = None
    telling: Telling | None = None
    withheld: Withheld | None = None

    @property
    def fails(self) -> bool:
        return self.mark in {Mark.MISSING, Mark.UNEXPECTED, Mark.FORBIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One test with its lines in the order of time: what is missing before what came instead."""

    test: PolicyTest
    place: JobPlace
    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        return not any(line.fails for line in self.lines)


def judge(test: PolicyTest, place: JobPlace, survey: Survey, *, router: Router) -> Verdict:
    """Route what the test gives and compare. A job outside scope tells nobody.

    Metrics are sent of every run of every job: they count only where the test names their channel.
    """
    placed = survey.places.get(place.job.id)
    routed = (
        Routed(tier=None, tellings=())
        if placed is None
        else router.route(placed, test.happening, history=test.history, reaction=test.reaction)
    )
    return Verdict(test=test, place=place, lines=compared(test, routed))


def compared(test: PolicyTest, routed: Routed) -> tuple[Line, ...]:
    """Hold what a test expects against what is told, in the order of time. As much is met as can be."""
    named = {each.channel for each in (*test.expected, *test.never)}
    told = [each for each in routed.tellings if each.occasion is not Occasion.METRICS or each.channel in named]
    pairs = _paired(test.expected, told)
    lines = [
        _met(each, told[pairs[place]]) if place in pairs else _missing(each, routed.withheld)
        for place, each in enumerate(test.expected)
    ]
    taken = set(pairs.values())
    never = {each.channel: each for each in test.never}
    for place, each in enumerate(told):
        if each.channel in never:
            lines.append(_forbidden(never[each.channel], each))
        elif place not in taken:
            lines.append(_besides(each, test))
    return tuple(sorted(lines, key=lambda line: _order(line, test.happening.at)))


def _met(expected: Expected, telling: Telling) -> Line:
    return Line(
        mark=Mark.MET,
        channel=expected.channel,
        at=expected.at,
        told_at=telling.at,
        outcome=expected.outcome,
        telling=telling,
    )


def _missing(expected: Expected, withheld: Iterable[Withheld]) -> Line:
    return Line(
        mark=Mark.MISSING,
        channel=expected.channel,
        at=expected.at,
        told_at=expected.told_at,
        outcome=expected.outcome,
        withheld=_why_missing(expected, withheld),
    )


def _why_missing(expected: Expected, withheld: Iterable[Withheld]) -> Withheld | None:
    """Return what was held back instead: of several messages to the channel the one of that time."""
    same = [each for each in withheld if each.channel == expected.channel and expected.outcome in {None, each.outcome}]
    return min(same, key=lambda each: each.at != expected.told_at, default=None)


def _besides(telling: Telling, test: PolicyTest) -> Line:
    exact = test.strictness is Strictness.EXACT
    mark = Mark.UNEXPECTED if exact else Mark.BESIDES
    return Line(mark=mark, channel=telling.channel, told_at=telling.at, outcome=telling.outcome, telling=telling)


def _forbidden(never: Never, telling: Telling) -> Line:
    return Line(mark=Mark.FORBIDDEN, channel=never.channel, at=never.at, told_at=telling.at, telling=telling)


_ORDER = (Mark.MET, Mark.MISSING, Mark.UNEXPECTED, Mark.FORBIDDEN, Mark.BESIDES)


def _order(line: Line, start: datetime) -> tuple[timedelta, int, str]:
    moment = line.told_at or (line.withheld.at if line.withheld else start)
    return moment - start, _ORDER.index(line.mark), line.channel


def _paired(expected: Sequence[Expected], told: Sequence[Telling]) -> dict[int, int]:
    """Return which message meets which expectation, so that as many as can be are met, each message once."""
    taken: dict[int, int] = {}

    def finds(place: int, tried: set[int]) -> bool:
        for number, telling in enumerate(told):
            if number in tried or not _meets(telling, expected[place]):
                continue
            tried.add(number)
            if number not in taken or finds(taken[number], tried):
                taken[number] = place
                return True
        return False

    for place in range(len(expected)):
        finds(place, set())
    return {place: number for number, place in taken.items()}


def _meets(telling: Telling, expected: Expected) -> bool:
    return (
        telling.channel == expected.channel
        and (expected.told_at is None or telling.at == expected.told_at)
        and (expected.outcome is None or telling.outcome is expected.outcome)
    )
