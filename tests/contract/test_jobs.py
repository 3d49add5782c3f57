"""Jobs and what they hang on: reference §4.1 to §4.3."""

import re
from typing import Any

import pytest

from tests.contract.contract_api import INVALID, Api, Json, ok

pytestmark = pytest.mark.contract

T_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


def job_body(api: Api, project_id: int, environment_id: int, **fields: Json) -> dict[str, Any]:
    return {
        "id": None,
        "account_id": api.account_id,
        "project_id": project_id,
        "environment_id": environment_id,
        "name": "contract job",
        "execute_steps": ["dbt build"],
        "triggers": {"github_webhook": False, "schedule": True, "git_provider_webhook": False, "on_merge": False},
        "settings": {"threads": 4, "target_name": "default"},
        "execution": {"timeout_seconds": 0},
        "generate_docs": False,
        "run_generate_sources": False,
        "run_lint": False,
        "errors_on_lint_failure": True,
        "run_compare_changes": False,
        "lifecycle_webhooks": False,
        "state": 1,
        "schedule": {
            "cron": "0 6 * * *",
            "date": {"type": "custom_cron", "cron": "0 6 * * *"},
            "time": {"type": "every_hour", "interval": 1},
        },
    } | fields


@pytest.fixture
def new_job(api: Api, project_id: int, environment_id: int) -> Json:
    return ok(api.post(api.v2("jobs/"), job_body(api, project_id, environment_id)))["data"]


@pytest.mark.reference("§4.1")
def test_a_created_job_is_201_inside_the_envelope_as_recorded(api: Api, project_id: int, environment_id: int) -> None:
    answer = ok(api.post(api.v2("jobs/"), job_body(api, project_id, environment_id)))
    assert answer["status"]["code"] == 201
    assert api.data(api.v2(f"jobs/{answer['data']['id']}/")) == answer["data"]


@pytest.mark.reference("§4.2")
def test_job_times_are_written_with_a_t(new_job: Json) -> None:
    assert T_TIME.fullmatch(new_job["created_at"])
    assert T_TIME.fullmatch(new_job["updated_at"])


@pytest.mark.reference("§4.2")
@pytest.mark.parametrize(
    "field",
    [
        "deactivated",
        "is_system",
        "cron_humanized",
        "next_run",
        "next_run_humanized",
        "force_node_selection",
        "run_failure_count",
        "job_completion_trigger_condition",
    ],
)
def test_a_job_has_the_fields_that_clients_read(new_job: Json, field: str) -> None:
    assert field in new_job


@pytest.mark.reference("§4.2")
def test_a_job_has_no_tags(new_job: Json) -> None:
    assert not {"tags", "labels"} & new_job.keys()


@pytest.mark.reference("§4.2")
@pytest.mark.parametrize(("on", "kind"), [(True, "scheduled"), (False, "other")])
def test_the_server_derives_scheduled_and_other(
    api: Api, project_id: int, environment_id: int, on: bool, kind: str
) -> None:
    triggers = {"github_webhook": False, "schedule": on, "git_provider_webhook": False, "on_merge": False}
    for asked in ("scheduled", "other"):
        body = job_body(api, project_id, environment_id, triggers=triggers, job_type=asked)
        assert ok(api.post(api.v2("jobs/"), body))["data"]["job_type"] == kind


@pytest.mark.reference("§4.2")
def test_the_cron_is_there_even_when_the_schedule_is_off(api: Api, project_id: int, environment_id: int) -> None:
    triggers = {"github_webhook": False, "schedule": False, "git_provider_webhook": False, "on_merge": False}
    job = ok(api.post(api.v2("jobs/"), job_body(api, project_id, environment_id, triggers=triggers)))["data"]
    assert job["schedule"]["cron"] == "0 6 * * *"
    assert (job["triggers"]["schedule"], job["next_run"]) == (False, None)


@pytest.mark.reference("§4.2")
@pytest.mark.parametrize(
    ("date", "time", "cron"),
    [
        ({"type": "every_day"}, {"type": "every_hour", "interval": 1}, "0 * * * *"),
        ({"type": "every_day"}, {"type": "at_exact_hours", "hours": [6]}, "0 6 * * *"),
        ({"type": "days_of_week", "days": [1, 3]}, {"type": "at_exact_hours", "hours": [6, 18]}, "0 6,18 * * 1,3"),
        ({"type": "custom_cron", "cron": "5 4 * * 2"}, {"type": "every_hour", "interval": 1}, "5 4 * * 2"),
    ],
)
def test_the_cron_is_computed_from_date_and_time(
    api: Api, project_id: int, environment_id: int, date: Json, time: Json, cron: str
) -> None:
    body = job_body(api, project_id, environment_id, schedule={"date": date, "time": time})
    assert ok(api.post(api.v2("jobs/"), body))["data"]["schedule"]["cron"] == cron


@pytest.mark.reference("§1.7")
@pytest.mark.parametrize("field", ["name", "project_id", "environment_id", "settings", "triggers"])
def test_a_missing_field_of_a_job_is_named(api: Api, project_id: int, environment_id: int, field: str) -> None:
    body = job_body(api, project_id, environment_id)
    del body[field]
    answer = api.post(api.v2("jobs/"), body)
    assert answer.status_code == 400
    assert answer.json()["status"]["user_message"] == INVALID
    assert field in answer.json()["data"]


@pytest.mark.reference("§1.7")
def test_a_missing_field_deep_inside_is_named_by_a_tree(api: Api, project_id: int, environment_id: int) -> None:
    body = job_body(api, project_id, environment_id, execution={}, settings={"threads": 4})
    tree = api.post(api.v2("jobs/"), body).json()["data"]
    assert tree["execution"]["timeout_seconds"] == "required key not provided"
    assert tree["settings"]["target_name"] == "required key not provided"


@pytest.mark.reference("§1.7")
def test_orchestration_options_on_a_ci_job_are_405(api: Api, project_id: int, environment_id: int) -> None:
    body = job_body(
        api, project_id, environment_id, job_type="ci", cost_optimization_features=["state_aware_orchestration"]
    )
    assert api.post(api.v2("jobs/"), body).status_code == 405


@pytest.mark.reference("§1.8")
def test_an_update_is_a_post_on_the_item(api: Api, project_id: int, environment_id: int, new_job: Json) -> None:
    body = job_body(api, project_id, environment_id, id=new_job["id"], name="renamed")
    assert ok(api.post(api.v2(f"jobs/{new_job['id']}/"), body))["data"]["name"] == "renamed"
    assert api.data(api.v2(f"jobs/{new_job['id']}/"))["name"] == "renamed"


@pytest.mark.reference("§4.1")
def test_delete_answers_200_with_the_object_at_state_2(api: Api, new_job: Json) -> None:
    deleted = ok(api.delete(api.v2(f"jobs/{new_job['id']}/")))["data"]
    assert (deleted["id"], deleted["state"]) == (new_job["id"], 2)
    assert new_job["id"] not in {job["id"] for job in api.data(api.v2("jobs/"))}
    assert new_job["id"] in {job["id"] for job in api.data(api.v2("jobs/"), state="deleted")}
    assert new_job["id"] in {job["id"] for job in api.data(api.v2("jobs/"), state="all")}


@pytest.mark.reference("§4.1")
def test_jobs_are_filtered_by_project_environment_name_and_schedule(
    api: Api, project_id: int, environment_id: int
) -> None:
    every = api.data(api.v2("jobs/"))
    jobs = [job for job in every if job["project_id"] == project_id]
    assert 0 < len(jobs) < len(every)
    assert api.data(api.v2("jobs/"), project_id=project_id) == jobs
    there = api.data(api.v2("jobs/"), environment_id=environment_id)
    assert {job["environment_id"] for job in there} == {environment_id}
    part = jobs[0]["name"][1:5]
    found = api.data(api.v2("jobs/"), name__icontains=part.upper())
    assert jobs[0]["id"] in {job["id"] for job in found}
    assert all(part.casefold() in job["name"].casefold() for job in found)
    assert {job["triggers"]["schedule"] for job in api.data(api.v2("jobs/"), triggers_schedule="true")} == {True}
    assert {job["triggers"]["schedule"] for job in api.data(api.v2("jobs/"), triggers_schedule="false")} == {False}
    assert [job["id"] for job in api.data(api.v2("jobs/"), pk=jobs[0]["id"])] == [jobs[0]["id"]]


@pytest.mark.reference("§4.1")
def test_related_objects_come_when_asked_for(api: Api, jobs: dict[str, int], finished_run: int) -> None:
    plain = api.data(api.v2(f"jobs/{jobs['fail']}/"))
    assert plain["environment"] is None
    assert not plain.get("most_recent_run")
    related = "environment,most_recent_run,most_recent_completed_run"
    rich = api.data(api.v2(f"jobs/{jobs['fail']}/"), include_related=related)
    assert rich["environment"]["id"] == rich["environment_id"]
    assert rich["most_recent_completed_run"]["id"] == finished_run


@pytest.mark.reference("§4.1")
def test_system_jobs_are_left_out_unless_asked_for(api: Api) -> None:
    assert {job["is_system"] for job in api.data(api.v2("jobs/"))} == {False}


@pytest.mark.reference("§4.3")
def test_environments_are_reached_by_project_and_by_account(api: Api, project_id: int, environment_id: int) -> None:
    by_project = api.data(api.v3(f"projects/{project_id}/environments/"))
    by_account = api.data(api.v3("environments/"), project_id=project_id)
    assert {row["project_id"] for row in by_project} == {project_id}
    assert [row["id"] for row in by_account] == [row["id"] for row in by_project]
    assert environment_id in {row["id"] for row in by_project}
    assert api.data(api.v3(f"projects/{project_id}/environments/{environment_id}/"))["id"] == environment_id


@pytest.mark.reference("§4.3")
def test_environments_have_a_type_and_a_deployment_type(api: Api, project_id: int) -> None:
    rows = api.data(api.v3("environments/"))
    kinds = {(row["type"], row["deployment_type"]) for row in rows}
    assert ("deployment", "production") in kinds
    assert any(kind == "development" for kind, _ in kinds)
    found = api.data(api.v3(f"projects/{project_id}/environments/"), deployment_type="production")
    assert {row["deployment_type"] for row in found} == {"production"}
    both = api.data(api.v3(f"projects/{project_id}/environments/"), deployment_type__in='["production","staging"]')
    assert {row["deployment_type"] for row in both} <= {"production", "staging"}


@pytest.mark.reference("§4.3")
def test_a_project_is_not_the_home_of_anothers_environment(api: Api, project_id: int, environment_id: int) -> None:
    other = next(row["id"] for row in api.data(api.v3("projects/")) if row["id"] != project_id)
    assert api.get(api.v3(f"projects/{other}/environments/{environment_id}/")).status_code == 404


@pytest.mark.reference("§4.3")
def test_projects_are_filtered_by_name_and_id(api: Api, project_id: int) -> None:
    project = api.data(api.v3(f"projects/{project_id}/"))
    found = api.data(api.v3("projects/"), name__icontains=project["name"].upper())
    assert project_id in {row["id"] for row in found}
    assert [row["id"] for row in api.data(api.v3("projects/"), pk__in=f"[{project_id}]")] == [project_id]


@pytest.mark.reference("§4.3")
def test_a_project_lives_and_is_deleted_softly(api: Api) -> None:
    made = ok(api.post(api.v3("projects/"), {"name": "contract project", "account_id": api.account_id}))
    assert made["status"]["code"] == 201
    assert " " in made["data"]["created_at"]
    assert "T" not in made["data"]["created_at"]
    deleted = ok(api.delete(api.v3(f"projects/{made['data']['id']}/")))["data"]
    assert (deleted["id"], deleted["state"]) == (made["data"]["id"], 2)
    assert made["data"]["id"] not in {row["id"] for row in api.data(api.v3("projects/"))}


@pytest.mark.reference("§4.3")
def test_users_are_pages_of_people_with_permissions_and_licences(api: Api) -> None:
    rows = api.data(api.v3("users/"), limit=2)
    assert len(rows) == 2
    assert {"id", "email", "first_name", "last_name", "is_active", "email_verified", "last_login"} <= rows[0].keys()
    assert len(rows[0]["permissions"]) <= 1
    assert isinstance(rows[0]["permissions"][0]["groups"][0]["id"], int)
    assert api.data(api.v3(f"users/{rows[0]['id']}/"))["email"] == rows[0]["email"]


@pytest.mark.reference("§4.3")
def test_groups_and_tokens_are_listed_without_secrets(api: Api) -> None:
    group = api.data(api.v3("groups/"))[0]
    assert {
        "id",
        "name",
        "assign_by_default",
        "sso_mapping_groups",
        "group_permissions",
        "member_count",
    } <= group.keys()
    token = api.data(api.v3("service-tokens/"))[0]
    assert {"id", "uid", "name", "state", "permission_grants", "last_used"} <= token.keys()
    permissions = api.data(api.v3(f"service-tokens/{token['id']}/permissions/"))
    assert isinstance(permissions, list)
    assert api.token not in api.get(api.v3("service-tokens/")).text


@pytest.mark.reference("§4.2")
def test_a_jobs_environment_variables_are_set_shown_and_removed(api: Api, new_job: Json) -> None:
    """Not in the published description; the shape is the one that dbt-jobs-as-code reads and writes."""
    project, job = new_job["project_id"], new_job["id"]
    home = api.v3(f"projects/{project}/environment-variables/")
    body = {
        "account_id": api.account_id,
        "project_id": project,
        "job_definition_id": job,
        "name": "DBT_CONTRACT",
        "type": "job",
        "raw_value": "blue",
    }
    made = api.raw.post(home, json=body)
    assert made.status_code in {200, 201}
    shown = api.data(f"{home}job/", job_definition_id=job)["DBT_CONTRACT"]["job"]
    assert (shown["id"], shown["value"]) == (made.json()["data"]["id"], "blue")
    assert api.delete(f"{home}{shown['id']}/").status_code < 300
    assert not api.data(f"{home}job/", job_definition_id=job).get("DBT_CONTRACT", {}).get("job")
