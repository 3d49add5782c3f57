"""Hand-made notifications and webhooks, with the oddities of real accounts (reference §2.3, §2.5, §4.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.sandbox.native import link_slack
from reconciler.sandbox.seed_jobs import FAILING, WARNING, JobIds
from reconciler.sandbox.state import State

LONG_GONE_JOBS = (70403103910900, 70403103910901)


def seed_recipients(state: State, people: Mapping[str, int], jobs: JobIds, created: str) -> None:
    """Add what people clicked together before anybody wrote a policy."""
    link_slack(state.store, people["platform@acme.example"])
    state.store.put("settings", {"id": "slack-channel:C0987654321", "slack_channel_name": "#data-team"})
    _notifications(_Maker(state, created), people, jobs)
    _webhooks(state, jobs)


class _Maker:
    """Adds notifications; outcomes that are not named stay empty."""

    def __init__(self, state: State, created: str) -> None:
        self._state = state
        self._created = created

    def add(self, kind: int, user_id: int, *, to: Mapping[str, str] | None = None, state: int = 1, **on: Any) -> None:
        outcomes = {f"on_{name}": on.get(name, []) for name in ("cancel", "failure", "success", "warning")}
        place = {"external_email": None, "slack_channel_id": None, "slack_channel_name": None, **(to or {})}
        times = {"created_at": self._created, "updated_at": self._created}
        row = {"account_id": self._state.account_id, "user_id": user_id, "type": kind, **place, **outcomes}
        self._state.store.insert("notifications", {**row, "state": state, **times})


def _notifications(maker: _Maker, people: Mapping[str, int], jobs: JobIds) -> None:
    platform, maria = people["platform@acme.example"], people["maria@acme.example"]
    ledger, attribution = jobs["Finance/Production/Daily Ledger"], jobs["Growth/Production/Daily Attribution"]
    deleted, failing = jobs["Growth/Production/Legacy Marketing Load"], jobs[f"Platform/Production/{FAILING}"]
    warning = jobs[f"Platform/Production/{WARNING}"]
    alerts = {"slack_channel_id": "C0123456789", "slack_channel_name": "#data-alerts"}
    growth = {"slack_channel_id": "C0555555555", "slack_channel_name": "#growth"}
    # Foreign edges on the recipients that the policy uses: they must survive every apply.
    maker.add(1, maria, failure=[ledger, deleted], warning=[warning])
    maker.add(4, platform, to={"external_email": "finance-data@acme.example"}, failure=[ledger], cancel=[ledger])
    maker.add(2, platform, to=alerts, failure=[failing, LONG_GONE_JOBS[0]], success=[attribution])
    # Oddities.
    maker.add(4, platform, failure=[failing])
    maker.add(1, people["leo@acme.example"], failure=[attribution, ledger], success=[attribution])
    maker.add(4, maria, to={"external_email": "vendor-support@vendor.example"}, failure=[*LONG_GONE_JOBS, failing])
    maker.add(2, people["jonas@acme.example"], to=growth, failure=[attribution])
    maker.add(1, people["priya@acme.example"])
    maker.add(4, platform, to={"external_email": "old-team@acme.example"}, state=2, failure=[ledger])


def _webhooks(state: State, jobs: JobIds) -> None:
    _webhook(
        state,
        name="incident bridge",
        description="made by hand in 2025",
        client_url="https://hooks.acme.example/dbt/incidents",
        event_types=["job.run.errored"],
        job_ids=[jobs["Finance/Production/Daily Ledger"], LONG_GONE_JOBS[0]],
        http_status_code="200",
    )
    _webhook(
        state,
        name="everything to the lake",
        client_url="https://lake.acme.example/events",
        event_types=["job.run.started", "job.run.completed", "job.run.errored"],
        job_ids=[],
        http_status_code="202",
    )
    _webhook(
        state,
        name="old chat bot",
        description="",
        client_url="https://bot.acme.example/dbt",
        event_types=["job.run.completed"],
        job_ids=[jobs["Growth/Production/Daily Attribution"]],
        active=False,
        http_status_code="410",
        deactivate_reason="Webhook deactivated after 7 days of failed deliveries.",
    )


def _webhook(state: State, *, name: str, client_url: str, event_types: Sequence[str], **more: Any) -> None:
    account = state.store.get("accounts", state.account_id) or {}
    row = {
        "id": state.new_id("wsu_"),
        "account_id": state.account_id,
        "account_identifier": account.get("identifier"),
        "name": name,
        "description": more.get("description") or None,
        "client_url": client_url,
        "event_types": list(event_types),
        "job_ids": more["job_ids"],
        "active": more.get("active", True),
        "http_status_code": more["http_status_code"],
        "dispatched_at": "1741082400000000",
        "deactivate_reason": more.get("deactivate_reason"),
        "hmac_secret": state.new_id("whs_"),
        "created_at": "1740992400000000",
        "updated_at": "1740992400000000",
    }
    state.store.insert("webhooks", row)
