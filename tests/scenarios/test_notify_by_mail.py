"""What people are told by mail, end to end: a run of dbt Cloud ends, and this arrives at a real mail server."""

from __future__ import annotations

from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from tests.scenarios.alert_lab import AlertDesk

MAIL = """\
channels:
  finance-mail: {type: email, to: [maria@acme.example, jonas@acme.example]}
tiers:
  critical: {rank: 1, response: at once, notify: {failure: [finance-mail]}}
team: finance
owner: maria@acme.example
runbook: https://wiki.acme.example/finance
jobs:
  - match: {project: Finance, environment: Production, name: Daily Revenue}
    tier: critical
    impact: Revenue dashboard shows stale data
    actions: ["Ask the ledger team whether they changed the export"]
"""


@pytest.fixture
def desk(alert_desk: AlertDesk) -> AlertDesk:
    return alert_desk


BROKEN = {
    "name": "fct_revenue",
    "type": "model",
    "status": "error",
    "message": 'Database Error in model fct_revenue (models/fct_revenue.sql)\n  relation "raw.orders" does not exist',
    "file": "models/fct_revenue.sql",
}


def headers_of(mail: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in message_from_string(mail["raw"], policy=default).items()}


def test_a_failure_is_one_mail_to_each_of_two_addresses_and_a_success_none(desk: AlertDesk) -> None:
    desk.policy(MAIL)
    mails = desk.told("failure")
    assert [mail["recipient"] for mail in mails] == ["maria@acme.example", "jonas@acme.example"]
    assert {mail["kind"] for mail in mails} == {"email"}
    assert desk.told("success") == mails


def test_the_mail_of_a_failure_has_all_its_parts(desk: AlertDesk) -> None:
    desk.policy(MAIL)
    run = desk.ran("failure", nodes=[BROKEN], duration=95, git_sha="0123456789abcdef0123456789abcdef01234567")
    desk.notify(run)
    mail, _ = desk.arrived("email")
    assert mail["subject"] == "[CRITICAL] Daily Revenue failed · Production"
    for part in (
        "Revenue dashboard shows stale data",  # impact
        "fct_revenue",  # what
        'relation "raw.orders" does not exist',  # error
        "models/fct_revenue.sql",  # where
        "1. ",  # what to do
        "Ask the ledger team whether they changed the export",
        f"/runs/{run}",
        "https://wiki.acme.example/finance",  # runbook
        "maria@acme.example",  # owner
        "1 min 35 s",  # how long
        "CET",  # in whose time
        "just now",
        "0123456",  # what changed
    ):
        assert part in mail["text"], part
    whole = "".join(mail["html"].split())
    for part in ("1.", "fct_revenue", "&quot;raw.orders&quot;", "finance", str(run), "1min35s"):
        assert part in whole, part


def test_both_halves_of_a_mail_and_its_headers_say_that_no_person_wrote_it(desk: AlertDesk) -> None:
    desk.policy(MAIL)
    mail, _ = desk.told("failure")
    headers = headers_of(mail)
    assert headers["auto-submitted"] == "auto-generated"
    assert "dbt-alerts@acme.example" in headers["from"]
    assert headers["message-id"].endswith("@acme.example>")


def test_a_second_failure_of_the_job_is_in_the_thread_of_the_first(desk: AlertDesk) -> None:
    desk.policy(MAIL)
    first, _, second, _ = [*desk.told("failure"), *desk.told("failure")[2:]]
    references = [headers_of(mail) for mail in (first, second)]
    assert references[0]["references"] == references[1]["references"]
    assert references[0]["message-id"] != references[1]["message-id"]


def test_stakeholders_read_what_is_affected_and_who_is_on_it_and_no_error(desk: AlertDesk) -> None:
    desk.policy(
        MAIL.replace("to: [maria@acme.example, jonas@acme.example]", "to: [a@acme.example], audience: stakeholders")
    )
    (mail,) = desk.told("failure", nodes=[BROKEN])
    for part in ("Revenue dashboard shows stale data", "maria@acme.example"):
        assert part in mail["text"]
    for hidden in ("fct_revenue", "raw.orders", "does not exist", "models/"):
        assert hidden not in mail["text"]
        assert hidden not in mail["html"]


def test_a_mail_holds_what_its_channel_includes_and_no_more(desk: AlertDesk) -> None:
    desk.policy(
        MAIL.replace("to: [maria@acme.example, jonas@acme.example]", "to: [a@x.example], include: [error, link]")
    )
    (mail,) = desk.told("failure", nodes=[BROKEN], duration=95)
    for part in ("Daily Revenue", "does not exist", "/runs/"):
        assert part in mail["text"]
        assert part in mail["html"]
    for left_out in ("Revenue dashboard", "Ask the ledger team", "maria@acme.example", "wiki.acme", "none is named"):
        assert left_out not in mail["text"]
        assert left_out not in mail["html"]


def test_the_owner_of_a_failed_node_is_told_too_where_the_policy_lets_us(desk: AlertDesk) -> None:
    desk.policy(MAIL.replace("jonas@acme.example]", 'jonas@acme.example], node_owners: ["*@acme.example"]'))
    inside, outside = BROKEN | {"owner": "ann@acme.example"}, BROKEN | {"name": "x", "owner": "eve@evil.example"}
    mails = desk.told("failure", nodes=[inside, outside])
    assert [mail["recipient"] for mail in mails] == ["maria@acme.example", "jonas@acme.example", "ann@acme.example"]
