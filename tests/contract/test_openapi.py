"""Every operation of the published description answers, and answers as described.

The other contract tests have each of their answers judged too (conftest.py); this one makes sure that none is left out.
"""

import pytest

from tests.contract.contract_api import Api, Json, ok
from tests.contract.contract_lab import Lab
from tests.contract.contract_receiver import Receiver
from tests.contract.openapi_judge import Judge, Operation

pytestmark = pytest.mark.contract


def walk_accounts(api: Api) -> None:
    for path in ("/api/v2/accounts/", "/api/v3/accounts/", "/api/v2/whoami/", api.v2(), api.v3("groups/")):
        api.data(path)
    group = api.data(api.v3("groups/"))[0]["id"]
    token = api.data(api.v3("service-tokens/"))[0]["id"]
    for path in (f"groups/{group}/", f"service-tokens/{token}/", f"service-tokens/{token}/permissions/"):
        api.data(api.v3(path))
    for path in (api.v2("users/"), api.v3("users/"), api.v3(f"users/{api.user_id}/"), f"/api/v2/users/{api.user_id}/"):
        api.data(path)
    ok(api.post("/api/v2/notifications/unsubscribe/"))


def walk_places(api: Api, project: int, environment: int) -> None:
    for version in (api.v2, api.v3):
        for path in ("projects/", f"projects/{project}/", "environments/", f"environments/{environment}/"):
            api.data(version(path))
    home = f"projects/{project}/environments/"
    api.data(api.v3(home))
    api.data(api.v3(f"{home}{environment}/"))
    made = api.post(api.v3("projects/"), {"name": "walked", "account_id": api.account_id}).json()["data"]
    body = {"name": "walked", "type": "deployment", "account_id": api.account_id, "project_id": made["id"]}
    body |= {"dbt_version": "latest", "use_custom_branch": False, "supports_docs": False, "state": 1}
    mine = f"projects/{made['id']}/environments/"
    kept, gone = (api.post(api.v3(mine), body).json()["data"]["id"] for _ in range(2))
    ok(api.post(api.v3(f"{mine}{kept}/"), {**body, "name": "renamed"}))
    ok(api.delete(api.v3(f"{mine}{kept}/")))
    ok(api.delete(api.v3(f"environments/{gone}/")))
    ok(api.post(api.v3(f"projects/{made['id']}/"), {"name": "renamed", "account_id": api.account_id}))
    ok(api.delete(api.v3(f"projects/{made['id']}/")))
    walk_places_of_v2(api)


def walk_places_of_v2(api: Api) -> None:
    project = ok(api.post(api.v2("projects/"), {"name": "walked"}))["data"]["id"]
    environment = ok(api.post(api.v2("environments/"), {"name": "walked", "project_id": project}))["data"]["id"]
    for path in (f"environments/{environment}/", f"projects/{project}/"):
        ok(api.post(api.v2(path), {"name": "renamed", "project_id": project}))
        assert api.delete(api.v2(path)).status_code == 204


def walk_jobs(api: Api, job_id: int) -> None:
    api.data(api.v2("jobs/"))
    job = api.data(api.v2(f"jobs/{job_id}/"))
    writable = {key: value for key, value in job.items() if value is not None} | {"id": None, "name": "walked"}
    made = ok(api.post(api.v2("jobs/"), writable))["data"]["id"]
    ok(api.post(api.v2(f"jobs/{made}/"), writable | {"id": made, "name": "renamed"}))
    variables = api.v3(f"projects/{job['project_id']}/environment-variables/")
    where = {"account_id": api.account_id, "project_id": job["project_id"], "job_definition_id": made}
    variable = {**where, "name": "DBT_WALKED", "type": "job", "raw_value": "1"}
    variable_id = api.post(variables, variable).json()["data"]["id"]
    ok(api.post(f"{variables}{variable_id}/", variable | {"id": variable_id, "raw_value": "2"}))
    api.data(f"{variables}job/", job_definition_id=made)
    assert api.delete(f"{variables}{variable_id}/").is_success
    ok(api.delete(api.v2(f"jobs/{made}/")))


def walk_runs(api: Api, lab: Lab, fail: int, slow: int) -> None:
    run = lab.finish(api.trigger(fail)["id"])["id"]
    api.data(api.v2("runs/"))
    rich = api.run(run, include_related="trigger,job,environment,run_steps,audit")
    api.data(api.v2(f"steps/{rich['run_steps'][0]['id']}/"))
    api.data(api.v2(f"runs/{run}/artifacts/"))
    for path in (f"runs/{run}/artifacts/run_results.json", f"jobs/{fail}/artifacts/run_results.json"):
        assert api.get(api.v2(path)).is_success
    api.data(api.v2(f"runs/{run}/retry/"))
    ok(api.post(api.v2(f"runs/{run}/retry/")))
    lab.settle()
    ok(api.post(api.v2(f"jobs/{fail}/rerun/")))
    ok(api.post(api.v2(f"runs/{api.trigger(slow)['id']}/cancel/")))


def walk_notifications(api: Api) -> None:
    made = api.create_notification(type=4, external_email="walked@acme.example")
    path = api.v2(f"notifications/{made['id']}/")
    body = api.notification_body(type=4, external_email="walked@acme.example")
    for answer in (api.get(path), api.post(path, body), api.get(api.v2("notifications/"))):
        ok(answer)
    assert api.delete(path).status_code == 204


def walk_webhooks(api: Api, lab: Lab, receiver: Receiver) -> None:
    made = api.create_webhook(receiver.url, job_ids=[])
    api.put_webhook(api.webhook(made["id"]), name="renamed")
    api.data(api.v3("webhooks/subscriptions"))
    event = api.data(api.v3(f"webhooks/subscription/{made['id']}/test"))["event_id"]
    lab.wait_for(lambda: bool(receiver.deliveries))
    lab.settle()
    api.data(api.v3(f"webhooks/subscription/{made['id']}/events"))
    receipt = api.data(api.v3(f"webhooks/subscription/{made['id']}/event/{event}/receipt"))[0]["id"]
    for path in (f"event/{event}", f"event/{event}/receipts", f"receipt/{receipt}"):
        api.data(api.v3(f"webhooks/{path}"))
    ok(api.delete(api.v3(f"webhooks/subscription/{made['id']}")))


def test_every_operation_answers_as_described(
    api: Api,
    lab: Lab,
    judge: Judge,
    receiver: Receiver,
    jobs: dict[str, int],
    project_id: int,
    environment_id: int,
) -> None:
    walk_accounts(api)
    walk_places(api, project_id, environment_id)
    walk_jobs(api, jobs["ok"])
    walk_runs(api, lab, jobs["fail"], jobs["slow"])
    walk_notifications(api)
    walk_webhooks(api, lab, receiver)
    every = {name(operation) for document in judge.documents.values() for operation in document.operations}
    assert sorted(every - answered(api, judge)) == []


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.template}"


def answered(api: Api, judge: Judge) -> set[str]:
    """Name the operations that answered with a documented success."""
    found = [(exchange, judge.find(exchange)) for exchange in api.exchanges if exchange.status < 300]
    return {name(operation[1]) for _, operation in found if operation is not None}


@pytest.mark.reference("§1.6")
@pytest.mark.parametrize("related", ["environment", "custom_environment_variables", "most_recent_run", "all,of,it"])
def test_jobs_with_related_objects_are_as_described_too(api: Api, jobs: dict[str, int], related: Json) -> None:
    api.trigger(jobs["ok"])
    assert api.data(api.v2("jobs/"), include_related=related)


@pytest.mark.reference("§1.6")
@pytest.mark.parametrize("state", ["pending", "running", "done", "cancelled"])
def test_runs_in_every_state_are_as_described(api: Api, lab: Lab, jobs: dict[str, int], state: str) -> None:
    run = api.trigger(jobs["slow"])["id"]
    if state == "running":
        lab.advance(0.9)
    elif state == "done":
        lab.settle()
    elif state == "cancelled":
        ok(api.post(api.v2(f"runs/{run}/cancel/")))
    assert api.run(run, include_related="trigger,job,environment,run_steps,audit,debug_logs,run_retries")["id"] == run
