"""Policy tests as values: which message meets which expectation, and the account that tests make up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.outcome import Outcome
from reconciler.model.selector import Purpose
from reconciler.model.telling import (
    Happening,
    History,
    Occasion,
    Reaction,
    Routed,
    Telling,
    Via,
    Withheld,
    WithheldReason,
)
from reconciler.views.expectations.jobs import MadeUpJob, made_up, placed_tests
from reconciler.views.expectations.judge import Expected, Mark, Never, PolicyTest, Strictness, compared
from reconciler.views.explain.find import JobSearch
from tests.builders import at

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def telling(channel: str, minutes: int = 0, *, outcome: Outcome = Outcome.FAILURE, metrics: bool = False) -> Telling:
    return Telling(
        at=START + timedelta(minutes=minutes),
        channel=channel,
        via=Via.RELAYED,
        occasion=Occasion.METRICS if metrics else Occasion.AT_ONCE,
        outcome=outcome,
        because=(at(),),
    )


def expected(channel: str, minutes: int | None = None, *, outcome: Outcome | None = None) -> Expected:
    told_at = None if minutes is None else START + timedelta(minutes=minutes)
    return Expected(at=at(), channel=channel, told_at=told_at, outcome=outcome)


def asking(
    *expectations: Expected,
    strictness: Strictness = Strictness.EXACT,
    never: Sequence[str] = (),
    job: JobSearch | None = None,
) -> PolicyTest:
    return PolicyTest(
        at=at(),
        name="a test",
        job=job or JobSearch(text="Daily Revenue"),
        job_at=at(),
        happening=Happening(outcome=Outcome.FAILURE, at=START),
        history=History(),
        reaction=Reaction(),
        strictness=strictness,
        expected=expectations,
        never=tuple(Never(at=at(), channel=each) for each in never),
    )


def marks(test: PolicyTest, *tellings: Telling) -> list[tuple[str, Mark]]:
    return [(line.channel, line.mark) for line in compared(test, Routed(tier=None, tellings=tellings))]


# --- comparing --------------------------------------------------------------------------------------------------------
def test_an_open_expectation_leaves_the_exact_one_its_message() -> None:
    found = marks(asking(expected("a"), expected("a", 0)), telling("a", 0), telling("a", 5))
    assert found == [("a", Mark.MET), ("a", Mark.MET)]


def test_one_message_meets_one_expectation() -> None:
    assert marks(asking(expected("a"), expected("a")), telling("a")) == [("a", Mark.MET), ("a", Mark.MISSING)]


def test_a_channel_that_is_never_told_is_told_once_and_loudly() -> None:
    assert marks(asking(never=["a"]), telling("a")) == [("a", Mark.FORBIDDEN)]
    loose = asking(strictness=Strictness.SILENT, never=["a"])
    assert marks(loose, telling("b"), telling("a")) == [("a", Mark.FORBIDDEN), ("b", Mark.BESIDES)]


def test_what_is_missing_says_why_the_message_of_that_time_and_outcome_was_held_back() -> None:
    held = tuple(
        Withheld(at=START + timedelta(minutes=minutes), channel="oncall", outcome=outcome, reason=reason, because=())
        for minutes, outcome, reason in (
            (0, Outcome.CANCELLED, WithheldReason.CALLED_CANCELLED),
            (5, Outcome.FAILURE, WithheldReason.ACKNOWLEDGED),
            (15, Outcome.FAILURE, WithheldReason.RESOLVED),
        )
    )

    def why(wanted: Expected) -> WithheldReason | None:
        (line,) = compared(asking(wanted), Routed(tier=None, tellings=(), withheld=held))
        return None if line.withheld is None else line.withheld.reason

    assert why(expected("oncall", 15)) is WithheldReason.RESOLVED
    assert why(expected("oncall", outcome=Outcome.FAILURE)) is WithheldReason.ACKNOWLEDGED
    assert why(expected("oncall", outcome=Outcome.LATE)) is None


def test_metrics_count_only_where_they_are_named() -> None:
    assert marks(asking(), telling("m", metrics=True)) == []
    assert marks(asking(expected("m")), telling("m", metrics=True)) == [("m", Mark.MET)]
    assert marks(asking(never=["m"]), telling("m", metrics=True)) == [("m", Mark.FORBIDDEN)]


def test_lines_are_in_the_order_of_time() -> None:
    found = marks(asking(expected("c", 7), expected("b", 5)), telling("a", 6), telling("b", 5))
    assert found == [("b", Mark.MET), ("a", Mark.UNEXPECTED), ("c", Mark.MISSING)]


channels = st.sampled_from("ab")
messages = st.lists(st.builds(telling, channels, st.integers(0, 2)), max_size=4)
wishes = st.lists(st.builds(expected, channels, st.none() | st.integers(0, 2)), max_size=4)


@given(wishes, messages)
def test_as_many_expectations_are_met_as_can_be(wanted: list[Expected], told: list[Telling]) -> None:
    lines = compared(asking(*wanted), Routed(tier=None, tellings=tuple(told)))
    met = sum(line.mark is Mark.MET for line in lines)
    assert met == max((_met(wanted, order) for order in permutations(told)), default=0)
    assert len(lines) == len(wanted) + len(told) - met


def _met(wanted: Sequence[Expected], told: Sequence[Telling]) -> int:
    """Return how many are met if the messages are handed out in this order, each to the first that takes it."""
    open_ones = list(wanted)
    for message in told:
        takers = [each for each in open_ones if each.channel == message.channel and each.told_at in {None, message.at}]
        exact = [each for each in takers if each.told_at is not None]
        if takers:
            open_ones.remove((exact or takers)[0])
    return len(wanted) - len(open_ones)


# --- made-up jobs -----------------------------------------------------------------------------------------------------
def job(name: str, *, project: str = "Finance", purpose: Purpose = Purpose.PRODUCTION, **values: object) -> MadeUpJob:
    made = {"environment": "Production", **values}
    return MadeUpJob(at=at(), name=name, project=project, purpose=purpose, **made)  # pyrefly: ignore[bad-argument-type]


def test_made_up_jobs_are_an_account() -> None:
    account = made_up(
        [
            job("a", id=2),
            job("b", cron="0 * * * *"),
            job("c", project="Growth", environment="CI", purpose=Purpose.STAGING, job_type="ci"),
            job("d", environment="Dev", purpose=Purpose.DEVELOPMENT),
        ]
    )
    shown = {
        each.id: (
            each.name,
            account.projects[each.project_id].name,
            account.environments[each.environment_id].purpose,
            each.scheduled,
            each.job_type,
        )
        for each in account.jobs.values()
    }
    assert shown == {
        2: ("a", "Finance", "production", False, "scheduled"),
        1: ("b", "Finance", "production", True, "scheduled"),
        3: ("c", "Growth", "staging", False, "ci"),
        4: ("d", "Finance", "development", False, "scheduled"),
    }
    assert len(account.projects) == 2


def test_a_test_is_about_exactly_one_job() -> None:
    account = made_up([job("Daily Revenue"), job("Daily Revenue", project="Growth"), job("Other")])
    tests = [
        asking(job=JobSearch(text="Daily Revenue", project="Growth")),
        asking(job=JobSearch(text="Daily Revenue")),
        asking(job=JobSearch(text="Othre")),
    ]
    places, problems = placed_tests(tests, account)
    assert [places[test.at].project for test in tests if test.at in places] == ["Growth"]
    assert [problem.at for problem in problems] == [tests[1].job_at, tests[2].job_at]
    assert "means 2 jobs" in problems[0].message
    assert problems[1].fix == "did you mean Other?"
