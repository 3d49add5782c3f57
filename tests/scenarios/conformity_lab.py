"""For the conformity scenarios: one sandbox in this process, commands called as people call them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import RunningSandbox, start
from tests.command import Result, run_command
from tests.plan_schema import follows_the_schema

__all__ = ["HEAD", "Bench", "bench", "bench_with", "conformity_sandbox"]

HEAD = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
"""
LEDGER = Path(".dbt-alerts/ledger.json")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A sandbox and an empty folder, which is the working directory."""

    sandbox: RunningSandbox
    capsys: pytest.CaptureFixture[str]

    def policy(self, text: str, *, head: str = HEAD, file: str = "alerts.yml") -> None:
        """Write one policy file; by default the only one, with version, manager and account in front."""
        Path("policies").mkdir(exist_ok=True)
        Path("policies", file).write_text(head + text)

    def run(self, *arguments: str) -> Result:
        return run_command(self.capsys, *arguments)

    def plan(self, *options: str) -> dict[str, Any]:
        """Return the plan's JSON, whatever the exit code."""
        found = self.run("plan", "--json", *options)
        assert found.out, found.err
        if "format" in found.json:
            follows_the_schema(found.json)
        return found.json

    def apply(self, *options: str) -> dict[str, Any]:
        """Apply and return the report's JSON; with `exit_code` of its own."""
        found = self.run("apply", "--json", *options)
        assert found.out, found.err
        return found.json

    def settles(self) -> None:
        """Prove the promise: after `apply --repair-drift` the plan is empty."""
        assert self.run("apply", "--repair-drift").code in {0, 6}
        left = self.plan()
        assert left["actions"] == [], left["actions"]

    def done(self, plan: Mapping[str, Any]) -> list[str]:
        """Return the verbs of a plan's actions."""
        return [str(action["do"]) for action in plan["actions"]]

    # --- live ------------------------------------------------------------------------------------------------------
    def job(self, name: str, *, environment: str = "Production") -> dict[str, Any]:
        """Return the job of that name in the first project that has it."""
        places = {row["id"]: row["name"] for row in self.sandbox.control.rows("environments")}
        return next(
            row
            for row in self.sandbox.control.rows("jobs")
            if row["name"] == name and places[row["environment_id"]] == environment
        )

    def user(self, email: str) -> dict[str, Any]:
        return next(row for row in self.sandbox.control.rows("users") if row["email"] == email)

    def rows(self, **where: object) -> list[dict[str, Any]]:
        """Return the notification rows that have these values."""
        return [
            row
            for row in self.sandbox.control.rows("notifications")
            if all(row.get(name) == value for name, value in where.items())
        ]

    def row(self, **where: object) -> dict[str, Any]:
        (found,) = self.rows(**where)
        return found

    def add_row(self, kind: int, user_id: int, *, state: int = 1, **values: object) -> dict[str, Any]:
        """Put a notification row as somebody's hand would have left it."""
        lists: dict[str, list[int]] = {f"on_{name}": [] for name in ("cancel", "failure", "success", "warning")}
        place = dict.fromkeys(("external_email", "slack_channel_id", "slack_channel_name"))
        times = {"created_at": "2025-03-03T09:00:00+00:00", "updated_at": "2025-03-03T09:00:00+00:00"}
        account = {"account_id": self.sandbox.account_id, "user_id": user_id, "type": kind, "state": state}
        (made,) = self.sandbox.control.put_many("notifications", [{**account, **place, **lists, **times, **values}])
        return self.row(id=made)

    def webhook(self, name: str) -> dict[str, Any]:
        return next(row for row in self.sandbox.control.rows("webhooks") if row["name"] == name)

    def writes(self) -> list[str]:
        return [f"{each['method']} {each['path']}" for each in self.sandbox.control.log() if each["method"] != "GET"]

    def ledger(self) -> dict[str, Any]:
        return dict(json.loads(LEDGER.read_text()))


@pytest.fixture(scope="session")
def conformity_sandbox() -> Iterator[RunningSandbox]:
    with start(run_seconds=0.0, ingestion_delay=0.0) as running:
        yield running


@pytest.fixture
def bench(
    conformity_sandbox: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Bench:
    conformity_sandbox.control.reset()
    return _bench(conformity_sandbox, tmp_path, monkeypatch, capsys)


@pytest.fixture
def bench_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[Bench]:
    """A sandbox started with the options that the test is parametrised with, indirectly."""
    with start(run_seconds=0.0, ingestion_delay=0.0, **request.param) as running:
        yield _bench(running, tmp_path, monkeypatch, capsys)


def _bench(
    sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bench:
    monkeypatch.chdir(folder)
    for name in ("CI", "DBT_ALERTS_SANDBOX_FOLDER", "DBT_ALERTS_DURABLE", "DBT_ALERTS_SINK_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBT_CLOUD_HOST", sandbox.url)
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", str(sandbox.account_id))
    monkeypatch.setenv("DBT_CLOUD_TOKEN", sandbox.token)
    return Bench(sandbox=sandbox, capsys=capsys)
