"""What dbt Labs' Terraform provider sends to URLs that the published description does not have, and reads there.

The OpenAPI judge has nothing to say about them; the facts are those of the provider's client and acceptance tests (TF).
"""

from collections.abc import Iterator

import pytest

from reconciler.sandbox import RunningSandbox
from tests.contract.contract_api import Api, Json, ok

pytestmark = pytest.mark.contract


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[Api]:
    api = Api(
        url=sandbox.url, token=sandbox.token, account_id=sandbox.account_id, user_id=int(sandbox.ready["user_id"])
    )
    yield api
    api.close()


# --- environment variables: pkg/dbt_cloud/environment_variable.go
@pytest.fixture
def variables(api: Api, project_id: int) -> str:
    home = api.v3(f"projects/{project_id}/environment-variables/")
    values = {"new_name": "DBT_TF", "project": "a", "Production": "b"}
    assert api.post(f"{home}bulk/", {"env_var": values}).status_code == 200
    return home


def values_of(api: Api, home: str) -> dict[str, Json]:
    return api.data(f"{home}environment/")["variables"].get("DBT_TF", {})


@pytest.mark.reference("§4.3")
def test_values_are_set_by_the_id_of_a_value_or_by_the_name_of_an_environment(api: Api, variables: str) -> None:
    before = values_of(api, variables)
    asked = {"name": "DBT_TF", str(before["Production"]["id"]): "c", "Staging": "d"}
    ok(api.put(f"{variables}bulk/", {"env_vars": asked}))
    after = values_of(api, variables)
    assert {place: value["value"] for place, value in after.items()} == {
        "project": "a",
        "Production": "c",
        "Staging": "d",
    }
    assert after["Production"]["id"] == before["Production"]["id"]


@pytest.mark.reference("§4.3")
def test_an_empty_value_takes_the_value_away(api: Api, variables: str) -> None:
    value_id = values_of(api, variables)["Production"]["id"]
    ok(api.put(f"{variables}bulk/", {"env_vars": {"name": "DBT_TF", str(value_id): ""}}))
    assert values_of(api, variables).keys() == {"project"}


@pytest.mark.reference("§4.3")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"env_vars": []}, 400),
        ({"env_vars": {"Production": "x"}}, 400),
        ({"env_vars": {"name": "DBT_TF", "Moon": "x"}}, 400),
        ({"env_vars": {"name": "DBT_TF", "1": "x"}}, 400),
        ({"env_vars": {"name": "DBT_TF", "Production": 7}}, 400),
        ({"env_vars": {"name": "DBT_NOBODY", "Production": "x"}}, 404),
    ],
)
def test_what_cannot_be_set_changes_nothing(api: Api, variables: str, body: dict[str, Json], status: int) -> None:
    before = values_of(api, variables)
    assert api.put(f"{variables}bulk/", body).status_code == status
    assert values_of(api, variables) == before


# --- Teams: pkg/dbt_cloud/notification_setting.go
@pytest.fixture
def settings(api: Api) -> str:
    return f"/api/private/accounts/{api.account_id}/notification-settings/"


def teams(**fields: Json) -> dict[str, Json]:
    channel = {"channel_type": "teams", "teams_team_id": "19:a@thread.tacv2", "teams_channel_id": "19:b@thread.tacv2"}
    return {"name": "tf", "is_active": True, "channels": [channel], "rules": [{"trigger_on": "run_warning"}], **fields}


@pytest.mark.reference("§2.8")
def test_a_teams_setting_comes_changes_and_goes(api: Api, settings: str, jobs: dict[str, int]) -> None:
    rule = {"trigger_on": "run_errored", "job_id": jobs["fail"]}
    made = ok(api.post(settings, teams(rules=[rule], description="first")))["data"]
    assert (made["name"], made["description"], made["is_active"]) == ("tf", "first", True)
    assert all(part["id"] for part in (made, *made["channels"], *made["rules"]))
    assert made["rules"][0]["job_name"] == api.data(api.v2(f"jobs/{jobs['fail']}/"))["name"]
    assert api.data(f"{settings}{made['id']}/") == made
    assert made in api.data(settings)
    rules = [*made["rules"], {"trigger_on": "run_warning"}]
    changed = ok(api.raw.patch(f"{settings}{made['id']}/", json=teams(name="new", rules=rules)))["data"]
    assert (changed["name"], [rule["job_id"] for rule in changed["rules"]]) == ("new", [jobs["fail"], None])
    assert changed["rules"][0]["id"] == made["rules"][0]["id"]
    assert api.delete(f"{settings}{made['id']}/").status_code == 204
    gone = [api.get(f"{settings}{made['id']}/"), api.delete(f"{settings}{made['id']}/")]
    assert [answer.status_code for answer in gone] == [404, 404]


@pytest.mark.reference("§2.8")
@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 1025},
        {"channels": [{"channel_type": "pigeon"}]},
        {"rules": [{"trigger_on": "run_maybe"}]},
        {"rules": [{"trigger_on": "run_errored", "job_id": "all"}]},
    ],
)
def test_a_teams_setting_that_makes_no_sense_is_refused(api: Api, settings: str, fields: dict[str, Json]) -> None:
    assert api.post(settings, teams(**fields)).status_code == 400
    assert api.data(settings) == []
