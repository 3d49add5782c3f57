"""Bad days of the real service, on demand: reference §1.4, §1.5 and §8.10."""

import json

import httpx
import pytest

from reconciler.sandbox import RunningSandbox
from tests.contract.contract_api import PERMISSIONS, Api

pytestmark = pytest.mark.contract


@pytest.fixture
def account(sandbox: RunningSandbox) -> str:
    return f"{sandbox.url}/api/v2/accounts/{sandbox.account_id}"


def ask(sandbox: RunningSandbox, url: str, *, token: str | None = None) -> httpx.Response:
    return httpx.get(url, headers={"Authorization": f"Token {token or sandbox.token}"}, trust_env=False)


@pytest.mark.reference("§8.10")
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_any_status_can_be_asked_for_once(sandbox: RunningSandbox, account: str, status: int) -> None:
    sandbox.control.add_fault(method="GET", path="*/jobs/*", status=status, times=1)
    assert [ask(sandbox, f"{account}/jobs/").status_code for _ in range(2)] == [status, 200]
    assert ask(sandbox, f"{account}/projects/").status_code == 200


@pytest.mark.reference("§1.4")
@pytest.mark.parametrize("header", [{}, {"Retry-After": "7"}])
def test_a_429_has_a_retry_after_or_not(sandbox: RunningSandbox, account: str, header: dict[str, str]) -> None:
    sandbox.control.add_fault(status=429, headers=header, times=1)
    assert ask(sandbox, f"{account}/jobs/").headers.get("Retry-After") == header.get("Retry-After")


@pytest.mark.reference("§1.4")
def test_a_server_error_can_carry_html(sandbox: RunningSandbox, account: str) -> None:
    sandbox.control.add_fault(status=503, times=1)
    answer = ask(sandbox, f"{account}/jobs/")
    assert answer.headers["Content-Type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.reference("§1.4")
@pytest.mark.parametrize(("moment", "created"), [("before", 0), ("after", 1)])
def test_a_failed_trigger_may_have_started_the_run(
    api: Api, sandbox: RunningSandbox, moment: str, created: int
) -> None:
    job = sandbox.ready["slow_job_id"]
    url = f"{sandbox.url}{api.v2(f'jobs/{job}/run/')}"
    before = sandbox.control.counts()["runs"]
    sandbox.control.add_fault(method="POST", path="*/run/", status=502, when=moment, times=1)
    answer = httpx.post(url, json={"cause": "x"}, headers={"Authorization": f"Token {sandbox.token}"}, trust_env=False)
    assert answer.status_code == 502
    assert sandbox.control.counts()["runs"] - before == created


@pytest.mark.reference("§8.10")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_can_break(sandbox: RunningSandbox, account: str, moment: str) -> None:
    sandbox.control.add_fault(reset=moment, times=1)
    with pytest.raises(httpx.TransportError):
        ask(sandbox, f"{account}/jobs/")
    assert ask(sandbox, f"{account}/jobs/").status_code == 200


@pytest.mark.reference("§1.5")
def test_a_page_can_be_short_of_its_total(sandbox: RunningSandbox, account: str) -> None:
    whole = ask(sandbox, f"{account}/jobs/").json()
    sandbox.control.add_fault(path="*/jobs/*", short_page=2, times=1)
    short = ask(sandbox, f"{account}/jobs/").json()
    assert len(short["data"]) == len(whole["data"]) - 2
    assert short["extra"]["pagination"]["total_count"] == whole["extra"]["pagination"]["total_count"]


@pytest.mark.reference("§1.5")
def test_a_row_can_vanish_between_pages(sandbox: RunningSandbox, account: str) -> None:
    first = ask(sandbox, f"{account}/jobs/?limit=10").json()
    sandbox.control.add_fault(path="*/jobs/*", query="offset=10", vanish=True, times=1)
    second = ask(sandbox, f"{account}/jobs/?limit=10&offset=10").json()
    before, after = (page["extra"]["pagination"]["total_count"] for page in (first, second))
    assert after == before - 1


@pytest.mark.reference("§1.7")
def test_what_a_token_may_not_see_is_404_and_in_no_list(sandbox: RunningSandbox, account: str) -> None:
    projects = [row["id"] for row in ask(sandbox, f"{account}/projects/").json()["data"]]
    made = sandbox.control.add_token(project_ids=projects[:1])
    token = made.get("id") or made["token"]
    assert [row["id"] for row in ask(sandbox, f"{account}/projects/", token=token).json()["data"]] == projects[:1]
    seen = ask(sandbox, f"{account}/jobs/", token=token).json()["data"]
    assert {job["project_id"] for job in seen} == set(projects[:1])
    hidden = ask(sandbox, f"{account}/projects/{projects[1]}/", token=token)
    assert (hidden.status_code, hidden.json()["status"]["user_message"]) == (404, PERMISSIONS)
