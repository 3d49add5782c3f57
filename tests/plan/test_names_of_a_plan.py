"""How a plan calls jobs and people: no two things by one name."""

from __future__ import annotations

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Job
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Names
from reconciler.plan.desire import desire
from reconciler.plan.naming import names_of
from tests.builders import environment, inventory, job, policy, project, row, user

STAGING = environment(id=12, name="Staging", deployment_type="staging")
GROWTH = project(id=2, name="Growth")
ABROAD = environment(id=21, project_id=2)


def names(*jobs: Job, recipients: tuple[RecipientKey, ...] = ()) -> Names:
    rows = [row(id=900 + place, key=key, jobs={Outcome.FAILURE: [101]}) for place, key in enumerate(recipients)]
    live = inventory(
        jobs=jobs,
        projects=[project(), GROWTH],
        environments=[environment(), STAGING, ABROAD],
        users=[user()],
        rows=rows,
    )
    return names_of(desire(policy(), live), live)


def test_a_name_that_stands_for_one_job_stays_as_it_is() -> None:
    assert names(job()).jobs == {101: "Daily Revenue"}


def test_jobs_of_two_projects_are_told_apart_by_project() -> None:
    found = names(job(), job(id=102, project_id=2, environment_id=21))
    assert found.jobs == {101: "Daily Revenue (Finance)", 102: "Daily Revenue (Growth)"}


def test_jobs_of_one_project_are_told_apart_by_environment() -> None:
    found = names(job(), job(id=102, environment_id=12))
    assert found.jobs == {101: "Daily Revenue (Production)", 102: "Daily Revenue (Staging)"}


def test_where_one_of_them_is_not_enough_both_tell_apart() -> None:
    found = names(job(), job(id=102, environment_id=12), job(id=103, project_id=2, environment_id=21))
    assert found.jobs[103] == "Daily Revenue (Growth, Production)"


def test_twins_are_told_apart_by_id_and_a_deleted_one_is_no_twin() -> None:
    assert names(job(), job(id=102)).jobs == {101: "Daily Revenue (id 101)", 102: "Daily Revenue (id 102)"}
    assert names(job(), job(id=102, deleted=True)).jobs[101] == "Daily Revenue"


def test_one_person_in_two_channels_is_told_apart_by_kind() -> None:
    maria, mail = RecipientKey.user(1), RecipientKey.email("maria@acme.example")
    found = names(job(), recipients=(maria, mail))
    assert found.recipients == {
        maria: "maria@acme.example (dbt Cloud user)",
        mail: "maria@acme.example (external mail)",
    }
