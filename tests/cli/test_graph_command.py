"""`graph` where people meet it: rules without live, jobs with it, a file, and an unknown team."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

EXAMPLE = str(Path(__file__).resolve().parents[2] / "policies")


def test_without_live_nothing_is_asked_and_rules_are_drawn(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_HOST", "http://127.0.0.1:9")
    done = run("graph", EXAMPLE)
    assert done.code == 0
    assert done.out.startswith("flowchart LR\n")
    assert "project Finance, environment Production, name Daily Revenue" in done.out
    assert 't_critical -->|"escalates"| e_standard' in done.out


def test_with_live_jobs_are_drawn(run: Run) -> None:
    assert run("snapshot", "--out", "live.json").code == 0
    whole, finance = (run("graph", EXAMPLE, "--live", "live.json", *more).out for more in ((), ("--team", "finance")))
    assert "Daily Revenue" in whole
    assert "Hourly Vendor Ingest" in whole
    assert "Hourly Vendor Ingest" not in finance
    assert "Daily Revenue" in finance


def test_markdown_is_a_fence_that_github_draws(run: Run) -> None:
    assert run("graph", EXAMPLE, "--format", "markdown", "--output", "graph.md").code == 0
    assert "\n```mermaid\nflowchart LR\n" in Path("graph.md").read_text()


def test_an_unknown_team_is_a_usage_error(run: Run) -> None:
    done = run("graph", EXAMPLE, "--team", "sales")
    assert done.code == 64
    assert "finance, growth, platform" in done.err


def test_a_file_that_cannot_be_written_is_exit_1(run: Run) -> None:
    assert run("graph", EXAMPLE, "--output", "missing/graph.mmd").code == 1
