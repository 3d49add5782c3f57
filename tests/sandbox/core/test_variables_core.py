import httpx
import pytest

from reconciler.sandbox import RunningSandbox


@pytest.fixture
def base(sandbox: RunningSandbox, v3: str) -> str:
    return f"{v3}/projects/{sandbox.ready['project_id']}/environment-variables/"


def test_an_override_of_a_job_comes_and_goes(sandbox: RunningSandbox, api: httpx.Client, base: str) -> None:
    job_id = sandbox.control.rows("jobs")[0]["id"]
    body = {"name": "DBT_X", "raw_value": "1", "type": "job", "job_definition_id": job_id}
    made = api.post(base, json=body).json()["data"]
    seen = api.get(f"{base}job/", params={"job_definition_id": job_id}).json()["data"]
    assert seen == {"DBT_X": {"job": {"id": made["id"], "value": "1"}}}
    assert api.get(f"{base}job/", params={"job_definition_id": job_id + 1}).json()["data"] == {}
    changed = api.post(f"{base}{made['id']}/", json={**body, "raw_value": "2"}).json()["data"]
    assert (changed["id"], changed["display_value"]) == (made["id"], "2")
    assert api.delete(f"{base}{made['id']}/").status_code == 204
    assert api.get(f"{base}{made['id']}/").status_code == 404


def test_the_same_override_twice_is_refused(api: httpx.Client, base: str) -> None:
    body = {"name": "DBT_X", "raw_value": "1", "type": "project"}
    assert api.post(base, json=body).status_code == 200
    assert api.post(base, json=body).status_code == 400


def test_secret_values_are_not_shown_again(api: httpx.Client, base: str) -> None:
    made = api.post(base, json={"name": "DBT_ENV_SECRET_KEY", "raw_value": "hush", "type": "project"})
    assert "hush" not in made.text
    assert "hush" not in api.get(f"{base}environment/").text


def test_values_by_environment_in_bulk(api: httpx.Client, base: str) -> None:
    assert api.post(
        f"{base}bulk/", json={"env_var": {"new_name": "DBT_Y", "project": "a", "Production": "b"}}
    ).is_success
    found = api.get(f"{base}environment/").json()["data"]
    assert found["environments"] == ["project", "Production", "Staging", "CI", "Development"]
    assert {place: entry["value"] for place, entry in found["variables"]["DBT_Y"].items()} == {
        "project": "a",
        "Production": "b",
    }
    assert api.put(f"{base}bulk/", json={"env_vars": {"name": "DBT_Y", "Production": "c"}}).is_success
    assert api.get(f"{base}environment/").json()["data"]["variables"]["DBT_Y"]["Production"]["value"] == "c"
    assert api.request("DELETE", f"{base}bulk/", json={"name": "DBT_Y"}).is_success
    assert api.get(f"{base}environment/").json()["data"]["variables"] == {}


@pytest.mark.parametrize("body", [{}, {"env_var": []}, {"env_var": {"new_name": "DBT_Z", "Moon": "1"}}])
def test_bulk_nonsense_is_400(api: httpx.Client, base: str, body: dict[str, object]) -> None:
    assert api.post(f"{base}bulk/", json=body).status_code == 400
