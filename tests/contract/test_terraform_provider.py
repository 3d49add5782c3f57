"""Shapes and effects that dbt Labs' Terraform provider relies on, by its client and its acceptance tests (TF)."""

import pytest

from tests.contract.contract_api import Api, Json, ok

pytestmark = pytest.mark.contract

TWO_LISTS = ("jobs", "custom_environment_variables")


def job_body(api: Api, project_id: int, environment_id: int, **fields: Json) -> dict[str, Json]:
    place = {"account_id": api.account_id, "project_id": project_id, "environment_id": environment_id}
    triggers = {"github_webhook": False, "git_provider_webhook": False, "schedule": False, "on_merge": False}
    settings = {"threads": 4, "target_name": "default"}
    rest = {"name": "TF", "state": 1, "triggers": triggers, "settings": settings, "generate_docs": False}
    return {**place, **rest, "execute_steps": ["dbt build"], **fields}


def made_job(api: Api, project_id: int, environment_id: int, **fields: Json) -> Json:
    body = job_body(api, project_id, environment_id, **fields)
    answer = ok(api.post(api.v2("jobs/"), body))["data"]
    read = api.data(api.v2(f"jobs/{answer['id']}/"))
    assert read["cost_optimization_features"] == answer["cost_optimization_features"]
    return answer


# --- environments: pkg/dbt_cloud/environment.go
@pytest.mark.reference("§4.3")
def test_an_environment_of_v3_has_no_lists_of_jobs_and_variables(
    api: Api, project_id: int, environment_id: int
) -> None:
    """TF reads both as text: an array, even an empty one, breaks it. The description of v3 has neither."""
    home = api.v3(f"projects/{project_id}/environments/")
    made = ok(api.post(home, {"name": "tf", "type": "development", "dbt_version": "latest"}))["data"]
    in_a_job = api.data(api.v2("jobs/"), environment_id=environment_id, include_related="[environment]")[0]
    shown = [
        made,
        api.data(f"{home}{environment_id}/"),
        *api.data(api.v3("environments/"), project_id=project_id),
        in_a_job["environment"],
    ]
    assert [name for environment in shown for name in TWO_LISTS if environment.get(name) is not None] == []


@pytest.mark.reference("§1.8")
def test_an_environment_of_v2_has_them(api: Api, environment_id: int) -> None:
    shown = [api.data(api.v2(f"environments/{environment_id}/")), *api.data(api.v2("environments/"))]
    assert {type(environment[name]) for environment in shown for name in TWO_LISTS} == {list}


@pytest.mark.reference("§1.8")
@pytest.mark.parametrize("kind", ["projects", "environments"])
def test_v2_writes_too_and_its_delete_says_nothing(api: Api, project_id: int, kind: str) -> None:
    made = ok(api.post(api.v2(f"{kind}/"), {"name": "tf", "project_id": project_id}))["data"]
    gone = [api.delete(api.v2(f"{kind}/{made['id']}/")) for _ in range(2)]
    assert [(answer.status_code, bool(answer.content)) for answer in gone] == [(204, False), (404, True)]


# --- jobs: pkg/dbt_cloud/job.go, pkg/framework/objects/job
@pytest.mark.reference("§4.2")
@pytest.mark.parametrize(
    ("weekdays", "days"), [("0,1,2,3,4,5,6", [0, 1, 2, 3, 4, 5, 6]), ("1,3,5", [1, 3, 5]), ("*", None), ("1-5", None)]
)
def test_the_days_of_an_interval_are_read_from_its_cron_line(
    api: Api, project_id: int, environment_id: int, weekdays: str, days: list[int] | None
) -> None:
    date = {"type": "interval_cron", "cron": f"4 */5 * * {weekdays}"}
    schedule = {"cron": "", "date": date, "time": {"type": "every_hour", "interval": 5}}
    made = made_job(api, project_id, environment_id, schedule=schedule)
    assert (made["schedule"]["cron"], made["schedule"]["date"].get("days")) == (date["cron"], days)


@pytest.mark.reference("§4.2")
@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (["state_aware_orchestration"], ["state_aware_orchestration"]),
        (["dbt_state"], ["dbt_state"]),
        (["state_aware_orchestration", "dbt_state"], ["dbt_state"]),
    ],
)
def test_optimizations_win_over_the_older_flag(
    api: Api, project_id: int, environment_id: int, asked: list[str], kept: list[str]
) -> None:
    made = made_job(api, project_id, environment_id, cost_optimization_features=asked, force_node_selection=True)
    assert (made["cost_optimization_features"], made["force_node_selection"]) == (kept, False)


@pytest.mark.reference("§4.2")
@pytest.mark.parametrize("kind", ["ci", "merge"])
def test_ci_and_merge_jobs_take_dbt_state_and_nothing_else(
    api: Api, project_id: int, environment_id: int, kind: str
) -> None:
    made = made_job(api, project_id, environment_id, job_type=kind, cost_optimization_features=["dbt_state"])
    assert (made["job_type"], made["cost_optimization_features"]) == (kind, ["dbt_state"])
    features = ["state_aware_orchestration"]
    body = job_body(api, project_id, environment_id, job_type=kind, cost_optimization_features=features)
    assert api.post(api.v2("jobs/"), body).status_code == 405
