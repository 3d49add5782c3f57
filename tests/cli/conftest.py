"""A sandbox for the command line, the account's variables set, and a folder of its own to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox, start
from tests.command import Result, run_command

SMALLEST = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
notifications:
  - {to: maria, on: [failure, cancelled], jobs: {environment: {type: production}}}
"""


Run = Callable[..., Result]


@pytest.fixture(scope="package")
def running() -> Iterator[RunningSandbox]:
    with start(run_seconds=0.0, ingestion_delay=0.0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control.call("POST", "/reset")
    running.control.clear_faults()
    return running


@pytest.fixture
def run(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command in an empty folder that holds the smallest policy, against the sandbox."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "alerts.yml").write_text(SMALLEST)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("DBT_CLOUD_HOST", sandbox.url)
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", str(sandbox.account_id))
    monkeypatch.setenv("DBT_CLOUD_TOKEN", sandbox.token)

    def command(*arguments: str) -> Result:
        return run_command(capsys, *arguments)

    return command
