"""Too many requests: reference §1.4 and §8.10."""

from collections.abc import Iterator

import httpx
import pytest

from reconciler.sandbox import RateLimit, RunningSandbox, SandboxOptions, start

pytestmark = pytest.mark.contract

LIMIT = 20


def sandbox_with(*, send_retry_after: bool) -> SandboxOptions:
    limit = RateLimit(requests=LIMIT, window_seconds=60, cooldown_seconds=300, send_retry_after=send_retry_after)
    return SandboxOptions(clock_speed=0.0, rate_limit=limit)


@pytest.fixture(params=[False, True], ids=["silent", "with Retry-After"])
def limited(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    with start(sandbox_with(send_retry_after=request.param)) as sandbox:
        yield sandbox


@pytest.fixture
def client(limited: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {limited.token}"}
    with httpx.Client(base_url=f"{limited.url}/api/v2/accounts/{limited.account_id}", headers=headers) as client:
        yield client


def exhaust(client: httpx.Client) -> httpx.Response:
    assert {client.get("/projects/").status_code for _ in range(LIMIT)} == {200}
    return client.get("/projects/")


@pytest.mark.reference("§1.4")
def test_one_request_too_many_is_429(limited: RunningSandbox, client: httpx.Client) -> None:
    refused = exhaust(client)
    assert refused.status_code == 429
    assert ("Retry-After" in refused.headers) is limited.state.options.rate_limit.send_retry_after
    assert int(refused.headers.get("Retry-After", 300)) == 300


@pytest.mark.reference("§1.4")
def test_the_account_cools_down_for_five_minutes(limited: RunningSandbox, client: httpx.Client) -> None:
    exhaust(client)
    answers = []
    for seconds in (61, 230, 20):
        limited.control.call("POST", "/clock", json={"advance": seconds})
        answers.append(client.get("/projects/").status_code)
    assert answers == [429, 429, 200]


@pytest.mark.reference("§1.4")
def test_the_limit_counts_a_minute(limited: RunningSandbox, client: httpx.Client) -> None:
    for _ in range(2):
        assert {client.get("/projects/").status_code for _ in range(LIMIT)} == {200}
        limited.control.call("POST", "/clock", json={"advance": 61})


@pytest.mark.reference("§1.4")
def test_the_limit_is_the_accounts_and_webhooks_count_too(limited: RunningSandbox, client: httpx.Client) -> None:
    exhaust(client)
    path = f"{limited.url}/api/v3/accounts/{limited.account_id}/webhooks/subscriptions"
    assert client.get(path).status_code == 429


@pytest.mark.reference("§8.10")
def test_the_control_endpoints_are_apart(limited: RunningSandbox, client: httpx.Client) -> None:
    exhaust(client)
    assert limited.control.call("GET", "/clock")["speed"] == 0


@pytest.mark.reference("§1.4")
def test_the_real_limit_is_5000_a_minute() -> None:
    assert SandboxOptions().rate_limit == RateLimit(requests=5000, window_seconds=60, cooldown_seconds=300)
