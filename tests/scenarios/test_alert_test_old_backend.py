"""dbt Cloud's test call as it answered before 2026: with the receiver's status at once, and no receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import Backend, RunningSandbox, start
from tests.scenarios.alert_lab import AlertDesk

POLICY = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
webhooks:
  - name: lineage
    url: "SANDBOX/channels/webhook/lineage"
    on: [completed]
    jobs: {project: Finance}
    secret_sink: {store: file, path: .dbt-alerts/lineage.secret}
"""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with start(run_seconds=0.0, ingestion_delay=0.0, backend=Backend.LEGACY) as running:
        yield running


def test_the_old_backends_verdict_is_evidence(
    running: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = AlertDesk.at(tmp_path, running, monkeypatch, capsys)
    desk.policy(POLICY.replace("SANDBOX", running.url))
    applied = desk.command("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    (found,) = desk.command("alert-test", "webhooks", "--json").json["evidence"]
    assert (found["route"], found["standing"]) == ("webhook:default/lineage", "proved"), found
    assert found["answer"] == "the receiver answered 200"
    desk.sandbox.control.break_channel("webhook", "wrong_secret")
    (broken,) = desk.command("alert-test", "webhooks", "--json").json["evidence"]
    assert (broken["standing"], broken["answer"]) == ("failed", "the receiver answered 401")
    assert "`dbt-alerts rotate default/lineage`" in broken["fix"]
