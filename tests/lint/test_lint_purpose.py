"""What a job is for: production, or something that nobody needs to be woken for."""

from dataclasses import replace

import pytest

from reconciler.lint.purpose import beside_production, is_production, selects_beside_production
from reconciler.model.inventory import Environment, Job
from reconciler.model.selector import Purpose, Selector
from reconciler.routing.place import Placed
from tests.builders import environment, job, selector


def placed(made: Job, where: Environment | None) -> Placed:
    return Placed(job=made, environment=where)


PRODUCTION = environment()
DEVELOPMENT = replace(environment(deployment_type=None), type="development")


@pytest.mark.parametrize(
    ("steps", "generate_docs", "docs_only"),
    [
        (("dbt docs generate",), False, True),
        (("dbt --quiet docs generate --no-compile",), False, True),
        (("dbt deps", "dbt compile", "dbt docs generate"), False, True),
        (("dbt compile",), True, True),
        ((), True, True),
        (("dbt compile",), False, False),  # checks the project; it builds no docs
        ((), False, False),
        (("dbt build", "dbt docs generate"), False, False),
        (("dbt source freshness",), True, False),
        (("dbt run-operation sync",), True, False),
        (("dbt snapshot",), True, False),
        (("python load.py",), True, False),  # nobody knows what that does
    ],
)
def test_docs_are_all_that_a_job_builds_if_no_step_does_work(
    steps: tuple[str, ...], generate_docs: bool, docs_only: bool
) -> None:
    made = replace(job(), execute_steps=steps, generate_docs=generate_docs)
    assert (beside_production(placed(made, PRODUCTION)) == "a job that only builds docs") is docs_only


@pytest.mark.parametrize(
    ("made", "where", "words", "production"),
    [
        (job(), PRODUCTION, "", True),
        (job(), environment(deployment_type="staging"), "a staging job", False),
        (job(), DEVELOPMENT, "a development job", False),
        (job(job_type="ci"), PRODUCTION, "a CI job", False),
        (job(job_type="merge"), PRODUCTION, "a merge job", False),
        (job(), environment(deployment_type=None, name="Staging"), "", False),  # a name proves nothing
        (job(), None, "", False),
    ],
)
def test_the_environment_and_the_type_say_what_a_job_is(
    made: Job, where: Environment | None, words: str, production: bool
) -> None:
    found = placed(made, where)
    assert (beside_production(found), is_production(found)) == (words, production)


@pytest.mark.parametrize(
    ("which", "words"),
    [
        (selector(purposes=[Purpose.STAGING, Purpose.DEVELOPMENT]), "staging jobs and development jobs"),
        (selector(purposes=[Purpose.STAGING], environments=["Production"]), ""),
        (selector(purposes=[Purpose.STAGING, Purpose.PRODUCTION]), ""),
        (selector(job_types=["ci", "merge"]), "ci jobs and merge jobs"),
        (selector(job_types=["ci", "other"]), ""),
        (selector(environments=["Staging"]), ""),
    ],
)
def test_a_selector_shows_it_only_if_it_can_mean_nothing_else(which: Selector, words: str) -> None:
    assert selects_beside_production(which) == words
