"""The demo ends with an inbox: every message as its reader would see it, in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


def test_the_demos_inbox_shows_a_message_of_every_kind(browser: str, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox.html"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "CI"))}
    demo = [sys.executable, "-m", "reconciler", "demo", "--inbox", str(inbox)]
    played = subprocess.run(demo, capture_output=True, text=True, timeout=100, check=False, env=clean)
    assert played.returncode == 0, played.stdout + played.stderr
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    shown = subprocess.run(
        [browser, *quiet, "--disable-background-networking", profile, "--dump-dom", inbox.as_uri()],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout
    for part in (
        "[CRITICAL] Hourly Vendor Ingest failed · Production",
        "[TEST] CRITICAL: dbt job failed - Daily Revenue",
        "dbt.job.duration",
        "revenue-stakeholders@acme.example",
        "workflow data-leads",
        "sendDbtArtifactsEvent",
    ):
        assert part in shown, part
