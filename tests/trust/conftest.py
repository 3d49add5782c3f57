"""One sandbox process for all tests of trust, back at its first state for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.process_lab import SandboxProcess, sandbox_process
from tests.trust.trust_lab import WatchedPlace


@pytest.fixture(scope="session")
def trust_process() -> Iterator[SandboxProcess]:
    with sandbox_process() as running:
        yield running


@pytest.fixture
def place(trust_process: SandboxProcess, tmp_path: Path) -> WatchedPlace:
    trust_process.fresh()
    return WatchedPlace(folder=tmp_path, sandbox=trust_process)
