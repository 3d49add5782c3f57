"""One sandbox with a mail server for all of these tests, its inbox and its vendors set back before each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from slack_sdk import WebClient

from reconciler.sandbox import RunningSandbox, start


@pytest.fixture(scope="package")
def shared_vendors() -> Iterator[RunningSandbox]:
    with start(smtp_port=0) as running:
        yield running


@pytest.fixture
def vendors(shared_vendors: RunningSandbox) -> RunningSandbox:
    shared_vendors.control.mend_channels()
    shared_vendors.control.call("DELETE", "/inbox")
    return shared_vendors


@pytest.fixture
def web(vendors: RunningSandbox) -> Iterator[httpx.Client]:
    """Speak to the vendors: paths begin with the kind."""
    with httpx.Client(base_url=vendors.ready["channels_url"], trust_env=False, timeout=5) as client:
        yield client


@pytest.fixture
def slack(vendors: RunningSandbox) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=f"{vendors.url}/channels/slack/api/")
