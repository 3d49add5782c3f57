"""Made-up jobs: the account of tests that run without one, and which of its jobs each test is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from reconciler.model.inventory import Environment, Inventory, Job, Project
from reconciler.model.problem import Position, Problem
from reconciler.model.selector import Purpose
from reconciler.views.expectations.judge import PolicyTest
from reconciler.views.explain.find import JobPlace, JobsByName, similar_jobs

__all__ = ["MadeUpJob", "made_up", "placed_tests"]

_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpJob:
    """One entry of `jobs:` in a tests file. `cron` is in UTC, as dbt Cloud's; a job with one is scheduled."""

    at: Position
    name: str
    project: str
    environment: str
    purpose: Purpose = Purpose.PRODUCTION
    id: int | None = None
    job_type: str = "scheduled"
    cron: str = ""


def made_up(jobs: Sequence[MadeUpJob]) -> Inventory:
    """Return an account of these jobs and nothing else. Ids that are not given are the smallest that are free."""
    given = {each.id for each in jobs}
    free = (number for number in count(1) if number not in given)
    projects: dict[str, int] = {}
    environments: dict[tuple[int, str, Purpose], int] = {}
    found: dict[int, Job] = {}
    for each in jobs:
        project = projects.setdefault(each.project, len(projects) + 1)
        environment = environments.setdefault((project, each.environment, each.purpose), len(environments) + 1)
        number = next(free) if each.id is None else each.id
        found[number] = Job(
            id=number,
            name=each.name,
            project_id=project,
            environment_id=environment,
            job_type=each.job_type,
            cron=each.cron,
            scheduled=bool(each.cron),
        )
    return Inventory(
        host="made-up.example",
        account_id=1,
        jobs=found,
        projects={number: Project(id=number, name=name) for name, number in projects.items()},
        environments={number: _environment(number, *key) for key, number in environments.items()},
        users={},
        notifications=(),
        subscriptions=(),
    )


def _environment(number: int, project: int, name: str, purpose: Purpose) -> Environment:
    development = purpose is Purpose.DEVELOPMENT
    return Environment(
        id=number,
        project_id=project,
        name=name,
        type="development" if development else "deployment",
        deployment_type=None if development else purpose.value,
    )


def placed_tests(
    tests: Iterable[PolicyTest], inventory: Inventory
) -> tuple[Mapping[Position, JobPlace], tuple[Problem, ...]]:
    """Return the job of each test by the test's place, and a problem for each that means none, or several."""
    jobs = JobsByName(inventory)
    places: dict[Position, JobPlace] = {}
    problems: list[Problem] = []
    for test in tests:
        found = [each for each in jobs.find(test.job) if not each.job.deleted]
        if len(found) == 1:
            places[test.at] = found[0]
        else:
            problems.append(_several(test, found) if found else _none(test, inventory))
    return places, tuple(problems)


def _none(test: PolicyTest, inventory: Inventory) -> Problem:
    near = similar_jobs(test.job, inventory)
    return Problem(
        at=test.job_at,
        message=f"no job is called {test.job.text!r}{''.join(_where(test))}",
        found=test.job.text,
        expected="a job of `jobs:` in a tests file, or with `--live` one of the account",
        fix=f"did you mean {', '.join(near)}?" if near else "add the job to `jobs:`, or correct the name",
    )


def _several(test: PolicyTest, found: Sequence[JobPlace]) -> Problem:
    shown = "; ".join(f"{each.job.name} in {each.project}, {each.environment}" for each in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Problem(
        at=test.job_at,
        message=f"{test.job.text!r}{''.join(_where(test))} means {len(found)} jobs",
        found=shown + more,
        expected="one job",
        fix="write `job: {name: …, project: …, environment: …}`",
    )


def _where(test: PolicyTest) -> Iterator[str]:
    for word, name in (("project", test.job.project), ("environment", test.job.environment)):
        if name:
            yield f" in {word} {name}"
