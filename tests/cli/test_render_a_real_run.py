"""`dbt-alerts render --run`: the message of a run that happened, from what dbt Cloud says of it and its artifacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

POLICY: Final = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
relay: {url: "https://alerts.acme.example/dbt"}
channels:
  data-team: {type: slack, url: $SLACK_URL}
tiers:
  critical: {rank: 1, notify: {failure: [data-team]}}
jobs:
  - match: {project: Finance, environment: Production, name: Daily Revenue}
    tier: critical
    impact: Revenue dashboard shows stale data
"""


def test_the_message_is_of_the_run_and_of_nothing_made_up(sandbox: RunningSandbox, run: Run) -> None:
    Path("policies/alerts.yml").write_text(POLICY, encoding="utf-8")
    jobs = [each for each in sandbox.control.rows("jobs") if each["name"] == "Daily Revenue"]
    made = sandbox.control.call("POST", "/runs", json={"job_id": jobs[0]["id"], "outcome": "failure"})
    sandbox.control.call("POST", "/idle", json={"fast": True})
    done = run("render", "--run", str(made["id"]), "--json")
    assert done.code == 0, done.err
    assert not done.json["made_up"]
    assert [each["channel"] for each in done.json["messages"]] == ["data-team"]
    text = json.dumps(done.json)
    assert f"/runs/{made['id']}" in text
    assert "Revenue dashboard shows stale data" in text
    assert "90210" not in text, "the made-up run"
