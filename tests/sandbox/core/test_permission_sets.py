"""What a token sees and writes, by the permission sets it holds (reference §1.2)."""

import httpx
import pytest

from reconciler.sandbox import RunningSandbox

PATHS = {
    "jobs": "/api/v2/accounts/{}/jobs/",
    "projects": "/api/v3/accounts/{}/projects/",
    "members": "/api/v3/accounts/{}/users/",
    "notifications": "/api/v2/accounts/{}/notifications/",
    "webhooks": "/api/v3/accounts/{}/webhooks/subscriptions",
    "runs": "/api/v2/accounts/{}/runs/",
    "account": "/api/v2/accounts/{}/",
}
READS = {
    "account_admin": set(PATHS),
    "account_viewer": set(PATHS) - {"webhooks"},
    "notification_manager": {"members", "notifications"},
    "webhooks_only": {"webhooks"},
    "job_viewer": {"jobs", "projects", "runs"},
    "developer": {"jobs", "projects", "runs", "members", "webhooks"},
    "metadata_only": set[str](),
    "job_viewer,notification_manager": {"jobs", "projects", "runs", "members", "notifications"},
}


def answers(sandbox: RunningSandbox, permission: str, method: str, path: str) -> int:
    token = sandbox.control.add_token(permission=permission)["token"]
    url = sandbox.url + path.format(sandbox.ready["account_id"])
    return httpx.request(method, url, json={}, headers={"Authorization": f"Token {token}"}, trust_env=False).status_code


@pytest.mark.parametrize("permission", READS)
def test_a_set_reads_its_areas_and_nothing_else(sandbox: RunningSandbox, permission: str) -> None:
    seen = {area for area, path in PATHS.items() if answers(sandbox, permission, "GET", path) == 200}
    assert seen == READS[permission]


@pytest.mark.parametrize(
    ("permission", "area", "status"),
    [
        ("account_viewer", "notifications", 403),
        ("notification_manager", "notifications", 400),
        ("webhooks_only", "webhooks", 400),
        ("developer", "webhooks", 400),
        ("account_viewer", "webhooks", 404),
        ("job_viewer", "jobs", 403),
    ],
)
def test_a_write_is_refused_before_its_body_is_looked_at(
    sandbox: RunningSandbox, permission: str, area: str, status: int
) -> None:
    assert answers(sandbox, permission, "POST", PATHS[area]) == status


def test_a_set_that_does_not_exist_is_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.control.add_token(permission="account_viewer,nobody")
    assert caught.value.response.status_code == 400


def test_anybody_may_ask_who_they_are(sandbox: RunningSandbox) -> None:
    assert answers(sandbox, "metadata_only", "GET", "/api/v2/whoami/") == 200
