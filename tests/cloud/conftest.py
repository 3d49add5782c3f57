"""One sandbox per module, back at its seed for every test, and a client whose clock only moves when it pauses."""

from collections.abc import Iterator

import pytest

from reconciler.cloud import Reader, Writer, open_client
from reconciler.http import Client
from reconciler.model.secret import Secret
from reconciler.sandbox import RunningSandbox, SandboxOptions, start
from tests.http.http_lab import FakeTime


@pytest.fixture(scope="module")
def options() -> SandboxOptions:
    """What the sandbox of this module is started with; a module overrides it."""
    return SandboxOptions()


@pytest.fixture(scope="module")
def running(options: SandboxOptions) -> Iterator[RunningSandbox]:
    with start(options) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control.reset()
    return running


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[Client]:
    with open_client(host=sandbox.url, token=Secret(sandbox.token), clock=FakeTime().clock()) as client:
        yield client


@pytest.fixture
def reader(client: Client, sandbox: RunningSandbox) -> Reader:
    return Reader(client, sandbox.account_id)


@pytest.fixture
def writer(client: Client, sandbox: RunningSandbox) -> Writer:
    return Writer(client, sandbox.account_id)
