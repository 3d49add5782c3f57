"""The sandbox answers at least what dbt Cloud was recorded to answer: same keys, types and ways to write a time."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.contract_api import Api, Json, ok
from tests.contract.recorded import FIXTURES, recorded_body

pytestmark = pytest.mark.contract

TIMES = {
    "with a T": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"),
    "with a blank": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00"),
    "clock": re.compile(r"\d\d:\d\d:\d\d"),
}
# A project of the sandbox has neither a repository nor a warehouse; their insides are not ours to imitate.
FOREIGN = {"connection", "repository"}
# Related objects come only when asked for, and the answer without them is what was recorded.
KIND = {bool: "bool", int: "int", float: "float", str: "text", list: "list", dict: "object"}


def form(value: Json) -> str:
    if isinstance(value, str):
        return next((name for name, pattern in TIMES.items() if pattern.fullmatch(value)), "text")
    return KIND[type(value)]


def differences(recorded: Json, ours: Json, place: str = "") -> Iterator[str]:
    """Say where `ours` lacks a key of `recorded` or writes a value another way; null stands for any value not set."""
    if recorded is None or ours is None:
        return
    if form(recorded) != form(ours):
        yield f"{place}: recorded {form(recorded)} {recorded!r}, ours {form(ours)} {ours!r}"
    elif isinstance(recorded, dict):
        for key, value in recorded.items():
            if key not in ours:
                yield f"{place}/{key} is missing"
            elif key not in FOREIGN:
                yield from differences(value, ours[key], f"{place}/{key}")
    elif isinstance(recorded, list) and recorded and ours:
        yield from differences(recorded[0], ours[0], f"{place}/0")


def nulls(recorded: Json, ours: Json) -> set[str]:
    """Name the top-level fields that are never null in the recording and are null here."""
    return {key for key, value in recorded.items() if value is not None and ours.get(key, 0) is None}


Ask = Callable[[Api, dict[str, int], int, int, int], Json]

ANSWERS: dict[str, Ask] = {
    "account_list": lambda api, jobs, project, environment, run: ok(api.get("/api/v3/accounts/")),
    "job_get": lambda api, jobs, project, environment, run: ok(api.get(api.v2(f"jobs/{jobs['ok']}/"))),
    "job_list": lambda api, jobs, project, environment, run: ok(api.get(api.v2("jobs/"))),
    "run_get": lambda api, jobs, project, environment, run: ok(api.get(api.v2(f"runs/{run}/"))),
    "project_get": lambda api, jobs, project, environment, run: ok(api.get(api.v3(f"projects/{project}/"))),
    "environment_get": lambda api, jobs, project, environment, run: ok(
        api.get(api.v3(f"projects/{project}/environments/{environment}/"))
    ),
    "environment_list": lambda api, jobs, project, environment, run: ok(api.get(api.v3("environments/"))),
    "run_list_artifacts": lambda api, jobs, project, environment, run: ok(api.get(api.v2(f"runs/{run}/artifacts/"))),
}


@pytest.mark.reference("§1.6")
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_what_the_recorded_one_has(
    api: Api, name: str, jobs: dict[str, int], project_id: int, environment_id: int, finished_run: int
) -> None:
    ours = ANSWERS[name](api, jobs, project_id, environment_id, finished_run)
    assert list(differences(recorded_body(name), ours)) == []


@pytest.mark.reference("§5.3")
def test_a_finished_run_is_filled_in_as_the_recorded_one(api: Api, finished_run: int) -> None:
    run = api.run(finished_run)
    assert nulls(recorded_body("run_get")["data"], run) <= {"git_branch", "git_sha"}


@pytest.mark.reference("§4.2")
def test_a_job_is_filled_in_as_the_recorded_one(api: Api, jobs: dict[str, int]) -> None:
    assert nulls(recorded_body("job_get")["data"], api.data(api.v2(f"jobs/{jobs['ok']}/"))) == set()


@pytest.mark.reference("§4.3")
@pytest.mark.parametrize(("name", "path"), [("project_create", "projects/"), ("project_delete", "projects/{id}/")])
def test_a_project_is_made_and_deleted_as_recorded(api: Api, name: str, path: str) -> None:
    body = {"name": "My test project", "account_id": api.account_id, "dbt_project_subdirectory": "dbt/"}
    made = api.post(api.v3("projects/"), body).json()
    answer = made if name == "project_create" else api.delete(api.v3(path.format(id=made["data"]["id"]))).json()
    assert list(differences(recorded_body(name), answer)) == []
    assert answer["status"] == recorded_body(name)["status"]
    assert answer["data"]["state"] == recorded_body(name)["data"]["state"]


@pytest.mark.reference("§4.3")
def test_an_environment_is_made_and_deleted_as_recorded(api: Api, project_id: int) -> None:
    body = {
        "name": "Test environment",
        "account_id": api.account_id,
        "project_id": project_id,
        "type": "deployment",
        "state": 1,
        "use_custom_branch": False,
        "dbt_version": "1.5.0-latest",
        "supports_docs": False,
    }
    made = api.post(api.v3(f"projects/{project_id}/environments/"), body).json()["data"]
    answer = ok(api.delete(api.v3(f"environments/{made['id']}/")))
    assert list(differences(recorded_body("environment_delete"), answer)) == []
    assert (answer["data"]["id"], answer["data"]["state"]) == (made["id"], 2)


@pytest.mark.reference("§6.2")
@pytest.mark.parametrize("path", sorted((FIXTURES / "webhooks").glob("*.json")), ids=lambda path: path.stem)
def test_the_recorded_webhooks_are_what_the_delivery_tests_describe(path: Path) -> None:
    body = json.loads(path.read_bytes())
    assert isinstance(body["accountId"], int)
    assert all(isinstance(value, str) for key, value in body["data"].items() if key != "runStatusCode")
    assert body["eventId"].startswith("wev_")
    assert len(body["eventId"]) == 31


def test_differences_are_found() -> None:
    assert list(differences({"a": 1, "b": {"c": "x"}}, {"b": {"c": 2}})) == [
        "/a is missing",
        "/b/c: recorded text 'x', ours int 2",
    ]
    assert list(differences({"t": "2021-12-07 10:32:24.326116+00:00"}, {"t": "2021-12-07T10:32:24.326116+00:00"}))
