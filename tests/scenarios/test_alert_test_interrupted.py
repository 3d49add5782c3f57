"""A test that is ended in the middle keeps what was answered until then: whoever was written to can be asked."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.drill.keeping import EvidenceFile
from reconciler.sandbox import RunningSandbox
from tests.scenarios.alert_lab import AlertDesk, alert_sandbox
from tests.scenarios.process_lab import ROOT

POLICY = """\
channels:
  leads: {type: teams, url: $TEAMS_LEADS_URL}
  ticketing: {type: webhook, url: $TICKET_URL}
notifications:
  - {to: [leads, ticketing], on: [failure], jobs: {project: Finance}}
"""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    yield from alert_sandbox()


@pytest.fixture
def desk(
    running: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[AlertDesk]:
    found = AlertDesk.at(tmp_path, running, monkeypatch, capsys)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found.policy(POLICY)
    yield found
    running.control.clear_faults()


def kept() -> dict[str, str]:
    return {each.route: str(each.standing) for each in EvidenceFile(Path(".dbt-alerts/evidence.jsonl")).read()}


def until_kept(*routes: str) -> None:
    ends = time.monotonic() + 20
    while kept().keys() != set(routes):
        assert time.monotonic() < ends, f"waited in vain for the evidence of {routes}: {kept()}"
        time.sleep(0.02)


def begun() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "reconciler", "alert-test", "deliver"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_was_answered_is_kept(desk: AlertDesk, how: signal.Signals) -> None:
    rule = desk.sandbox.control.add_fault(path="/channels/webhook*", hold="before")
    process = begun()
    until_kept("leads")
    process.send_signal(how)
    if how is signal.SIGINT:
        time.sleep(0.1)  # the signal comes first
        desk.sandbox.control.call("POST", f"/faults/{rule['id']}/release")
    _, err = process.communicate(timeout=20)
    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in err
    on_its_way = {"ticketing": "accepted"} if how is signal.SIGINT else {}
    assert kept() == {"leads": "accepted", **on_its_way}
    assert desk.command("alert-test", "verify").code == 0
