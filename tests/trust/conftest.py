"""One sandbox process for all tests of trust, back at its first state for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.process_lab import SandboxProcess, Workplace, sandbox_process


@pytest.fixture(scope="session")
def trust_process() -> Iterator[SandboxProcess]:
    with sandbox_process() as running:
        yield running


@pytest.fixture
def sandbox(trust_process: SandboxProcess) -> SandboxProcess:
    trust_process.fresh()
    return trust_process


@pytest.fixture
def place(sandbox: SandboxProcess, tmp_path: Path) -> Workplace:
    return Workplace(folder=tmp_path, sandbox=sandbox)
