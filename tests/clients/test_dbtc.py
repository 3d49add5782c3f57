"""dbtc manages notifications and webhooks of the sandbox and reads its runs, as it does those of dbt Cloud."""

import pytest

from reconciler.sandbox import RunningSandbox
from tests.clients.dbtc_client import Dbtc, RaisedError
from tests.contract.contract_api import Json


def settle(sandbox: RunningSandbox) -> None:
    sandbox.control.call("POST", "/idle", json={"fast": True})


def notification(sandbox: RunningSandbox, **fields: Json) -> dict[str, Json]:
    lists: dict[str, list[int]] = {name: [] for name in ("on_success", "on_failure", "on_cancel", "on_warning")}
    owner = {"account_id": sandbox.account_id, "user_id": sandbox.ready["user_id"]}
    return {**owner, "type": 4, "external_email": "dbtc@acme.example", "state": 1, **lists, **fields}


def test_notifications_live_from_creation_to_deletion(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    job = sandbox.ready["fail_job_id"]
    made = dbtc.data("create_notification", notification(sandbox))
    assert dbtc.data("get_notification", made["id"])["external_email"] == "dbtc@acme.example"
    found = dbtc.data("list_notifications", external_email="dbtc@acme.example", limit=1)
    assert [row["id"] for row in found] == [made["id"]]
    body = notification(sandbox, on_failure=[job])
    assert dbtc.data("update_notification", made["id"], body)["on_failure"] == [job]
    with pytest.raises(RaisedError) as empty:  # dbtc parses even the empty body of a 204
        dbtc.call("delete_notification", made["id"])
    assert empty.value.kind == "JSONDecodeError"
    assert dbtc.call("get_notification", made["id"])["status"]["code"] == 404


def test_a_list_of_notifications_is_paged(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    total = dbtc.call("list_notifications", limit=1)["extra"]["pagination"]["total_count"]
    pages = [dbtc.data("list_notifications", limit=2, offset=offset) for offset in range(0, total, 2)]
    assert len({row["id"] for page in pages for row in page}) == total > 2


def test_webhooks_live_from_creation_to_deletion(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    body = {"name": "dbtc", "client_url": "https://x.example", "event_types": ["job.run.completed"], "active": True}
    made = dbtc.data("create_webhook", body)
    assert made["hmac_secret"]
    assert made["job_ids"] == []
    assert "hmac_secret" not in dbtc.data("get_webhook", made["id"])
    assert made["id"] in {row["id"] for row in dbtc.data("list_webhooks", limit=100)}
    changed = dbtc.data("update_webhook", made["id"], body | {"active": False, "id": made["id"]})
    assert changed["active"] is False
    assert dbtc.data("test_webhook", made["id"])["event_id"].startswith("wev_")
    assert dbtc.data("delete_webhook", made["id"]) == {"id": made["id"]}
    assert dbtc.call("get_webhook", made["id"])["status"]["code"] == 404


def test_a_run_is_triggered_followed_and_read(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    job = sandbox.ready["fail_job_id"]
    run = dbtc.data("trigger_job", job, {"cause": "dbtc"}, should_poll=False)
    assert run["status"] == 1
    settle(sandbox)
    related = ["trigger", "job", "environment", "run_steps", "debug_logs"]
    ended = dbtc.data("get_run", run["id"], include_related=related)
    assert (ended["status"], ended["job"]["id"], ended["trigger"]["cause"]) == (20, job, "dbtc")
    assert ended["run_steps"]
    latest = dbtc.data("get_most_recent_run", job_definition_id=job, status=["error", "success"])
    assert latest["id"] == run["id"]
    assert [row["id"] for row in dbtc.data("list_runs", job_definition_id=job, order_by="-id", limit=1)] == [run["id"]]


def test_runs_of_several_projects_are_listed(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    for word in ("fail", "warn"):
        dbtc.data("trigger_job", sandbox.ready[f"{word}_job_id"], {"cause": "dbtc"}, should_poll=False)
    settle(sandbox)
    projects = [row["id"] for row in dbtc.data("list_projects")]
    found = dbtc.data("list_runs", project_id=projects, status="success")
    assert found
    assert {run["status"] for run in found} == {10}


def test_a_run_is_cancelled_and_retried(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    slow = dbtc.data("trigger_job", sandbox.ready["slow_job_id"], {"cause": "dbtc"}, should_poll=False)
    assert dbtc.data("cancel_run", slow["id"])["status"] == 30
    failed = dbtc.data("trigger_job", sandbox.ready["fail_job_id"], {"cause": "dbtc"}, should_poll=False)
    settle(sandbox)
    again = dbtc.data("trigger_job_from_failure", sandbox.ready["fail_job_id"], should_poll=False)
    assert again["retrying_run_id"] == failed["id"]


def test_artifacts_are_listed_and_read(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    run = dbtc.data("trigger_job", sandbox.ready["warn_job_id"], {"cause": "dbtc"}, should_poll=False)
    settle(sandbox)
    assert "run_results.json" in dbtc.data("list_run_artifacts", run["id"])
    results = dbtc.call("get_run_artifact", run["id"], "run_results.json")
    assert "warn" in {result["status"] for result in results["results"]}
    manifest = dbtc.call(
        "get_most_recent_run_artifact", "manifest.json", job_definition_id=sandbox.ready["warn_job_id"]
    )
    assert manifest["metadata"]["dbt_schema_version"].endswith(".json")


@pytest.mark.parametrize(
    "method",
    [
        "get_account",
        "list_projects",
        "list_jobs",
        "list_users",
        "list_groups",
        "list_environments_by_account",
        "list_service_tokens",
    ],
)
def test_what_is_read_beside_them(dbtc: Dbtc, method: str) -> None:
    assert dbtc.data(method)


def test_places_are_read_one_by_one(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    ready = sandbox.ready
    assert dbtc.data("get_project", ready["project_id"])["id"] == ready["project_id"]
    assert dbtc.data("get_environment", ready["project_id"], ready["environment_id"])["id"] == ready["environment_id"]
    assert dbtc.data("list_environments", ready["project_id"], deployment_type="production")
    assert dbtc.data("get_job", ready["fail_job_id"])["id"] == ready["fail_job_id"]
    assert dbtc.data("get_user", ready["user_id"])["id"] == ready["user_id"]
    token = dbtc.data("list_service_tokens")[0]["id"]
    assert dbtc.data("get_service_token", token)["id"] == token
    assert isinstance(dbtc.data("list_service_token_permissions", token), list)


def test_jobs_are_made_changed_and_deleted(dbtc: Dbtc, sandbox: RunningSandbox) -> None:
    template = dbtc.data("get_job", sandbox.ready["fail_job_id"])
    body = {key: value for key, value in template.items() if value is not None} | {"name": "dbtc", "id": None}
    made = dbtc.data("create_job", body)
    assert dbtc.data("update_job", made["id"], body | {"id": made["id"], "name": "dbtc again"})["name"] == "dbtc again"
    assert dbtc.data("delete_job", made["id"])["state"] == 2
