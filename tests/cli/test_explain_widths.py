"""Explanations in a narrow terminal and in a wide one: lines fit, and nothing of the text is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.outcome import Outcome
from reconciler.model.telling import Happening, Reaction
from reconciler.plan.survey import Survey
from reconciler.policy import load
from reconciler.render.explain.text import job_lines
from reconciler.render.policy_tests import verdict_lines
from reconciler.render.terminal import Styled
from reconciler.routing.route import Router
from reconciler.views.expectations.judge import Expected, PolicyTest, Strictness, judge
from reconciler.views.explain.find import JobSearch, find_jobs
from reconciler.views.explain.job import Asked, explain_job
from tests.builders import at
from tests.cli.explain_desk import DATA, account

NIGHT = datetime(2026, 1, 3, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = tmp_path_factory.mktemp("policies")
    Path(folder, "data.yml").write_text(DATA, encoding="utf-8")
    return Survey(load([folder]), account())


def words(lines: Iterable[Styled]) -> list[str]:
    return " ".join(line.text for line in lines).split()


def too_wide(lines: Iterable[Styled], width: int) -> list[str]:
    """Return the lines that could have been broken and were not: a path is one word."""
    return [line.text for line in lines if len(line.text.rstrip()) > width and len(line.text.split()) > 1]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("job_id", [101, 103, 201, 202])
def test_an_explanation_fits(survey: Survey, job_id: int, width: int) -> None:
    reaction = Reaction(acknowledged_at=NIGHT + timedelta(minutes=10))
    asked = Asked(happening=Happening(outcome=Outcome.FAILURE, at=NIGHT), reaction=reaction)
    found = explain_job(survey, job_id, asked)
    lines = list(job_lines(found, width=width))
    assert words(lines) == words(job_lines(found))
    assert too_wide(lines, width) == []


@pytest.mark.parametrize("width", [80, 120])
def test_a_difference_fits(survey: Survey, width: int) -> None:
    test = PolicyTest(
        at=at(),
        name="a name as long as a sentence that somebody wrote on a Friday afternoon and never read again since then",
        job=JobSearch(text="Daily Orders"),
        job_at=at(),
        happening=Happening(outcome=Outcome.FAILURE, at=NIGHT),
        history=Asked(happening=Happening(outcome=Outcome.FAILURE, at=NIGHT)).history,
        reaction=Reaction(),
        strictness=Strictness.EXACT,
        expected=(Expected(at=at(), channel="oncall", told_at=NIGHT),),
    )
    (place,) = find_jobs(test.job, survey.inventory)
    verdicts = [judge(test, place, survey, router=Router(survey.policy))]
    lines = list(verdict_lines(verdicts, zone="America/New_York", width=width))
    assert words(lines) == words(verdict_lines(verdicts, zone="America/New_York"))
    assert too_wide(lines, width) == []
