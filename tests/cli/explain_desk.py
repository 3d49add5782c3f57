"""A desk for `explain` and `test`: a folder with a policy and a made-up account in a file; no sandbox, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.cloud.snapshot import to_json
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.outcome import Outcome
from tests.builders import environment, inventory, job, project, row, user
from tests.command import Result, run_command

__all__ = ["DATA", "Desk", "Result", "account"]

DATA = """\
version: 1
manager: acme-data-alerts
account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
scope: {projects: [Finance, Growth]}
relay: {url: "https://alerts.acme.example/dbt"}
defaults: {timezone: America/New_York}
metrics: [datadog]
calendars:
  office: {country: US, weekdays: [mon, tue, wed, thu, fri]}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  leo: {type: dbt_user, email: leo@acme.example}
  data-team: {type: slack, url: $SLACK_URL, fallback: oncall-mail}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY}
  oncall-mail: {type: email, to: [oncall@acme.example, maria@acme.example]}
  management: {type: email, to: [management@acme.example]}
  info: {type: email, to: [info@acme.example]}
  datadog: {type: datadog, api_key: $DD_API_KEY}
tiers:
  critical:
    rank: 1
    notify: {failure: [data-team, maria], late: [data-team], recovered: [data-team]}
    escalation: standard
  high:
    rank: 2
    notify: {failure: [data-team], late: [{to: management, over: 30m}]}
    hours: {from: "08:00", to: "19:00", calendar: office}
    promote:
      - {after_consecutive_failures: 3, to: critical}
  low:
    rank: 3
    digest: {every: day, at: "09:00", to: [info]}
escalations:
  standard:
    - {after: 5m, notify: [oncall], unless: acknowledged}
    - {after: 30m, notify: [management], unless: resolved, note: post-incident review}
team: finance
owner: maria@acme.example
oncall: {email: leo@acme.example}
jobs:
  - match: {project: Finance, name: Daily Revenue}
    tier: critical
    impact: Revenue dashboard shows stale data
    sla: {due: "08:00"}
  - match: {project: Finance, name: "Daily *"}
    tier: high
  - match: {project: Growth, name: Weekly Funnel}
    tier: low
  - match: {project: Growth, name: CI}
    tier: none
    reason: failures show in the pull request
notifications:
  - {to: leo, on: [failure], jobs: {project: Finance, name: Daily Revenue}}
mutes:
  - {jobs: {project: Finance, name: Daily Ledger}, until: 2026-02-01, reason: warehouse migration}
"""


def account() -> Inventory:
    """Return five jobs in two projects of scope and one outside, Maria, Leo who has left, and Jonas told by hand."""
    maria, jonas = RecipientKey.user(1), RecipientKey.user(3)
    made = inventory(
        projects=[project(), project(id=2, name="Growth"), project(id=3, name="Legacy")],
        environments=[environment(), environment(id=21, project_id=2), environment(id=31, project_id=3)],
        jobs=[
            job(),
            job(id=102, name="Daily Ledger"),
            job(id=103, name="Daily Orders"),
            job(id=201, name="Weekly Funnel", project_id=2, environment_id=21),
            job(id=202, name="Daily Revenue", project_id=2, environment_id=21),
            job(id=203, name="CI", project_id=2, environment_id=21),
            job(id=301, name="Old Load", project_id=3, environment_id=31),
            job(id=104, name="Gone", deleted=True),
        ],
        users=[user(), user(id=2, email="leo@acme.example", active=False), user(id=3, email="jonas@acme.example")],
        rows=[
            row(id=901, key=maria, jobs={Outcome.FAILURE: [101]}),
            row(id=903, key=jonas, jobs={Outcome.FAILURE: [101]}, user_id=3),
        ],
    )
    return replace(made, host="ab123.us1.dbt.com", taken_at="2026-01-02T00:00:00+00:00")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The working directory holds `policies/data.yml` and `live.json`."""

    capsys: pytest.CaptureFixture[str]

    @classmethod
    def at(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
        monkeypatch.chdir(folder)
        for name in ("CI", "DBT_CLOUD_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        Path("policies").mkdir()
        Path("policies/data.yml").write_text(DATA, encoding="utf-8")
        Path("live.json").write_text(to_json(account()), encoding="utf-8")
        return cls(capsys=capsys)

    def run(self, *arguments: str) -> Result:
        return run_command(self.capsys, *arguments)

    def explain(self, *arguments: str) -> Result:
        return self.run("explain", *arguments, "--live", "live.json")

    def answer(self, *arguments: str) -> dict[str, Any]:
        """Return the JSON of an explanation that succeeds."""
        done = self.explain(*arguments, "--json")
        assert done.code == 0, done.err
        return done.json

    def tests(self, text: str, *, file: str = "policies/tests/all.yml") -> None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8")


def told(answer: dict[str, Any], *, fate: str = "told") -> Sequence[tuple[int, str]]:
    """Return the minutes and channels of those who are told; metrics left out."""
    return [
        (each["after"] // 60, each["channel"])
        for each in answer["told"]
        if each["fate"] == fate and each["occasion"] != "metrics"
    ]
