import time

import httpx
import pytest

from reconciler.sandbox import RunningSandbox, start


def get(sandbox: RunningSandbox, token: str, path: str) -> httpx.Response:
    return httpx.get(f"{sandbox.url}{path}", headers={"Authorization": f"Token {token}"}, trust_env=False)


def test_a_token_that_sees_fewer_projects(sandbox: RunningSandbox, v2: str, v3: str) -> None:
    project_id = sandbox.ready["project_id"]
    token = sandbox.control.add_token(project_ids=[project_id])["token"]
    projects = get(sandbox, token, f"{v3}/projects/").json()
    assert [row["id"] for row in projects["data"]] == [project_id]
    jobs = get(sandbox, token, f"{v2}/jobs/").json()
    assert {row["project_id"] for row in jobs["data"]} == {project_id}
    assert jobs["extra"]["pagination"]["total_count"] == len(jobs["data"])
    assert get(sandbox, token, f"{v2}/jobs/{sandbox.ready['fail_job_id']}/").status_code == 404
    assert get(sandbox, token, f"{v2}/jobs/?project_id={projects['data'][0]['id'] + 1}").json()["data"] == []
    assert get(sandbox, token, f"{v2}/jobs/?project_id__in=[{project_id + 1}]").json()["data"] == []


@pytest.mark.parametrize(
    ("permission", "status"), [("readonly", 403), ("account_viewer", 403), ("job_viewer", 404), ("webhooks_only", 404)]
)
def test_a_token_that_may_do_less(sandbox: RunningSandbox, v2: str, permission: str, status: int) -> None:
    token = sandbox.control.add_token(permission=permission)["token"]
    answer = httpx.post(
        f"{sandbox.url}{v2}/notifications/", json={}, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    assert answer.status_code == status


def test_webhooks_only_means_webhooks(sandbox: RunningSandbox, v2: str, v3: str) -> None:
    token = sandbox.control.add_token(permission="webhooks_only")["token"]
    assert get(sandbox, token, f"{v3}/webhooks/subscriptions").status_code == 200
    assert get(sandbox, token, f"{v2}/jobs/").status_code == 404


def test_rows_can_be_made_by_hand(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    row = sandbox.control.rows("notifications")[0]
    changed = sandbox.control.change("notifications", row["id"], on_failure=[1, 2, 3])
    assert api.get(f"{v2}/notifications/{row['id']}/").json()["data"]["on_failure"] == [1, 2, 3]
    sandbox.control.put("notifications", {**changed, "id": 5, "user_id": 999})
    assert api.get(f"{v2}/notifications/5/").json()["data"]["user"] is None
    sandbox.control.remove("notifications", 5)
    assert api.get(f"{v2}/notifications/5/").status_code == 404


def test_a_user_can_leave(sandbox: RunningSandbox, api: httpx.Client, v3: str) -> None:
    user_id = sandbox.ready["user_id"]
    sandbox.control.change("users", user_id, is_active=False)
    assert api.get(f"{v3}/users/{user_id}/").json()["data"]["is_active"] is False


@pytest.mark.parametrize("path", ["/objects/secrets", "/objects/jobs/1", "/objects/jobs/x", "/nothing"])
def test_what_is_not_there_is_404(sandbox: RunningSandbox, path: str) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.control.call("GET", path)
    assert caught.value.response.status_code == 404


def test_an_id_cannot_be_added_twice(sandbox: RunningSandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.control.put_many("projects", [{"id": sandbox.ready["project_id"]}])
    assert caught.value.response.status_code == 400


def test_a_dump_comes_back(sandbox: RunningSandbox) -> None:
    image = sandbox.control.dump()
    sandbox.control.change("users", sandbox.ready["user_id"], is_active=False)
    assert sandbox.control.dump() != image
    sandbox.control.load(image)
    assert sandbox.control.dump() == image


def test_what_is_no_dump_changes_nothing(sandbox: RunningSandbox) -> None:
    image = sandbox.control.dump()
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.control.load({"tables": {}})
    assert sandbox.control.dump() == image


def test_reset_goes_back_to_the_seed(sandbox: RunningSandbox) -> None:
    image = sandbox.control.dump()
    sandbox.control.generate(jobs=5)
    sandbox.control.settings(latency_ms=5)
    sandbox.control.add_fault(status=500)
    sandbox.control.reset()
    assert sandbox.control.dump() == image
    assert sandbox.control.call("GET", "/faults") == {"faults": []}
    assert sandbox.control.settings()["latency_ms"] == 0


def test_a_large_account_is_made_quickly_and_served_in_pages(
    sandbox: RunningSandbox, api: httpx.Client, v2: str
) -> None:
    begun = time.monotonic()
    made = sandbox.control.generate(jobs=2000, recipients=40, edges=10000)
    assert made == {"jobs": 2000, "recipients": 40, "edges": 10000}
    assert time.monotonic() - begun < 3
    page = api.get(f"{v2}/jobs/", params={"limit": 100, "offset": 1900}).json()
    assert len(page["data"]) == 100
    assert page["extra"]["pagination"]["total_count"] == 2030
    single = api.get(f"{v2}/jobs/{page['data'][0]['id']}/").json()["data"]
    listed = page["data"][0]
    assert {**listed, "next_run_humanized": None} == {**single, "next_run_humanized": None}


@pytest.mark.parametrize("host", ["sandbox.example", "evil.example:80", "10.0.0.1", ""])
def test_a_rebound_name_is_kept_out(sandbox: RunningSandbox, host: str) -> None:
    answer = httpx.get(f"{sandbox.url}/_sandbox/counts", headers={"Host": host}, trust_env=False)
    assert answer.status_code == 403


def test_the_control_token_is_asked_for() -> None:
    with start(control_token="open-sesame", seeded=False) as guarded:
        assert guarded.control.counts()["accounts"] == 1
        answer = httpx.get(f"{guarded.url}/_sandbox/counts", trust_env=False)
        assert answer.status_code == 403
