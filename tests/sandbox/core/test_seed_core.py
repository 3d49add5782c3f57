from collections.abc import Iterator

import httpx
import pytest

from reconciler.sandbox import RunningSandbox, SandboxOptions
from reconciler.sandbox.seed import fill, main_token
from reconciler.sandbox.state import State

_opened: list[State] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close what `seeded` opened: Python 3.13 tells of a database that is left open."""
    yield
    while _opened:
        _opened.pop().store.close()


def seeded(options: SandboxOptions | None = None) -> State:
    state = State.open(options or SandboxOptions())
    _opened.append(state)
    fill(state)
    return state


def test_the_same_seed_gives_the_same_account() -> None:
    first, second = seeded(SandboxOptions(seed=3)), seeded(SandboxOptions(seed=3))
    assert first.store.dump() == second.store.dump()
    assert first.new_id("wsu_") == second.new_id("wsu_")


def test_another_seed_gives_other_secrets() -> None:
    first, second = seeded(SandboxOptions(seed=3)), seeded(SandboxOptions(seed=4))
    assert main_token(first) != main_token(second)
    assert {row["hmac_secret"] for row in first.store.find("webhooks")}.isdisjoint(
        row["hmac_secret"] for row in second.store.find("webhooks")
    )


def test_filling_twice_changes_nothing() -> None:
    state = seeded()
    before = state.store.dump()
    fill(state)
    assert state.store.dump() == before


def test_an_empty_account_has_people_and_nothing_else() -> None:
    counts = {
        table: seeded(SandboxOptions(seeded=False)).store.count(table)
        for table in ("users", "projects", "jobs", "webhooks")
    }
    assert counts == {"users": 7, "projects": 0, "jobs": 0, "webhooks": 0}


@pytest.mark.parametrize(
    ("project", "environment", "name"),
    [
        ("Finance", "Production", "Daily Revenue"),
        ("Finance", "Production", "Month Close"),
        ("Finance", "Production", "Quarter Close"),
        ("Finance", "Production", "Hourly Orders"),
        ("Finance", "CI", "CI Finance"),
    ],
)
def test_the_jobs_that_the_policy_language_names(project: str, environment: str, name: str) -> None:
    store = seeded().store
    projects = {row["id"]: row["name"] for row in store.find("projects")}
    environments = {row["id"]: row["name"] for row in store.find("environments")}
    places = [
        (projects[row["project_id"]], environments[row["environment_id"]], row["name"]) for row in store.find("jobs")
    ]
    assert (project, environment, name) in places


@pytest.mark.parametrize("email", ["maria@acme.example", "platform@acme.example"])
def test_the_people_that_the_policy_language_names(email: str) -> None:
    row = seeded().store.first("users", {"email": email})
    assert row is not None
    assert row["is_active"]


def test_three_projects_and_about_thirty_jobs() -> None:
    store = seeded().store
    assert [row["name"] for row in store.find("projects")] == ["Finance", "Growth", "Platform"]
    assert 28 <= store.count("jobs", {"state": 1}) <= 32
    assert {row["deployment_type"] for row in store.find("environments")} == {"production", "staging", None}


def test_the_oddities_of_real_accounts() -> None:
    store = seeded().store
    rows = store.find("notifications")
    jobs = {row["id"] for row in store.find("jobs", {"state": 1})}
    edges = {
        job for row in rows for name in ("on_failure", "on_success", "on_cancel", "on_warning") for job in row[name]
    }
    gone = {row["id"] for row in store.find("users", {"is_active": False})}
    assert edges - jobs, "a dangling job id"
    assert any(row["type"] == 4 and row["external_email"] is None for row in rows)
    assert any(row["user_id"] in gone and row["type"] == 1 for row in rows)
    assert any(row["state"] == 2 for row in rows)
    assert any(not row["active"] and row["deactivate_reason"] for row in store.find("webhooks"))
    assert any(not row["job_ids"] for row in store.find("webhooks"))
    assert any("[[" in row["name"] for row in store.find("jobs"))
    assert store.count("jobs", {"state": 2}) == 1
    assert any(row["deactivated"] for row in store.find("jobs"))


def test_the_policys_recipients_hold_foreign_edges() -> None:
    store = seeded().store
    linker = (store.first("users", {"email": "platform@acme.example"}) or {})["id"]
    maria = (store.first("users", {"email": "maria@acme.example"}) or {})["id"]
    for where in (
        {"type": 1, "user_id": maria},
        {"type": 4, "external_email": "finance-data@acme.example"},
        {"type": 2, "slack_channel_id": "C0123456789", "user_id": linker},
    ):
        row = store.first("notifications", where)
        assert row is not None, where
        assert row["on_failure"], where


def test_the_ready_line_names_things_that_are_there(
    sandbox: RunningSandbox, api: httpx.Client, v2: str, v3: str
) -> None:
    ready = sandbox.ready
    assert len(str(ready["account_id"])) == 14
    for name in ("fail_job_id", "warn_job_id", "slow_job_id"):
        assert api.get(f"{v2}/jobs/{ready[name]}/").json()["data"]["state"] == 1
    environment = api.get(f"{v3}/environments/{ready['environment_id']}/").json()["data"]
    assert (environment["project_id"], environment["deployment_type"]) == (ready["project_id"], "production")
    assert api.get(f"{v2}/users/{ready['user_id']}/").json()["data"]["email"] == "platform@acme.example"


def test_every_seeded_object_answers_by_itself(sandbox: RunningSandbox, api: httpx.Client, v2: str, v3: str) -> None:
    for path in (f"{v2}/jobs/", f"{v2}/notifications/", f"{v3}/projects/", f"{v3}/environments/", f"{v3}/groups/"):
        for row in api.get(path).json()["data"]:
            assert api.get(f"{path}{row['id']}/").status_code == 200
