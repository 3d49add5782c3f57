"""One sandbox process for all scenarios of a session, back at its first state for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox
from tests.scenarios.alert_lab import AlertDesk, alert_sandbox
from tests.scenarios.conformity_lab import bench, bench_with, conformity_sandbox
from tests.scenarios.language_desk import Desk
from tests.scenarios.process_lab import SandboxProcess, Workplace, sandbox_process

__all__ = ["bench", "bench_with", "conformity_sandbox", "desk", "place", "sandbox", "scenario_process"]


@pytest.fixture(scope="session")
def scenario_process() -> Iterator[SandboxProcess]:
    with sandbox_process() as running:
        yield running


@pytest.fixture
def sandbox(scenario_process: SandboxProcess) -> SandboxProcess:
    scenario_process.fresh()
    return scenario_process


@pytest.fixture
def place(sandbox: SandboxProcess, tmp_path: Path) -> Workplace:
    return Workplace(folder=tmp_path, sandbox=sandbox)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk.at(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="package")
def vendors() -> Iterator[RunningSandbox]:
    """Yield dbt Cloud and every vendor; each `alert_desk` begins at their first state."""
    yield from alert_sandbox()


@pytest.fixture
def alert_desk(
    vendors: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AlertDesk:
    return AlertDesk.at(tmp_path, vendors, monkeypatch, capsys)
