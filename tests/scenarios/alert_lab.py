"""A desk for alerts: a sandbox of dbt Cloud and of every vendor, a policy, runs that end as asked, and the inbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from reconciler.cli.sandbox_values import SECRETS, bases
from reconciler.sandbox import RunningSandbox, start
from tests.command import Result, run_command

__all__ = ["HEAD", "AlertDesk", "alert_sandbox"]

HEAD: Final = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
relay: {url: "https://alerts.acme.example/dbt"}
smtp: {host: smtp.acme.example, user: alerts, password: $SMTP_PASSWORD, from: dbt-alerts@acme.example}
defaults: {timezone: Europe/Berlin}
"""
REVENUE: Final = "Daily Revenue"


def alert_sandbox() -> Iterator[RunningSandbox]:
    """Yield a sandbox that also takes mail; runs take no time."""
    with start(run_seconds=0.0, ingestion_delay=0.0, smtp_port=0) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class AlertDesk:
    """The working directory holds `policies/`; every vendor's host is the sandbox."""

    sandbox: RunningSandbox
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def at(
        cls,
        folder: Path,
        sandbox: RunningSandbox,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> AlertDesk:
        sandbox.control.call("POST", "/reset")
        sandbox.control.mend_channels()
        monkeypatch.chdir(folder)
        monkeypatch.delenv("CI", raising=False)
        ready = sandbox.ready
        account = {
            "DBT_CLOUD_HOST": sandbox.url,
            "DBT_CLOUD_ACCOUNT_ID": str(sandbox.account_id),
            "DBT_CLOUD_TOKEN": sandbox.token,
        }
        for name, value in {**account, **bases(sandbox.url, ready["smtp_url"]), **dict(SECRETS)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TICKET_SECRET", SECRETS["TICKET_SIGNING_SECRET"])
        Path("policies").mkdir()
        return cls(sandbox=sandbox, capsys=capsys)

    def policy(self, text: str, *, head: str = HEAD) -> None:
        """Write the policy, with what every one of these needs in front."""
        Path("policies", "alerts.yml").write_text(head + text, encoding="utf-8")

    def template(self, name: str, text: str) -> None:
        """Write a template of the policy repository's own: `slack/failure.j2`."""
        path = Path("templates", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    # --- dbt Cloud ------------------------------------------------------------------------------------------------
    def job(self, name: str = REVENUE) -> int:
        """Return a job's id."""
        return next(int(row["id"]) for row in self.sandbox.control.rows("jobs") if row["name"] == name)

    def ran(self, outcome: str, *, job: str = REVENUE, nodes: Sequence[Mapping[str, Any]] = (), **more: Any) -> int:  # noqa: ANN401
        """Let a run of the job end that way, and return its id."""
        asked = {"job_id": self.job(job), "outcome": outcome, **({"nodes": list(nodes)} if nodes else {}), **more}
        run = self.sandbox.control.call("POST", "/runs", json=asked)
        self.sandbox.control.call("POST", "/idle", json={"timeout": 20})
        return int(run["id"])

    # --- us -------------------------------------------------------------------------------------------------------
    def command(self, *arguments: str) -> Result:
        return run_command(self.capsys, *arguments)

    def notify(self, run: int, *options: str) -> dict[str, Any]:
        """Tell people of a run, and return what was done. Every message must have arrived."""
        done = self.command("notify", "--run", str(run), "--json", *options)
        assert done.code == 0, done.out + done.err
        return done.json

    def told(self, outcome: str, **how: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Let a run end that way, tell people, and return what arrived, oldest first; dbt Cloud's webhooks left out."""
        run = self.ran(outcome, **how)
        self.notify(run)
        return self.arrived()

    def arrived(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what the vendors took, oldest first: of one kind, or of all but dbt Cloud's own webhooks."""
        found = [each for each in reversed(self.sandbox.control.inbox()) if "subscription_id" not in each]
        return [each for each in found if kind in {None, each["kind"]}]
