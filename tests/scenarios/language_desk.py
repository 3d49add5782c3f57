"""A desk for the sentences of the language's page: policy text and a small account in, what people read out.

No sandbox and no network: the account is a snapshot, made of the few words that `tests/lint/live.py` reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from reconciler.cloud.snapshot import to_json
from reconciler.model.deadline import Deadline
from reconciler.model.policy import Policy
from reconciler.plan.survey import Survey
from reconciler.policy import load
from reconciler.routing.days import Days
from reconciler.routing.deadlines import deadlines
from tests.command import Result, run_command
from tests.lint.live import read_live

__all__ = ["HEAD", "RELAY", "Desk", "Result"]

HEAD: Final = """\
version: 1
manager: acme-data-alerts
account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
"""
RELAY: Final = 'relay: {url: "https://alerts.acme.example/dbt"}\n'
LIVE: Final = """\
projects: [Finance, Growth]
jobs:
  - {name: Daily Revenue}
  - {name: Daily Ledger}
  - {name: Weekly Funnel, project: Growth}
users:
  - {email: maria@acme.example}
  - {email: jonas@acme.example}
"""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The working directory, with `policies/` and, once described, `live.json`."""

    capsys: pytest.CaptureFixture[str]

    @classmethod
    def at(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
        monkeypatch.chdir(folder)
        for name in ("CI", "GITHUB_ACTIONS", "DBT_CLOUD_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        Path("policies").mkdir()
        desk = cls(capsys=capsys)
        desk.live(LIVE)
        return desk

    # --- in -------------------------------------------------------------------------------------------------------
    def policy(self, text: str, *, head: str = HEAD + RELAY, file: str = "data.yml") -> None:
        """Write one policy file; by default the only one, with what every policy needs in front."""
        path = Path("policies", file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text, encoding="utf-8")

    def team(self, text: str, *, file: str) -> None:
        """Write a further policy file, with nothing in front."""
        self.policy(text, head="", file=file)

    def live(self, text: str) -> None:
        """Describe the account; ids of jobs count from 101."""
        Path("live.yml").write_text(text, encoding="utf-8")
        inventory = replace(read_live(Path("live.yml")), host="ab123.us1.dbt.com", taken_at="2026-01-02T00:00:00+00:00")
        Path("live.json").write_text(to_json(inventory), encoding="utf-8")

    # --- out ------------------------------------------------------------------------------------------------------
    def run(self, *arguments: str) -> Result:
        return run_command(self.capsys, *arguments)

    def lint(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what `lint` finds."""
        return list(self.run("lint", "--json", *arguments).json["findings"])

    def found(self, rule: str, *arguments: str) -> list[tuple[int, str]]:
        """Return the line and the level of each finding of one rule."""
        return [(each["line"], each["level"]) for each in self.lint(*arguments) if each["rule"] == rule]

    def problems(self, *arguments: str) -> list[str]:
        """Return what keeps the files from being a policy, or is read with a warning: `file:line:column message`."""
        return [
            f"{each['file'].removeprefix('policies/')}:{each['line']}:{each['column']} {each['message']}"
            for each in self.lint("--live", "live.json", *arguments)
            if each["rule"] in {"invalid-policy", "policy-warning"}
        ]

    def is_fine(self) -> None:
        """Hold that the policy loads, plans, and is read without a warning."""
        assert self.problems() == []
        assert self.run("plan", "--live", "live.json").code == 0

    def plan(self) -> dict[str, Any]:
        """Return the plan that succeeds."""
        done = self.run("plan", "--live", "live.json", "--json")
        assert done.code == 0, done.out
        return done.json

    def edges(self) -> list[str]:
        """Return who would be told of what in dbt Cloud: `recipient outcome job`."""
        return sorted(
            f"{each['recipient_name']} {each['outcome']} {each['job']}"
            for each in self.plan()["actions"]
            if each["do"] == "add"
        )

    def explain(self, job: str, *question: str) -> dict[str, Any]:
        done = self.run("explain", "job", job, *question, "--live", "live.json", "--json")
        assert done.code == 0, done.err
        return done.json

    def told(self, job: str, *question: str) -> list[str]:
        """Return who is told: minutes from the happening, channel and occasion; those who are spared are left out."""
        return [
            f"{each['after'] // 60}m {each['channel']}: {each['occasion']}"
            for each in self.explain(job, *question)["told"]
            if each["fate"] == "told"
        ]

    def values(self, job: str) -> dict[str, tuple[str, str]]:
        """Return every value of a job, with the layer that said it and its line."""
        return {
            each["key"]: (each["value"], f"{each['layer']} {each['at']}".replace("policies/", ""))
            for each in self.explain(job)["values"]
        }

    def loaded(self) -> Policy:
        return load([Path("policies")])

    def deadlines(self, after: str, until: str, *, job: int = 101) -> tuple[Deadline, ...]:
        """Return the deadlines that the policy arms for a job between two times with offsets."""
        policy = self.loaded()
        placed = Survey(policy, read_live(Path("live.yml"))).places[job]
        start, end = datetime.fromisoformat(after), datetime.fromisoformat(until)
        return deadlines(policy, placed, after=start, until=end, days=Days(policy))
