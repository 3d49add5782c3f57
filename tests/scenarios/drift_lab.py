"""For drift: an account whose alerts are set up, and everything that people and dbt Cloud do to it behind our back."""

from __future__ import annotations

from typing import Any

from tests.scenarios.conformity_lab import Bench

__all__ = ["CHANNELS", "Hands", "findings", "kinds", "wants"]

CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  jonas: {type: dbt_user, email: jonas@acme.example}
  priya: {type: dbt_user, email: priya@acme.example}
  mail: {type: dbt_email, address: alerts@acme.example, owner: platform@acme.example}
  room: {type: dbt_slack, channel_id: C0999999999, channel_name: "#room", linked_by: platform@acme.example}
"""
_NOTIFICATIONS = """\
notifications:
  - {to: maria, on: [failure], jobs: {project: Finance, environment: Production, name: [Daily Revenue, Month Close]}}
  - {to: jonas, on: [failure], jobs: {project: Finance, environment: Production, name: Hourly Orders}}
  - {to: [mail, room], on: [warning], jobs: {project: Growth, environment: Production, optional: true}}
"""
_WEBHOOKS = ("off", "paused", "gone", "narrowed", "widened", "renamed")


def wants(more: str = "") -> str:
    """Return a policy with recipients of each kind and a webhook for each thing that can happen to one."""
    hooks = "".join(
        f'  - {{name: {name}, url: "https://{name}.acme.example/hook", on: [completed],'
        f" jobs: {{project: Growth, environment: Production, name: [Docs, Reverse ETL]}},"
        f" secret_sink: {{store: file, path: .dbt-alerts/{name}.secret}}}}\n"
        for name in _WEBHOOKS
    )
    return f"{CHANNELS}{_NOTIFICATIONS}webhooks:\n{hooks}{more}"


class Hands:
    """What others do in dbt Cloud."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._control = bench.sandbox.control

    def user_row(self, name: str) -> dict[str, Any]:
        user = self._bench.user(f"{name}@acme.example")
        return self._bench.row(type=1, user_id=user["id"], state=1)

    def takes_out(self, row: dict[str, Any], job: str, *, outcome: str = "on_failure") -> None:
        gone = self._bench.job(job)["id"]
        self._control.change("notifications", row["id"], **{outcome: [each for each in row[outcome] if each != gone]})

    def deletes(self, row: dict[str, Any]) -> None:
        self._control.change("notifications", row["id"], state=2)

    def deactivates(self, name: str) -> None:
        self._control.change("users", self._bench.user(f"{name}@acme.example")["id"], is_active=False)

    def activates(self, name: str) -> None:
        self._control.change("users", self._bench.user(f"{name}@acme.example")["id"], is_active=True)

    def changes_webhook(self, which: str, /, **changes: object) -> None:
        self._control.change("webhooks", self._bench.webhook(which)["id"], **changes)

    def switches_off(self, name: str, *, dispatched_at: str = "1741082400000000") -> None:
        """Let dbt Cloud give up on a webhook, as it does after a week of failures."""
        reason = "Webhook deactivated after 7 days of failed deliveries."
        self.changes_webhook(
            name, active=False, deactivate_reason=reason, http_status_code="410", dispatched_at=dispatched_at
        )

    def breaks_everything_repairable(self) -> None:
        """Do at least one of each thing that an apply can put right."""
        bench, control = self._bench, self._control
        self.takes_out(self.user_row("maria"), "Daily Revenue")
        self.deletes(self.user_row("jonas"))
        maria = bench.user("maria@acme.example")["id"]
        control.change("notifications", bench.row(external_email="alerts@acme.example")["id"], user_id=maria)
        room = bench.row(slack_channel_id="C0999999999")
        control.change("notifications", room["id"], slack_channel_name="#other", user_id=maria)
        self.switches_off("off")
        self.changes_webhook("paused", active=False)
        control.remove("webhooks", bench.webhook("gone")["id"])
        self.changes_webhook("narrowed", job_ids=[bench.job("Docs")["id"]], client_url="https://x.example/secret")
        self.changes_webhook("widened", job_ids=[], event_types=["job.run.errored"])
        self.changes_webhook("renamed", name="ours", description="ours")
        control.change("jobs", bench.job("Weekly Funnel")["id"], state=2)


def findings(bench: Bench, *options: str) -> list[dict[str, Any]]:
    found = bench.run("drift", "--json", *options)
    assert found.out, found.err
    return list(found.json["findings"])


def kinds(bench: Bench) -> list[str]:
    """Return what was found, each kind once, in the order in which it is told."""
    return list(dict.fromkeys(finding["kind"] for finding in findings(bench)))
