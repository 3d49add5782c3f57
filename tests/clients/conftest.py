"""Two real clients from the package index, in an interpreter of their own, against the sandbox over TLS.

They are judges: what they cannot parse, the sandbox answered wrongly. `./run test` installs them; by hand:
    uv venv .venv-clients && uv pip install --python .venv-clients/bin/python --no-deps -r requirements/clients.txt
DBT_ALERTS_CLIENTS_PYTHON names another interpreter that has them.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox, SandboxOptions, start
from tests.clients.dbtc_client import Dbtc
from tests.clients.jobs_as_code import JobsAsCode

ROOT = Path(__file__).parents[2]
DEFAULT_PYTHON = ROOT / ".venv-clients" / "bin" / "python"
HOW = "run `./run test`, or install requirements/clients.txt (--no-deps) into .venv-clients"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def clients_python() -> Path:
    """Find the interpreter that has the clients; without it, a developer's run skips and CI fails."""
    named = os.environ.get("DBT_ALERTS_CLIENTS_PYTHON")
    python = Path(named) if named else DEFAULT_PYTHON
    if not python.is_file():
        problem = f"{python} is missing: {HOW}"
        if named or os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    subprocess.run([python, "-c", "import dbtc, dbt_jobs_as_code"], check=True)
    return python


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with start(SandboxOptions(tls=True, clock_speed=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control.reset()
    return running


@pytest.fixture(scope="module")
def dbtc_process(clients_python: Path, running: RunningSandbox) -> Iterator[Dbtc]:
    with Dbtc.started(clients_python, running) as client:
        yield client


@pytest.fixture
def dbtc(dbtc_process: Dbtc, sandbox: RunningSandbox) -> Dbtc:
    return dbtc_process


@pytest.fixture
def jobs_as_code(clients_python: Path, sandbox: RunningSandbox, tmp_path: Path) -> JobsAsCode:
    return JobsAsCode(clients_python, sandbox, tmp_path)
