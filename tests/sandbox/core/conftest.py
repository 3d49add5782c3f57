"""One sandbox per module, set back to its seed before every test; raw HTTP only."""

from collections.abc import Iterator

import httpx
import pytest

from reconciler.sandbox import RunningSandbox, start


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSandbox]:
    with start() as running:
        yield running


@pytest.fixture
def sandbox(shared: RunningSandbox) -> RunningSandbox:
    shared.control.reset()
    return shared


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Speak to the account; `v2`, `v3` in a path stand for the account's base."""
    headers = {"Authorization": f"Token {sandbox.token}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def v2(sandbox: RunningSandbox) -> str:
    return f"/api/v2/accounts/{sandbox.account_id}"


@pytest.fixture
def v3(sandbox: RunningSandbox) -> str:
    return f"/api/v3/accounts/{sandbox.account_id}"
