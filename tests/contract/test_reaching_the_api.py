"""Who may ask, in which words, at which address: reference §1.1 to §1.3 and the order of refusals in §1.7."""

import httpx
import pytest

from tests.contract.contract_api import PERMISSIONS, Api, ok

pytestmark = pytest.mark.contract


def send(api: Api, path: str, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    with httpx.Client(base_url=api.raw.base_url, headers=headers, trust_env=False) as bare:
        return bare.get(path)


@pytest.mark.reference("§1.2")
@pytest.mark.parametrize("word", ["Token", "Bearer"])
@pytest.mark.parametrize("path", ["jobs/", "notifications/", "runs/"])
def test_both_token_words_are_accepted(api: Api, word: str, path: str) -> None:
    assert send(api, api.v2(path), f"{word} {api.token}").status_code == 200
    assert send(api, api.v3("webhooks/subscriptions"), f"{word} {api.token}").status_code == 200


@pytest.mark.reference("§1.2")
@pytest.mark.parametrize("header", [None, "{token}", "Basic {token}", "Token", "Bearer wrong", "Token {token}x"])
def test_without_the_word_or_with_a_wrong_token_the_answer_is_401(api: Api, header: str | None) -> None:
    authorization = None if header is None else header.format(token=api.token)
    assert send(api, api.v2("jobs/"), authorization).status_code == 401


@pytest.mark.reference("§1.7")
def test_a_bad_token_is_said_in_the_status_object(api: Api) -> None:
    answer = send(api, api.v2("jobs/"), "Token wrong")
    assert answer.json() == {
        "status": {"code": 401, "is_success": False, "user_message": "Invalid token.", "developer_message": None},
        "data": None,
    }


@pytest.mark.reference("§1.7")
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_another_account_is_403_and_not_404(api: Api, version: str) -> None:
    answer = api.get(f"/api/{version}/accounts/{api.account_id + 1}/projects/")
    assert answer.status_code == 403
    status = answer.json()["status"]
    assert status["user_message"] == "Access denied: Token is not scoped to account."
    assert (status["code"], status["is_success"]) == (403, False)


@pytest.mark.reference("§1.7")
@pytest.mark.parametrize(
    "path",
    ["jobs/1/", "notifications/1/", "runs/1/", "projects/1/", "environments/1/", "steps/1/", "runs/1/artifacts/"],
)
def test_a_missing_object_is_404_with_a_hint_at_permissions(api: Api, path: str) -> None:
    answer = api.get(api.v2(path))
    assert answer.status_code == 404
    assert answer.json()["status"]["user_message"] == PERMISSIONS
    assert answer.json()["status"]["is_success"] is False
    assert answer.json()["data"] is None


@pytest.mark.reference("§8.1")
@pytest.mark.parametrize("path", ["jobs/1/", "notifications/1/", "runs/1/"])
def test_the_token_is_judged_before_the_account_and_the_account_before_the_object(api: Api, path: str) -> None:
    elsewhere = f"/api/v2/accounts/{api.account_id + 1}/{path}"
    assert send(api, elsewhere, "Token wrong").status_code == 401
    assert send(api, elsewhere, f"Token {api.token}").status_code == 403
    assert send(api, api.v2(path), f"Token {api.token}").status_code == 404


@pytest.mark.reference("§1.7")
def test_a_wrong_url_is_404_without_a_status_code_in_the_body(api: Api) -> None:
    answer = api.get(api.v2("no-such-thing/"))
    assert answer.status_code == 404
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    assert not is_json or "code" not in (answer.json().get("status") or {})


@pytest.mark.reference("§1.3")
@pytest.mark.parametrize("path", ["jobs", "notifications", "runs", "projects", "users"])
def test_a_get_without_its_last_slash_is_served_like_the_canonical_path(api: Api, path: str) -> None:
    answer = api.raw.get(api.v2(path), follow_redirects=False)
    assert ok(answer) == ok(api.get(api.v2(f"{path}/")))


@pytest.mark.reference("§1.3")
def test_a_post_without_its_last_slash_is_served_and_never_redirected(api: Api, jobs: dict[str, int]) -> None:
    run = ok(api.raw.post(api.v2(f"jobs/{jobs['slow']}/run"), json={"cause": "no slash"}, follow_redirects=False))[
        "data"
    ]
    cancelled = api.raw.post(api.v2(f"runs/{run['id']}/cancel"), follow_redirects=False)
    assert ok(cancelled)["data"]["id"] == run["id"]


@pytest.mark.reference("§1.3")
def test_a_delete_without_its_last_slash_is_served_like_the_canonical_path(api: Api, throwaway_job: int) -> None:
    gone = api.raw.delete(api.v2(f"jobs/{throwaway_job}"), follow_redirects=False)
    assert (ok(gone)["data"]["id"], ok(gone)["data"]["state"]) == (throwaway_job, 2)
    assert api.get(api.v2(f"jobs/{throwaway_job}/")).status_code == 404


@pytest.mark.reference("§1.3")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("end", ["", "/"])
def test_other_methods_are_refused_in_the_apis_own_shape(api: Api, jobs: dict[str, int], method: str, end: str) -> None:
    answer = api.raw.request(method, api.v2(f"jobs/{jobs['ok']}{end}"), json={})
    assert (answer.status_code, answer.json()["status"]["is_success"]) == (405, False)


@pytest.mark.reference("§1.3")
def test_webhook_paths_have_no_last_slash(api: Api) -> None:
    webhook = api.create_webhook()
    assert api.get(api.v3("webhooks/subscriptions")).status_code == 200
    assert api.get(api.v3(f"webhooks/subscription/{webhook['id']}")).status_code == 200


@pytest.mark.reference("§3.1")
def test_the_collection_is_plural_and_the_item_singular(api: Api) -> None:
    webhook = api.create_webhook()
    assert api.get(api.v3(f"webhooks/subscriptions/{webhook['id']}")).status_code in {404, 405}
    assert api.get(api.v3("webhooks/subscription")).status_code in {404, 405}


@pytest.mark.reference("§1.1")
def test_the_account_says_who_it_is(api: Api) -> None:
    account = api.data(api.v2())
    assert account["id"] == api.account_id
    assert isinstance(account["identifier"], str)
    assert {"static_subdomain", "vanity_subdomain", "plan", "locked"} <= account.keys()


@pytest.mark.reference("§1.1")
def test_the_account_id_needs_more_than_32_bits(api: Api) -> None:
    assert 2**32 < api.account_id < 2**53
    assert len(str(api.account_id)) >= 14


@pytest.mark.reference("§4.3")
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_the_accounts_that_a_token_sees_are_listed(api: Api, version: str) -> None:
    assert [account["id"] for account in api.data(f"/api/{version}/accounts/")] == [api.account_id]


@pytest.mark.reference("§1.2")
def test_whoami_names_the_user_and_its_permissions(api: Api) -> None:
    user = api.data("/api/v2/whoami/")["user"]
    assert user["id"] == api.user_id
    assert "@" in user["email"]
    assert isinstance(user["permissions"], list)


@pytest.mark.reference("§1.7")
def test_a_body_that_is_not_json_is_a_400_and_no_crash(api: Api) -> None:
    answer = api.raw.post(api.v2("notifications/"), content=b"{not json", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["status"]["is_success"] is False


@pytest.mark.reference("§1.7")
@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_a_400(api: Api, body: object) -> None:
    assert api.raw.post(api.v2("notifications/"), json=body).status_code == 400
    assert api.raw.post(api.v3("webhooks/subscriptions"), json=body).status_code == 400
